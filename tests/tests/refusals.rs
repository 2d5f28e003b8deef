//! What is not granted is refused: by the Infrafile, by the policy, by the kernel. Beside each denied case stands one that is allowed.

use infra_tests::{Output, Project};
use insta::assert_snapshot;

fn run(project: &Project, task: &str) -> Output {
    project.infra(&["run", task]).output()
}

#[test]
fn a_program_runs_with_the_granted_arguments_only() {
    let project = Project::new(
        r#"
[tasks.allowed]
uses = "std/process"
with = { argv = ["echo", "status"] }
allow = [{ process = [{ program = "echo", args = ["status"] }] }]

[tasks.denied]
uses = "std/process"
with = { argv = ["echo", "push", "a b"] }
allow = [{ process = [{ program = "echo", args = ["status"] }] }]
"#,
    );
    assert!(run(&project, "allowed").expect_success().stderr.contains("[allowed] status"));
    let denied = run(&project, "denied").expect_code(77);
    assert!(!denied.stderr.contains("[denied] push"), "{}", denied.stderr);
    assert_snapshot!(denied.told(&project), @r#"
    [denied] started
    [denied] failed in TIME: process.run echo push 'a b' is not allowed by the task's `allow`

    ✗ denied: process.run echo push 'a b' is not allowed by the task's `allow`
      hint: add to the task's `allow`, if it shall: process = [{ program = "echo", args = ["push", "a b"] }]

    Failed: 1 of 1 task in TIME
    Resume with: infra resume RUN
    "#);
}

#[test]
fn the_line_of_a_refusal_is_the_line_that_helps() {
    let before = "[tasks.x]\nuses = 'std/process'\nwith = { argv = ['echo', 'a \"b\" \\\\'] }\nallow = [{ ALLOW }]\n";
    let project = Project::new(&before.replace("{ ALLOW }", "{ process = [{ program = 'echo', args = ['else'] }] }"));
    let refused = run(&project, "x").expect_code(77);
    let (_, line) = refused.stderr.split_once("`allow`, if it shall: ").unwrap();
    let line = line.lines().next().unwrap();
    project.file("Infrafile.toml", before.replace("ALLOW", line));
    run(&project, "x").expect_success();
}

#[test]
fn all_missing_grants_are_listed_before_anything_runs() {
    let project = Project::new(
        r#"
[tasks.first]
sh = "touch ran"
allow = [{ files = { write = ["**"] } }]

[tasks.program]
needs = ["first"]
uses = "std/process"
with = { argv = ["git", "push"] }

[tasks.look]
needs = ["first"]
uses = "std/doctor"
with = { files = ["docs/a", "../other"], docker = true }
allow = [{ files = { read = ["src/**"] } }]

[tasks.all]
needs = ["program", "look"]
"#,
    );
    assert_snapshot!(run(&project, "all").expect_code(77).told(&project).replace(project.root().parent().unwrap().to_str().unwrap(), "ABOVE"), @r#"
    error: tasks ask for more than they are granted; nothing was run
      [tasks.look] lacks in `allow`:
        { files = { read = ["docs/a"] } }
        { files = { read = ["ABOVE/other"] } }
        { docker = [{ verbs = ["inspect"] }] }
      [tasks.program] lacks in `allow`:
        { process = [{ program = "git" }] }
    "#);
    assert!(!project.has("ran"));
    let plan = project.infra(&["plan", "all"]).output().expect_code(77);
    assert!(plan.stderr.contains("nothing was run"), "{}", plan.stderr);
}

#[test]
fn a_component_reads_granted_files_only() {
    let project = Project::new(
        r#"
[tasks.allowed]
uses = "std/doctor"
with = { files = ["docs/a"] }
allow = [{ files = { read = ["docs/**"] } }]

[tasks.link]
uses = "std/doctor"
with = { files = ["docs/link"] }
allow = [{ files = { read = ["docs/link"] } }]
"#,
    );
    project.file("docs/a", "");
    std::os::unix::fs::symlink("/etc/hostname", project.root().join("docs/link")).unwrap();
    run(&project, "allowed").expect_success();
    assert_snapshot!(run(&project, "link").expect_code(77).told(&project), @r#"
    error: tasks ask for more than they are granted; nothing was run
      [tasks.link] lacks in `allow`:
        { files = { read = ["/etc/hostname"] } }
    "#);
}

#[test]
fn a_script_reads_and_writes_granted_files_only() {
    let project = Project::new(
        r#"
[tasks.read]
sh = "cat docs/a"
allow = [{ files = { read = ["docs/**"] } }]
[tasks.read-other]
sh = "cat secret"
allow = [{ files = { read = ["docs/**"] } }]
[tasks.read-link]
sh = "cat docs/link"
allow = [{ files = { read = ["docs/**"] } }]
[tasks.read-outside]
sh = "cat ../outside"
allow = [{ files = { read = ["**"] } }]
[tasks.write]
sh = "echo new > out/made"
allow = [{ files = { write = ["out/**"] } }]
[tasks.write-read-only]
sh = "echo new > docs/a"
allow = [{ files = { read = ["docs/**"], write = ["out/**"] } }]
[tasks.write-outside]
sh = "echo new > ../outside"
allow = [{ files = { write = ["**"] } }]
"#,
    );
    project.file("docs/a", "a page\n");
    project.file("out/x", "");
    project.file("secret", "kept\n");
    project.file("../outside", "not yours\n");
    std::os::unix::fs::symlink("../secret", project.root().join("docs/link")).unwrap();
    assert!(run(&project, "read").expect_success().stderr.contains("[read] a page"));
    run(&project, "write").expect_success();
    assert_eq!(project.read("out/made"), "new\n");
    for task in ["read-other", "read-link", "read-outside"] {
        let output = run(&project, task).expect_code(1);
        assert!(output.stderr.contains("Permission denied"), "{}", output.stderr);
        assert!(!output.stderr.contains("kept") && !output.stderr.contains("not yours"), "{}", output.stderr);
    }
    for task in ["write-read-only", "write-outside"] {
        assert!(run(&project, task).expect_code(2).stderr.contains("Permission denied"));
    }
    assert_eq!((project.read("docs/a"), project.read("../outside")), ("a page\n".to_owned(), "not yours\n".to_owned()));
}

#[test]
fn the_runners_own_files_are_written_by_no_task() {
    let project = Project::new("");
    let home = project.home();
    let (state, config) = (home.join("state/infra"), home.join("config/infra"));
    let infrafile = format!(
        "[tasks.free]\nsh = 'echo x > free'\nallow = [{{ files = {{ write = ['**'] }} }}]\n\
         [tasks.infrafile]\nsh = 'echo x >> Infrafile.toml'\nallow = [{{ files = {{ write = ['**'] }} }}]\n\
         [tasks.env]\nsh = 'echo x >> .env'\nallow = [{{ files = {{ write = ['**'] }} }}]\n\
         [tasks.state]\nsh = 'echo x > {0}/mine'\nallow = [{{ files = {{ write = ['{0}/**'] }} }}]\n\
         [tasks.policy]\nsh = 'echo x > {1}/policy.toml'\nallow = [{{ files = {{ write = ['{1}/**'] }} }}]\n",
        state.display(),
        config.display()
    );
    project.file("Infrafile.toml", &infrafile);
    project.file("free", "");
    project.file(".env", "A=1\n");
    std::fs::create_dir_all(&config).unwrap();
    run(&project, "free").expect_success();
    for task in ["infrafile", "env", "state", "policy"] {
        assert!(run(&project, task).expect_code(2).stderr.contains("Permission denied"), "{task}");
    }
    assert_eq!((project.read("Infrafile.toml"), project.read(".env")), (infrafile, "A=1\n".to_owned()));
    assert!(!state.join("mine").exists() && !config.join("policy.toml").exists());
}

#[test]
fn docker_is_asked_for_what_is_granted_only() {
    let project = Project::new(
        r#"
[tasks.ask]
uses = "std/doctor"
with = { docker = true }
allow = [{ docker = [{ verbs = ["inspect"] }] }]

[tasks.up]
uses = "std/services"
with = { files = ["compose.yaml"], action = "up" }
allow = [{ files = { read = ["compose.yaml", ".env"] }, docker = [{ images = ["redis:7"], verbs = ["pull"] }] }]
"#,
    );
    project.file("compose.yaml", "services:\n  cache:\n    image: redis:7\n");
    run(&project, "ask").expect_success();
    assert_snapshot!(run(&project, "up").expect_code(77).told(&project), @r#"
    error: tasks ask for more than they are granted; nothing was run
      [tasks.up] lacks in `allow`:
        { docker = [{ verbs = ["pull", "run", "stop", "remove", "networks", "volumes"] }] }
    "#);
}

#[test]
fn sh_grants_its_shell_and_a_component_needs_the_grant() {
    let project =
        Project::new("[tasks.sugar]\nsh = 'echo ran'\n[tasks.component]\nuses = 'std/process'\nwith = { script = 'echo ran' }\n");
    assert!(run(&project, "sugar").expect_success().stderr.contains("[sugar] ran"));
    assert_snapshot!(run(&project, "component").expect_code(77).told(&project), @r#"
    error: tasks ask for more than they are granted; nothing was run
      [tasks.component] lacks in `allow`:
        { process = [{ program = "sh" }] }
    "#);
}

#[test]
fn the_policy_is_a_second_key() {
    let project = Project::new("[tasks.hello]\nrun = ['echo', 'hello']\n[tasks.git]\nrun = ['true']\n");
    project.file("policy.toml", "process = [{ program = 'true' }]\n");
    let with = |args: &[&str]| project.infra(&[&["--policy", "policy.toml", "run"], args].concat()).output();
    with(&["git"]).expect_success();
    assert_snapshot!(with(&["hello"]).expect_code(77).told(&project), @r#"
    error: tasks ask for more than they are granted; nothing was run
      the policy PROJECT/policy.toml lacks:
        process = [{ program = "echo" }]
    "#);
    // The user's own policy needs no option.
    std::fs::create_dir_all(project.home().join("config/infra")).unwrap();
    std::fs::copy(project.root().join("policy.toml"), project.home().join("config/infra/policy.toml")).unwrap();
    run(&project, "hello").expect_code(77);
    run(&project, "git").expect_success();
    project.file("policy.toml", "process = [{ program = 'true', args = ['x'] }]\n");
    assert_snapshot!(with(&["git"]).expect_code(77).told(&project), @r#"
    [git] started
    [git] failed in TIME: process.run true is not allowed by the policy

    ✗ git: process.run true is not allowed by the policy
      hint: add to policy.toml, if it shall: process = [{ program = "true", args = [] }]

    Failed: 1 of 1 task in TIME
    Resume with: infra resume RUN
    "#);
}

#[test]
fn a_policy_that_cannot_be_used_allows_nothing() {
    let project = Project::new("[tasks.hello]\nrun = ['echo', 'hello']\n");
    assert_snapshot!(project.infra(&["--policy", "none.toml", "run", "hello"]).output().expect_code(78).told(&project), @"
    error: the policy PROJECT/none.toml cannot be read: No such file or directory (os error 2)
      hint: correct `--policy`, or INFRA_POLICY; nothing runs without the policy that was named
    ");
    project.file("wrong.toml", "proces = []\n");
    assert_snapshot!(project.infra(&["--policy", "wrong.toml", "run", "hello"]).output().expect_code(78).told(&project), @"
    error: the policy PROJECT/wrong.toml is wrong: TOML parse error at line 1, column 1
      |
    1 | proces = []
      | ^^^^^^
    unknown field `proces`, expected one of `process`, `files`, `docker`, `kubernetes`, `http`, `secrets`
      hint: it holds what an `allow` of an Infrafile holds: `process`, `files`, `docker`, `kubernetes`, `http`, `secrets`
    ");
}
