//! Dropping an operation stops it at the daemon. Pulls and builds have their tests beside what they do.

use crate::relay::Relay;
use crate::world::{IDLE, everything, through};
use infra_event::Mode;
use infra_host::docker::{Condition, ExecRequest, LogRequest};
use std::time::Duration;

#[tokio::test]
async fn nothing_goes_on_for_nobody() {
    let relay = Relay::open();
    let world = through(relay.settings.clone(), Mode::Run, everything()).await;
    let name = world.runs("one", IDLE).await;
    let log = world.docker.read_logs(&name, LogRequest { follow: true, ..LogRequest::default() }).await.unwrap();
    relay.asked("/logs?").await;
    assert!(relay.still_open("/logs?"));
    drop(log);
    relay.hung_up("/logs?").await;

    let request = ExecRequest { args: ["sleep", "4715"].map(str::to_owned).to_vec(), ..ExecRequest::default() };
    let exec = world.docker.start_exec(&name, request).await.unwrap();
    assert!(relay.still_open("/start"));
    drop(exec);
    world.docker.gate.settle().await;
    relay.hung_up("/exec/").await;
    assert!(!crate::outside::has_process(&name, "sleep 4715").await);

    let wait = world.docker.wait_container(&name, Condition::Ended, Duration::from_secs(600)).await.unwrap();
    let looks = || relay.requests().iter().filter(|request| request.ends_with("/json")).count();
    let before = looks();
    while looks() < before + 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(wait);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let after = looks();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(looks(), after);
}
