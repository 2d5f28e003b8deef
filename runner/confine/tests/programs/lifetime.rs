use crate::program::{block_on, confined, finish, request, run, sh, spawner, start};
use crate::world::{World, alive, marker, until};
use infra_confine::{ConfineError, Request, Spawner, Stdio};
use std::process::Command;
use std::time::Duration;

/// A program that leaves daemons behind: in sessions of their own, forked twice, deaf to all but KILL. Six in all, after which it runs `then`.
fn daemons(world: &World, marker: &str, then: &str) -> Request {
    let deaf = world.write("deaf.pl", r#"$SIG{$_} = "IGNORE" for qw(TERM HUP INT QUIT); sleep 1000"#);
    let script = r#"for i in 1 2; do setsid perl "$0" "$1" & (setsid sh -c 'perl "$0" "$1" & perl "$0" "$1"' "$0" "$1" &) ; done; eval "$2""#;
    sh(script).args([deaf.to_str().unwrap(), marker, then]).confined(confined(|it| it.read.push(world.root.clone())))
}

fn none_alive(marker: &str) {
    until("all are dead", || alive(marker).is_empty());
}

#[test]
fn daemons_are_dead_when_the_program_has_ended() {
    let (world, marker) = (World::new(), marker("daemon"));
    let output = run(daemons(&world, &marker, "sleep 0.5")).succeeds();
    assert_eq!(output.status.left_alive, 0);
    assert_eq!(alive(&marker), [0; 0]);
}

#[test]
fn dropping_it_kills_it_and_its_daemons() {
    let (world, marker) = (World::new(), marker("dropped"));
    block_on(async {
        let running = start(&daemons(&world, &marker, "sleep 1000")).await;
        until("it and its daemons are running", || alive(&marker).len() >= 7);
        drop(running);
        none_alive(&marker);
    });
}

#[test]
fn a_bomb_of_forks_is_killed() {
    let marker = marker("bomb");
    // Bounded by depth, so that a failure of this test does no harm.
    let script = "my $n = 0; while ($n++ < 7) { fork }; sleep 1000";
    block_on(async {
        let mut running = start(&request("perl", &["-e", script, &marker]).confined(confined(|_| ()))).await;
        until("they are running", || alive(&marker).len() >= 100);
        running.signal(libc::SIGKILL).unwrap();
        assert_eq!(running.wait().await.unwrap().left_alive, 0);
        assert_eq!(alive(&marker), [0; 0]);
    });
}

#[test]
fn a_killed_worker_takes_all_with_it() {
    let (world, marker) = (World::new(), marker("worker"));
    block_on(async {
        let mut running = start(&daemons(&world, &marker, "sleep 1000")).await;
        until("it and its daemons are running", || alive(&marker).len() >= 7);
        assert!(Command::new("kill").args(["-KILL", &parent(running.pid()).to_string()]).status().unwrap().success());
        let error = running.wait().await.unwrap_err();
        assert!(matches!(error, ConfineError::SpawnerGone(_)), "{error}");
        none_alive(&marker);
        // The others go on.
        finish(&request("true", &[])).await.unwrap().succeeds();
    });
}

#[test]
fn a_killed_spawner_takes_all_with_it() {
    let (world, marker) = (World::new(), marker("spawner"));
    block_on(async {
        let spawner = Spawner::start().unwrap();
        let request = daemons(&world, &marker, "sleep 1000");
        let mut running = spawner.spawn(&request, Stdio::null().unwrap()).await.unwrap();
        until("it and its daemons are running", || alive(&marker).len() >= 7);
        let master = parent(parent(running.pid()));
        assert!(Command::new("kill").args(["-KILL", &master.to_string()]).status().unwrap().success());
        assert!(running.wait().await.is_err());
        none_alive(&marker);
        assert!(spawner.spawn(&request, Stdio::null().unwrap()).await.is_err());
    });
}

#[test]
fn the_spawner_ends_with_its_last_owner() {
    block_on(async {
        let spawner = Spawner::start().unwrap();
        let mut running = spawner.spawn(&request("sleep", &["0.3"]), Stdio::null().unwrap()).await.unwrap();
        let master = parent(parent(running.pid()));
        drop(spawner);
        assert!(running.wait().await.unwrap().success());
        drop(running);
        until("it has ended", || !std::path::Path::new(&format!("/proc/{master}")).exists());
    });
}

#[test]
fn a_runner_that_is_killed_leaves_nothing_alive() {
    let (world, marker) = (World::new(), marker("runner"));
    let mut runner = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "lifetime::a_runner_that_waits"])
        .env("MARKER", &marker)
        .env("WORLD", &world.root)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until("all are running", || alive(&marker).len() >= 21);
    let master = alive("--serve-as-infra-spawner").into_iter().find(|pid| parent(*pid) == runner.id().cast_signed()).unwrap();
    runner.kill().unwrap();
    runner.wait().unwrap();
    none_alive(&marker);
    until("the spawner has ended", || !std::path::Path::new(&format!("/proc/{master}")).exists());
}

#[test]
#[ignore = "it is the runner that another test kills"]
fn a_runner_that_waits() {
    let (Ok(marker), Some(root)) = (std::env::var("MARKER"), std::env::var_os("WORLD")) else { return };
    let deaf = std::path::Path::new(&root).join("deaf.pl");
    std::fs::write(&deaf, "$SIG{$_} = 'IGNORE' for qw(TERM HUP INT QUIT); sleep 1000").unwrap();
    block_on(async {
        let script = r#"for i in 1 2; do setsid perl "$0" "$1" & (setsid sh -c 'perl "$0" "$1" & perl "$0" "$1"' "$0" "$1" &) ; done; sleep 1000"#;
        let base = sh(script).args([deaf.to_str().unwrap(), &marker]);
        let confined = base.clone().confined(confined(|it| it.read.push(root.into())));
        let mut foreground = base.clone();
        foreground.foreground = true;
        let mut running = vec![];
        for request in [&confined, &base, &foreground] {
            running.push(spawner().spawn(request, Stdio::null().unwrap()).await.unwrap());
        }
        tokio::time::sleep(Duration::from_secs(100)).await;
    });
}

fn parent(pid: i32) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
