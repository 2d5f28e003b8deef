//! What is wrong in an Infrafile is told in one go: where, and what was meant.

use infra_tests::Project;
use insta::assert_snapshot;

#[test]
fn every_error_is_told_with_its_place() {
    let project = Project::new(
        r#"
[project]
name = "demo"
colour = "red"

[params]
PROFILE = { default = "locl", choices = ["local", "aws"] }
PORT = { type = "integr", default = "1" }

[tasks.build]
run = ["true"]
need = ["x"]

[tasks.deploy]
needs = ["biuld"]
run = ["echo", "${PROFIL}"]
allow = ["plat"]
timeout = "soon"
"#,
    );
    let output = project.infra(&["check"]).output().expect_code(78);
    assert_eq!(output.stdout, "");
    assert_snapshot!(output.told(&project), @r#"
    error: unknown key `colour` in `[project]`
     --> Infrafile.toml:4:1
      |
    4 | colour = "red"
      | ^^^^^^ not known
      |
      = help: the keys are name, sandbox, protect

    error: `PROFILE` cannot be `locl`: it is one of `local`, `aws`
     --> Infrafile.toml:7:23
      |
    7 | PROFILE = { default = "locl", choices = ["local", "aws"] }
      |                       ^^^^^^ not accepted
      |
      = help: did you mean `local`?

    error: `integr` is not a type
     --> Infrafile.toml:8:17
      |
    8 | PORT = { type = "integr", default = "1" }
      |                 ^^^^^^^^ `string`, `integer`, `boolean` or `list`
      |
      = help: did you mean `integer`?

    error: unknown key `need` in the task `build`
      --> Infrafile.toml:12:1
       |
    12 | need = ["x"]
       | ^^^^ not known
       |
       = help: did you mean `needs`?

    error: unknown task `biuld` in `needs` of `deploy`
      --> Infrafile.toml:15:10
       |
    15 | needs = ["biuld"]
       |          ^^^^^^^ not a task
       |
       = help: did you mean `build`?

    error: `${PROFIL}` names nothing that is known here
      --> Infrafile.toml:16:17
       |
    16 | run = ["echo", "${PROFIL}"]
       |                 ^^^^^^^^^ unknown
       |
       = help: did you mean `PROFILE`?

    error: unknown grant `plat`
      --> Infrafile.toml:17:10
       |
    17 | allow = ["plat"]
       |          ^^^^^^ not declared
       |
       = help: declare it as `[grants.plat]`

    error: `soon` is not a duration: write it as `30s` or `1h30m`
      --> Infrafile.toml:18:11
       |
    18 | timeout = "soon"
       |           ^^^^^^ wrong `timeout`
    "#);
    let again = project.infra(&["run", "build"]).output().expect_code(78);
    assert_eq!(again.stderr, output.stderr);
}

#[test]
fn errors_of_syntax_are_told_together() {
    let project = Project::new("[project\nname = \"demo\"\n\n[tasks.x]\nrun = [\n");
    assert_snapshot!(project.infra(&["list"]).output().expect_code(78).told(&project), @"
    error: the TOML is wrong: unclosed table
     --> Infrafile.toml:1:9
      |
    1 | [project
      |         ^ expected `]`

    error: the TOML is wrong: unclosed array
     --> Infrafile.toml:5:8
      |
    5 | run = [
      |        ^ expected `]`
    ");
}

#[test]
fn a_cycle_is_printed() {
    let project = Project::new(
        r#"
[tasks.a]
needs = ["b"]
[tasks.b]
steps = ["c"]
[tasks.c]
needs = ["a"]
"#,
    );
    assert_snapshot!(project.infra(&["run", "a"]).output().expect_code(78).told(&project), @r#"
    error: tasks wait for each other: a → b → c → a
     --> Infrafile.toml:3:10
      |
    3 | needs = ["b"]
      |          ^^^ `a` waits for `b`
      |
     ::: Infrafile.toml:5:10
      |
    5 | steps = ["c"]
      |          --- `b` waits for `c`
      |
     ::: Infrafile.toml:7:10
      |
    7 | needs = ["a"]
      |          --- `c` waits for `a`
    "#);
}

#[test]
fn profiles_that_extend_each_other_are_printed() {
    let project = Project::new(
        r#"
[params]
PROFILE = { default = "a", choices = ["a", "b"] }
[profile.a]
extends = "b"
[profile.b]
extends = "a"
[tasks.x]
run = ["true"]
"#,
    );
    assert_snapshot!(project.infra(&["check"]).output().expect_code(78).told(&project), @r#"
    error: profiles extend each other: a → b → a
     --> Infrafile.toml:5:11
      |
    5 | extends = "b"
      |           ^^^ to `b`
      |
     ::: Infrafile.toml:7:11
      |
    7 | extends = "a"
      |           --- to `a`
    "#);
}

#[test]
fn an_unknown_component_is_named_with_the_nearest() {
    let project = Project::new("[tasks.x]\nuses = \"std/proces\"\n");
    assert_snapshot!(project.infra(&["check"]).output().expect_code(78).told(&project), @r#"
    error: there is no standard task `std/proces`; there are `std/argocd`, `std/backup`, `std/check`, `std/cluster`, `std/doctor`, `std/helm`, `std/images`, `std/kubernetes`, `std/process`, `std/restore`, `std/seal`, `std/services`, `std/status`, `std/terraform`
     --> Infrafile.toml:2:8
      |
    2 | uses = "std/proces"
      |        ^^^^^^^^^^^^ used here
      |
      = help: did you mean `std/process`?
    "#);
}

#[test]
fn wrong_arguments_of_a_component_are_told_for_all_tasks_before_anything_runs() {
    let project = Project::new(
        r#"
[tasks.first]
sh = "touch ran"
allow = [{ files = { write = ["**"] } }]

[tasks.second]
needs = ["first"]
uses = "std/process"
with = { argvv = ["true"] }

[tasks.third]
needs = ["first"]
uses = "std/doctor"
with = { docker = "yes" }
"#,
    );
    assert_snapshot!(project.infra(&["run", "second", "third"]).output().expect_code(78).told(&project), @r#"
    error: the arguments of the task `second` are wrong: the task has no parameter `argvv`: known are argv, script, env, dir, output, interactive
     --> Infrafile.toml:8:8
      |
    8 | uses = "std/process"
      |        ^^^^^^^^^^^^^ used here
      |
      = help: `infra inspect std/process` shows what it takes

    error: the arguments of the task `third` are wrong: `docker`: invalid type: string "yes", expected a boolean
      --> Infrafile.toml:13:8
       |
    13 | uses = "std/doctor"
       |        ^^^^^^^^^^^^ used here
       |
       = help: `infra inspect std/doctor` shows what it takes
    "#);
    assert!(!project.has("ran"));
}
