//! `std/services` with `action = "logs"`.

use infra_tests::{Output, Stack, wait_for};
use std::io::{BufRead as _, BufReader};

const COMPOSE: &str = r#"
services:
  talker: { image: IMAGE, expose: [80], entrypoint: [sh, -c, "echo one; echo two >&2; sleep 1000"], stop_signal: SIGKILL }
  ends: { image: IMAGE, entrypoint: [printf, three] }
  ab: { image: IMAGE, expose: [80], entrypoint: [sh, -c, "echo hello; sleep 1000"], stop_signal: SIGKILL }
"#;

fn lines(output: &Output) -> Vec<String> {
    let lines = output.stderr.lines().filter_map(|line| line.strip_prefix("[services] "));
    let mut lines: Vec<String> = lines.filter(|line| line.contains(" | ")).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn each_line_stands_behind_its_service() {
    let stack = Stack::new(COMPOSE);
    stack.run("up").expect_success();
    // Until the daemon has written them down.
    wait_for("all have spoken", || lines(&stack.run("logs")).len() == 4);
    let all = stack.run("logs").expect_success();
    assert_eq!(lines(&all), ["ab     | hello", "ends   | three", "talker | one", "talker | two"]);
    let one = stack.run_with("logs", "services = [\"ab\"]", "").expect_success();
    assert_eq!(lines(&one), ["ab | hello"]);
    let tail = stack.run_with("logs", "tail = 1", "").expect_success();
    assert_eq!(lines(&tail).len(), 3, "{}", tail.stderr);
    let since = stack.run_with("logs", "since = \"2999-01-01\"", "").expect_success();
    assert!(lines(&since).is_empty(), "{}", since.stderr);
    let times = stack.run_with("logs", "timestamps = true", "").expect_success();
    assert!(lines(&times)[0].starts_with("ab     | 20"), "{}", times.stderr);
    let wrong = stack.run_with("logs", "since = \"soon\"", "").expect_code(1);
    assert!(wrong.stderr.contains("`since` is `soon`"), "{}", wrong.stderr);
}

#[test]
fn following_goes_on_until_the_containers_end() {
    let stack = Stack::new(
        "services:\n  ticker: { image: IMAGE, expose: [80], entrypoint: [sh, -c, \"i=0; while true; do i=$$((i+1)); echo tick $$i; sleep 0.2; done\"] }\n",
    );
    stack.run("up").expect_success();
    let mut child = stack.start_with("logs", "follow = true\ntail = 0");
    let seen = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut ticks = seen.lines().map_while(Result::ok).filter(|line| line.contains("ticker | tick"));
    assert!(ticks.next().is_some() && ticks.next().is_some());
    stack.docker.remove_all(&stack.name);
    let rest = ticks.count();
    assert!(child.wait().is_ok_and(|status| status.success()), "{rest}");
}
