//! `std/services` and ports that somebody else holds.

use infra_tests::{Stack, free_port};
use std::net::TcpListener;

fn web(port: u16) -> String {
    format!(
        "services:\n  first: {{ image: IMAGE, stop_signal: SIGKILL, entrypoint: [sleep, \"1000\"] }}\n  \
         web: {{ image: IMAGE, stop_signal: SIGKILL, entrypoint: [sleep, \"1000\"], ports: [\"127.0.0.1:{port}:80\"] }}\n"
    )
}

#[test]
fn a_program_that_holds_the_port_is_named_before_anything_starts() {
    let port = free_port();
    let stack = Stack::new(&web(port));
    let _listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    let refused = stack.run("up").expect_code(1);
    let process = format!("(process {})", std::process::id());
    assert!(refused.stderr.contains(&format!("service web cannot have port 127.0.0.1:{port}")), "{}", refused.stderr);
    assert!(refused.stderr.contains(&process), "{}", refused.stderr);
    assert!(refused.stderr.contains("stack/base/all/compose.yaml:3"), "{}", refused.stderr);
    assert!(stack.docker.containers(&stack.name).is_empty() && stack.docker.networks(&stack.name).is_empty());
    // A plan says the same.
    assert!(stack.plan("up").stderr.contains(&process) || stack.plan("up").stdout.contains(&process));
}

#[test]
fn a_container_that_holds_the_port_is_named_and_ones_own_is_none() {
    let port = free_port();
    let other = Stack::new(&web(port));
    other.run("up").expect_success();
    let stack = Stack::new(&web(port));
    let refused = stack.run("up").expect_code(1);
    let holder = format!("the container `{}`", other.container_name("web"));
    assert!(refused.stderr.contains(&holder) && refused.stderr.contains("docker stop"), "{}", refused.stderr);
    assert!(stack.docker.containers(&stack.name).is_empty());
    let resilient = stack.run_with("up", "resilient = true", "").expect_code(1);
    assert!(
        resilient.stderr.contains(&holder) && resilient.stderr.contains("1 of 2 services are missing"),
        "{}",
        resilient.stderr
    );
    assert_eq!(stack.container("first")["State"]["Running"], true);
    // The service's own container, which is made anew, is no conflict; nor is one that gives the port to another service.
    other.compose(&web(port).replace("web: { image", "web: { labels: { a: b }, image"));
    other.run("up").expect_success();
    assert_eq!(other.container("web")["Config"]["Labels"]["a"], "b");
}
