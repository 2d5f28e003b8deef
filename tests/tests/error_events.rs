//! With `--output json`, what goes wrong before a run is an event too.

use infra_tests::Project;
use serde_json::{Value, json};

const INFRAFILE: &str = r#"
[tasks.hello]
run = ["true"]

[tasks.refused]
uses = "std/process"
with = { argv = ["true"] }

[tasks.asks]
run = ["true"]
confirm = "destroy"

[tasks.waits]
run = ["true"]
preconditions = [{ exists = "none", message = "it is missing" }]
"#;

#[test]
fn every_line_is_an_event_whatever_goes_wrong() {
    let project = Project::new(INFRAFILE);
    project.file("wrong.toml", "[tasks.hello]\nrun = [\"true\"]\nneeds = [\"helo\"]\n");
    for (code, args, message) in [
        (64, &["run", "helo"][..], "helo"),
        (64, &["run"], "no task is named"),
        (64, &["run", "hello", "--nothing"], "--nothing"),
        (64, &["nothing"], "nothing"),
        (64, &["run", "asks"], "destroy"),
        (64, &["show"], "nothing has run here yet"),
        (77, &["run", "refused"], "program"),
        (1, &["run", "waits"], "it is missing"),
        (78, &["-f", "missing.toml", "list"], "missing.toml"),
        (78, &["-f", "wrong.toml", "run", "hello"], "helo"),
    ] {
        for output in [
            project.infra(&[&["-o", "json"], args].concat()).output(),
            project.infra(&[args, &["--output=json"]].concat()).output(),
            project.infra(args).env("INFRA_OUTPUT", "json").output(),
        ] {
            let output = output.expect_code(code);
            let events: Vec<Value> =
                output.stderr.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
            let [event] = events.as_slice() else { unreachable!("{args:?}: {}", output.stderr) };
            assert_eq!((&event["type"], &event["exit_code"]), (&json!("error"), &json!(code)), "{args:?}");
            assert!(event["message"].as_str().is_some_and(|text| text.contains(message)), "{args:?}: {event}");
        }
        let plain = project.infra(args).output().expect_code(code);
        assert!(plain.stderr.starts_with("error: "), "{args:?}: {}", plain.stderr);
    }
}

#[test]
fn a_mistake_in_a_file_has_its_place() {
    let project = Project::new("[tasks.hello]\nrun = [\"true\"]\nneeds = [\"helo\"]\n");
    let output = project.infra(&["-o", "json", "list"]).output().expect_code(78);
    let event: Value = serde_json::from_str(&output.stderr).expect("it is JSON");
    let problem = &event["problems"][0];
    assert_eq!((&problem["file"], &problem["line"], &problem["column"]), (&json!("Infrafile.toml"), &json!(3), &json!(10)));
    assert_eq!(problem["help"], "did you mean `hello`?");
}

#[test]
fn what_belongs_to_no_step_is_a_notice() {
    let project = Project::new(INFRAFILE);
    project.infra(&["run", "hello"]).output().expect_success();
    let output = project.infra(&["-o", "json", "resume"]).output().expect_success();
    let event: Value = serde_json::from_str(&output.stderr).expect("it is JSON");
    assert_eq!((&event["type"], &event["level"]), (&json!("notice"), &json!("info")));
}
