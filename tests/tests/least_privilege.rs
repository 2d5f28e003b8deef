//! `infra grants` and `infra policy`.

use infra_tests::{Output, Project};
use insta::assert_snapshot;
use serde_json::{Value, json};

const INFRAFILE: &str = r#"
[project]
name = "demo"

[tasks.look]
uses = "std/process"
with = { argv = ["echo", "hello"] }
allow = [{ process = [{ program = "echo" }, { program = "rm" }], files = { read = ["src/**"] } }]

[tasks.script]
sh = "echo hello"

[tasks.asks]
uses = "std/process"
with = { argv = ["rm", "-rf", "x"] }
"#;

fn call(project: &Project, args: &[&str]) -> Output {
    project.infra(args).output()
}

fn parsed(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).expect("it is JSON")
}

#[test]
fn grants_that_were_never_used_are_marked() {
    let project = Project::new(INFRAFILE);
    assert_snapshot!(call(&project, &["grants", "look"]).expect_success().shown(&project), @r#"
    look  it has not run yet, so nothing is known of what it uses

    Granted
      { process = [{ program = "echo" }] }
      { process = [{ program = "rm" }] }
      { files = { read = ["src/**"] } }

    Declared
      process = [{ program = "echo" }]
    "#);
    call(&project, &["run", "look"]).expect_success();
    call(&project, &["run", "look"]).expect_success();
    assert_snapshot!(call(&project, &["grants", "look"]).expect_success().shown(&project), @r#"
    look  in 2 past runs

    Granted
      used        { process = [{ program = "echo" }] }
      never used  { process = [{ program = "rm" }] }
      never used  { files = { read = ["src/**"] } }

    Declared
      process = [{ program = "echo" }]

    Used
      2 ×  process.run echo hello
    "#);
    let told = parsed(&call(&project, &["grants", "look", "--json"]).expect_success());
    assert_eq!(told["used"], json!({ "process.run echo hello": 2 }));
    let unused: Vec<&Value> = told["granted"].as_array().unwrap().iter().filter(|grant| grant["used"] == 0).collect();
    assert_eq!(unused.len(), 2);
    // What a task asks for and is not granted is no mistake here.
    let asks = parsed(&call(&project, &["grants", "asks", "--json"]).expect_success());
    assert_eq!((&asks["granted"], asks["declared"].as_array().unwrap().len()), (&json!([]), 1));
    call(&project, &["grants"]).expect_code(64);
    call(&project, &["grants", "nothing"]).expect_code(64);
}

#[test]
fn the_policy_is_shown_with_what_it_takes_away() {
    let project = Project::new(INFRAFILE);
    let none = call(&project, &["policy"]).expect_success();
    assert!(none.stdout.starts_with("There is no policy: what an Infrafile allows is allowed."), "{}", none.stdout);
    assert_eq!(parsed(&call(&project, &["policy", "--json"]).expect_success())["allows"], Value::Null);
    project.file("policy.toml", "files = { read = [\"src/**\"] }\n\n[[process]]\nprogram = \"echo\"\n");
    let shown = call(&project, &["--policy", "policy.toml", "policy"]).expect_success();
    assert_snapshot!(shown.shown(&project), @r#"
    Policy  PROJECT/policy.toml

    Allows
      files = { read = ["src/**"] }
      process = [{ program = "echo" }]

    Takes away
      look
        { process = [{ program = "rm" }] }
      script
        { process = [{ program = "sh", args = ["=-eu", "=-c", "=echo hello"] }] }
    "#);
    // As it is shown, so it is.
    project.infra(&["--policy", "policy.toml", "run", "look"]).output().expect_success();
    project.infra(&["--policy", "policy.toml", "run", "script"]).output().expect_code(77);
    project.file("policy.toml", "nonsense = 1\n");
    call(&project, &["--policy", "policy.toml", "policy"]).expect_code(78);
}
