use crate::program::{block_on, confined, request, spawner};
use infra_confine::{Confinement, Stdio};
use std::time::{Duration, Instant};

const TIMES: usize = 300;

/// What a start costs. Printed, not checked: it depends on the machine and on what else runs. `cargo test --release cost -- --nocapture`.
#[test]
fn of_starting_a_program() {
    let mut plain = vec![];
    for _ in 0..TIMES {
        let begin = Instant::now();
        let mut command = std::process::Command::new("/bin/true");
        command
            .env_clear()
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        assert!(command.status().unwrap().success());
        plain.push(begin.elapsed());
    }
    let plain = median(plain);
    println!("std::process::Command: {plain:?}");
    for (name, confinement) in [
        ("unconfined", None),
        ("few", Some(Confinement { execute: vec!["/usr".into()], ..Confinement::default() })),
        ("confined", Some(confined(|_| ()))),
    ] {
        let spawned = median(block_on(starts(confinement)));
        println!("{name}: {spawned:?}, {:.2} times", spawned.as_secs_f64() / plain.as_secs_f64());
    }
}

async fn starts(confinement: Option<Confinement>) -> Vec<Duration> {
    let mut request = request("true", &[]);
    request.confinement = confinement;
    let mut times = vec![];
    for _ in 0..TIMES {
        let begin = Instant::now();
        let mut running = spawner().spawn(&request, Stdio::null().unwrap()).await.unwrap();
        assert!(running.wait().await.unwrap().success());
        times.push(begin.elapsed());
    }
    times
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
