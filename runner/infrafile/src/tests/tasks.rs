use super::{good, wrong};
use crate::{ReferenceName, Work, parse_duration, parse_size};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_task_says_everything() {
    let infrafile = good(
        r#"
[params]
PROFILE = "local"
ENV = { type = "list", default = ["dev"], choices = ["dev", "stage"] }
[grants.shared]
files = { read = ["a/**"] }
[tasks.clean]
sh = "true"
confine = false
[tasks.all]
help = "h"
group = "g"
aliases = ["everything"]
private = true
params = { APP = { required = true } }
run = ["make", "${APP}"]
needs = ["clean"]
finally = ["clean"]
when = { PROFILE = "local", ENV = ["dev", "stage"], not = { "matrix.os" = "b" } }
matrix = { os = ["a", "b"], arch = ["x"] }
env = { A = "${matrix.os}", N = 5 }
dir = "apps/${APP}"
allow = ["shared", { process = [{ program = "make" }] }]
locks = ["l"]
retries = { attempts = 3, backoff = "5s" }
timeout = "1h30m"
limits = { memory = "64MiB", handles = 7 }
confirm = "yes"
preconditions = [{ exists = "Makefile", message = "m", hint = "h" }]
interactive = false
service = { ready = "tcp://127.0.0.1:1", restart = "on-failure" }
skip = "s"
"#,
    );
    let task = infrafile.task("everything").unwrap();
    assert_eq!(task.name, "all");
    assert_eq!(task.timeout, Some(Duration::from_secs(5400)));
    assert_eq!((task.retries.attempts, task.retries.backoff), (3, Duration::from_secs(5)));
    assert_eq!((task.limits.memory, task.limits.handles), (64 << 20, 7));
    assert_eq!((task.allow.process.len(), task.allow.files.read.len()), (1, 1));
    assert_eq!(task.when.len(), 3);
    assert_eq!(task.when[2].name, ReferenceName::Matrix("os".into()));
    assert!(task.when[2].negated && !task.when[1].negated);
    assert_eq!(task.when[1].values, [json!("dev"), json!("stage")]);
    assert_eq!(task.matrix[0].0, "os");
    assert!(task.service.as_ref().unwrap().restart);
    assert!(task.confine && !infrafile.tasks["clean"].confine);
    assert!(matches!(&task.work, Work::Run(words) if words.len() == 2));
}

#[test]
fn a_task_does_one_thing() {
    insta::assert_snapshot!(wrong(
        r#"
[tasks.none]
help = "x"
[tasks.two]
run = ["x"]
sh = "y"
[tasks.with]
sh = "y"
with = { a = 1 }
[tasks.confine]
uses = "foo"
confine = false
[tasks.Upper]
run = []
[tasks.empty]
run = []
"#
    ));
}

#[test]
fn calls_and_conditions_are_checked() {
    insta::assert_snapshot!(wrong(
        r#"
[params]
PROFILE = { default = "local", choices = ["local", "aws"] }
[tasks.one]
sh = "x"
params = { COUNT = 1 }
[tasks.two]
steps = ["on", { task = "one", with = { COUNT = "many", CONT = 2 } }, 5]
needs = [{ tsk = "one" }]
when = { PROFILE = "asw", PROFIL = "x", "matrix.os" = "a", not = { not = {} } }
"#
    ));
}

#[test]
fn cycles_are_printed() {
    insta::assert_snapshot!(wrong(
        r#"
[tasks.a]
needs = ["b"]
[tasks.b]
steps = ["c"]
[tasks.c]
sh = "x"
finally = ["a"]
[tasks.d]
needs = ["d"]
"#
    ));
}

#[test]
fn durations_and_sizes() {
    assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
    assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5400)));
    assert_eq!(parse_duration("30"), Err("`30` has no unit: write `30s` for seconds".into()));
    assert!(parse_duration("5 s").is_err());
    assert!(parse_duration("99999999999999999999h").is_err());
    assert_eq!(parse_size("64KiB"), Ok(65536));
    assert_eq!(parse_size("10MB"), Ok(10_000_000));
    assert_eq!(parse_size("123"), Ok(123));
    assert!(parse_size("1 parsec").is_err());
    assert!(parse_size("99999999999TB").is_err());
}
