//! `infra learn`: the smallest `allow` that covers what a task was seen to do.

use infra_tests::{Output, Project};
use insta::assert_snapshot;
use serde_json::{Value, json};

fn call(project: &Project, args: &[&str]) -> Output {
    project.infra(args).output()
}

/// With `allow = []` replaced by what was learned, all of it and then without each line of it.
fn assert_smallest(project: &Project, task: &str, before: &str, learned: &str) {
    let with = |allow: &str| project.file("Infrafile.toml", before.replacen("allow = []", allow, 1));
    with(learned.trim());
    let _allowed = call(project, &["run", task]).expect_success();
    let lines: Vec<&str> = learned.lines().collect();
    let grants = lines.iter().enumerate().filter(|(_, line)| line.starts_with("  {"));
    let mut removed = 0;
    for (at, line) in grants {
        let fewer: Vec<&str> = lines.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, line)| *line).collect();
        with(&fewer.join("\n"));
        let refused = call(project, &["run", task]);
        assert_eq!(refused.code, Some(77), "without {line}: {}", refused.stderr);
        removed += 1;
    }
    assert!(removed > 0, "nothing was learned: {learned}");
    project.file("Infrafile.toml", before);
}

const LOOK: &str = "
[tasks.look]
uses  = 'std/doctor'
with  = { files = ['docs/a', 'docs/b'] }
allow = []
";

#[test]
fn what_a_plan_shows_is_enough_and_nothing_of_it_is_too_much() {
    let project = Project::new(LOOK);
    project.file("docs/a", "");
    project.file("docs/b", "");
    let _refused = call(&project, &["run", "look"]).expect_code(77);
    let learned = call(&project, &["learn", "look"]).expect_success();
    assert_snapshot!(learned.shown(&project), @r#"
    allow = [
      { files = { read = ["docs/a", "docs/b"] } },
    ]
    "#);
    assert_smallest(&project, "look", LOOK, &learned.stdout);
    let told: Value = serde_json::from_str(&call(&project, &["learn", "look", "--json"]).expect_success().stdout).unwrap();
    assert_eq!(
        told,
        json!({
            "task": "look", "allow": [r#"files = { read = ["docs/a", "docs/b"] }"#], "outside": [], "policy": [], "never": [],
        })
    );
}

const ECHO: &str = "
[tasks.made]
sh    = 'touch out/made'
allow = [{ files = { write = ['out/**'] } }]

[tasks.echo]
needs = ['made']
uses  = 'std/process'
with  = { argv = ['echo', 'a b', '*'] }
allow = []
";

#[test]
fn a_program_is_learned_with_its_arguments_and_a_run_stays_in_its_bound() {
    let project = Project::new(ECHO);
    project.file("out/x", "");
    let planned = call(&project, &["learn", "echo"]).expect_success();
    assert_snapshot!(planned.shown(&project), @r#"
    allow = [
      { process = [{ program = "echo", args = ["a b", "=*"] }] },
    ]
    "#);
    assert!(planned.stderr.contains("A plan runs no program"), "{}", planned.stderr);
    // A plan runs nothing, of what it needs neither.
    assert!(!project.has("out/made"));
    assert_smallest(&project, "echo", ECHO, &planned.stdout);

    let bound = "process = [{ program = \"echo\", read = [\"docs/**\"] }]";
    let run = call(&project, &["learn", "echo", "--run", "--within", bound]).expect_success();
    assert_snapshot!(run.shown(&project), @r#"
    allow = [
      { process = [{ program = "echo", args = ["a b", "=*"], read = ["docs/**"] }] },
    ]
    "#);
    assert!(project.has("out/made"));
    let outside =
        call(&project, &["learn", "echo", "--run", "--within", "process = [{ program = \"echo\", args = [\"else\"] }]"]);
    let outside = outside.expect_code(77);
    assert!(
        outside.stderr.contains("outside of the bound, and not in `allow`: process.run echo 'a b' '*'"),
        "{}",
        outside.stderr
    );
    assert!(!outside.stdout.contains("a b"), "{}", outside.stdout);
}

#[test]
fn what_leaves_the_machine_or_the_project_is_not_looked_at_without_a_bound() {
    let project = Project::new(
        "[tasks.look]\nuses = 'std/doctor'\nwith = { files = ['../other'] }\n[tasks.ask]\nuses = 'std/check'\nwith = { checks = [{ tcp = '127.0.0.1:1' }] }\n",
    );
    project.file("../other", "");
    let other = project.root().parent().unwrap().canonicalize().unwrap().join("other").display().to_string();
    let outside = call(&project, &["learn", "look"]).expect_code(77);
    assert!(
        outside.stderr.contains(&format!("outside of the bound, and not in `allow`: file.stat {other}")),
        "{}",
        outside.stderr
    );
    let within = format!("files = {{ read = [\"{other}\"] }}");
    assert!(outside.stderr.contains(&format!("--within '{within}'")), "{}", outside.stderr);
    let inside = call(&project, &["learn", "look", "--within", &within]).expect_success();
    assert_eq!(inside.stdout, format!("allow = [\n  {{ {within} }},\n]\n"));
    let ask = call(&project, &["learn", "ask"]);
    assert!(ask.stderr.contains("outside of the bound"), "{}", ask.stderr);
}

#[test]
fn what_is_never_learned() {
    let project = Project::new(
        r#"
[tasks.script]
sh = "true"

[tasks.shell]
uses = "std/process"
with = { argv = ["sh", "-c", "true"] }

[tasks.loose]
uses  = "std/process"
with  = { argv = ["true"] }
allow = [{ process = [{ program = "true", confine = false }] }]

[tasks.all]
needs = ["loose"]

[tasks.fine]
uses = "std/process"
with = { argv = ["true"] }
"#,
    );
    for (args, why) in [
        (&["learn", "script"][..], "what `sh` does is not learned"),
        (&["learn", "all"], "only calls others"),
        (&["learn", "fine", "--run"], "--within"),
        (&["learn", "fine", "--run", "--within", "files = {}"], "`--run` needs a bound"),
        (&["learn", "fine", "--within", "process = [{ program = \"true\", confine = false }]"], "`confine = false`"),
        (&["learn", "fine", "--within", "process = [{ program = \"*\" }]"], "which may be a shell"),
        (&["learn", "fine", "--within", "process = [{ program = \"/bin/bash\" }]"], "the shell `/bin/bash`"),
        (&["learn", "fine", "--within", "docker = [{ options = [\"privileged\"] }]"], "the Docker option `privileged`"),
        (&["learn", "fine", "--within", "proces = []"], "is no grant"),
        (&["learn"], "learn takes one task"),
        (&["learn", "nothing-of-this-name"], "there is no task"),
    ] {
        let refused = call(&project, args).expect_code(64);
        assert!(refused.stderr.contains(why) && refused.stdout.is_empty(), "{args:?}: {}", refused.stderr);
    }
    let ci = project.infra(&["learn", "fine"]).env("CI", "true").output().expect_code(64);
    assert!(ci.stderr.contains("nothing is learned in CI"), "{}", ci.stderr);
    // The one without confinement is learned with it.
    for (task, allow) in
        [("shell", "allow = []\n"), ("loose", "allow = [\n  { process = [{ program = \"true\", args = [] }] },\n]\n")]
    {
        let told = call(&project, &["learn", task]);
        assert!(told.stderr.contains("never learned: "), "{task}: {}", told.stderr);
        assert_eq!(told.stdout, allow, "{task}");
    }
    assert!(call(&project, &["learn", "fine"]).expect_success().stdout.contains("program = \"true\""));
}

#[test]
fn the_policy_holds_while_something_is_learned() {
    let project = Project::new(LOOK);
    project.file("docs/a", "");
    project.file("docs/b", "");
    project.file("policy.toml", "files = { read = [\"docs/a\"] }\n");
    let told = call(&project, &["--policy", "policy.toml", "learn", "look"]).expect_code(77);
    assert!(told.stderr.contains("refused by the policy, and not in `allow`: file.stat docs/b"), "{}", told.stderr);
}
