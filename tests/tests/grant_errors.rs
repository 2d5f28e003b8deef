//! What is wrong with the grants of an Infrafile, and of what it includes.

use infra_tests::Project;
use insta::assert_snapshot;

#[test]
fn wrong_grants_are_told() {
    let project = Project::new(
        r#"
[grants.up]
files = { raed = ["x"], read = ["../other/**"] }
docker = [{ images = ["a"], verbs = ["pul"] }]

[tasks.x]
run = ["true"]
allow = ["upp", { network = true }, { process = [{ args = ["x"] }] }]
"#,
    );
    assert_snapshot!(project.infra(&["check"]).output().expect_code(78).told(&project), @r#"
    error: unknown key `raed` in a grant of `files`
     --> Infrafile.toml:3:11
      |
    3 | files = { raed = ["x"], read = ["../other/**"] }
      |           ^^^^ not known
      |
      = help: did you mean `read`?

    error: `../other/**` grants nothing: a grant has no `..`
     --> Infrafile.toml:3:33
      |
    3 | files = { raed = ["x"], read = ["../other/**"] }
      |                                 ^^^^^^^^^^^^^ not here
      |
      = help: write the whole path, from `/` or from `~/`

    error: unknown verb `pul` of Docker
     --> Infrafile.toml:4:38
      |
    4 | docker = [{ images = ["a"], verbs = ["pul"] }]
      |                                      ^^^^^ not known
      |
      = help: did you mean `pull`?

    error: unknown grant `upp`
     --> Infrafile.toml:8:10
      |
    8 | allow = ["upp", { network = true }, { process = [{ args = ["x"] }] }]
      |          ^^^^^ not declared
      |
      = help: did you mean `up`?

    error: unknown key `network` in a grant
     --> Infrafile.toml:8:19
      |
    8 | allow = ["upp", { network = true }, { process = [{ args = ["x"] }] }]
      |                   ^^^^^^^ not known
      |
      = help: the keys are process, files, docker, kubernetes, http, secrets

    error: a grant of `process` names no program
     --> Infrafile.toml:8:50
      |
    8 | allow = ["upp", { network = true }, { process = [{ args = ["x"] }] }]
      |                                                  ^^^^^^^^^^^^^^^^ here
      |
      = help: add `program = "…"`
    "#);
}

#[test]
fn an_include_gets_no_more_than_its_line_grants() {
    let project = Project::new(
        r#"
[[include]]
path = "team/Infrafile.toml"
namespace = "team"
allow = [{ files = { read = ["team/**"] } }]
"#,
    );
    project.file(
        "team/Infrafile.toml",
        r#"
[tasks.look]
sh = "cat team/a /etc/hostname"
allow = [{ files = { read = ["**"] } }]
"#,
    );
    assert_snapshot!(project.infra(&["check"]).output().expect_code(78).told(&project), @r#"
    error: the task `team:look` is granted more than its include: files = { read = ["**"] }
     --> team/Infrafile.toml:2:8
      |
    2 | [tasks.look]
      |        ^^^^ in the included file
      |
     ::: Infrafile.toml:2:1
      |
    2 | [[include]]
      | ----------- included here
      |
      = help: grant it where it is included: allow = [{ files = { read = ["**"] } }]

    error: the task `team:look` starts a shell, which its include does not grant
     --> team/Infrafile.toml:2:8
      |
    2 | [tasks.look]
      |        ^^^^ in the included file
      |
     ::: Infrafile.toml:2:1
      |
    2 | [[include]]
      | ----------- included here
      |
      = help: grant it where it is included: allow = [{ process = [{ program = "sh" }] }]
    "#);
}
