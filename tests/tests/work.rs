//! What tasks do: programs, scripts, steps, components; and what chooses among them.

use infra_tests::{Output, Project};
use insta::assert_snapshot;

fn lines<'o>(output: &'o Output, task: &str) -> Vec<&'o str> {
    let start = format!("[{task}] ");
    let lines = output.stderr.lines().filter_map(|line| line.strip_prefix(start.as_str()));
    lines.filter(|line| !line.starts_with("started") && !line.starts_with("done in")).collect()
}

fn run(project: &Project, args: &[&str]) -> Output {
    let args: Vec<&str> = std::iter::once("run").chain(args.iter().copied()).collect();
    project.infra(&args).output()
}

#[test]
fn each_word_of_run_is_one_argument() {
    let project =
        Project::new("[params]\nWHO = 'a  b; echo $HOME'\n[tasks.x]\nrun = ['printf', '<%s>\\n', '${WHO}', '', 'x*']\n");
    assert_eq!(lines(&run(&project, &["x"]).expect_success(), "x"), ["<a  b; echo $HOME>", "<>", "<x*>"]);
}

#[test]
fn what_a_program_writes_is_log_and_a_run_without_a_result_leaves_stdout_empty() {
    let project = Project::new("[tasks.x]\nsh = 'echo out; echo err >&2'\n");
    let output = run(&project, &["x"]).expect_success();
    assert_eq!(output.stdout, "");
    let mut logged = lines(&output, "x");
    logged.sort_unstable();
    assert_eq!(logged, ["err", "out"]);
}

#[test]
fn a_captured_output_is_the_result_and_flows_to_those_who_need_it() {
    let project = Project::new(
        r#"
[tasks.version]
uses = "std/process"
with = { argv = ["echo", "1.2.3"], output = "capture" }
allow = [{ process = [{ program = "echo" }] }]

[tasks.tag]
needs = ["version"]
run = ["echo", "v${needs.version.stdout}"]

[tasks.wrong]
needs = ["version"]
run = ["echo", "${needs.version.stdot}"]
"#,
    );
    assert_eq!(run(&project, &["version"]).expect_success().stdout, "1.2.3\n");
    let json = run(&project, &["version", "--json"]).expect_success();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["stdout"], &json["exit_code"]), (&"1.2.3".into(), &0.into()));
    assert_eq!(lines(&run(&project, &["tag"]).expect_success(), "tag"), ["v1.2.3"]);
    let wrong = run(&project, &["wrong"]).expect_code(1);
    assert!(wrong.stderr.contains("the output of the task has no `stdot`"), "{}", wrong.stderr);
}

#[test]
fn steps_go_in_order_with_values_of_their_own() {
    let project = Project::new(
        r#"
[tasks.greet]
params = { NAME = "you" }
run = ["echo", "hello ${NAME}"]

[tasks.all]
steps = ["greet", { task = "greet", with = { NAME = "me" } }, { task = "say", with = { argv = ["echo", "called"] } }]

[tasks.say]
uses = "std/process"
with = { argv = ["echo", "declared"] }
allow = [{ process = [{ program = "echo" }] }]
"#,
    );
    assert_snapshot!(run(&project, &["all"]).expect_success().told(&project), @"
    [greet] started
    [greet] hello you
    [greet] done in TIME (changed)
    [greet (NAME=me)] started
    [greet (NAME=me)] hello me
    [greet (NAME=me)] done in TIME (changed)
    [say] started
    [say] called
    [say] done in TIME (changed)

    ✓ greet            done  TIME  changed
    ✓ greet (NAME=me)  done  TIME  changed
    ✓ say              done  TIME  changed

    Done: 3 tasks in TIME
    ");
}

#[test]
fn a_need_runs_once_however_many_need_it() {
    let project = Project::new(
        "[tasks.base]\nrun = ['echo', 'base']\n[tasks.a]\nneeds = ['base']\nrun = ['true']\n[tasks.b]\nneeds = ['base', 'a']\nrun = ['true']\n",
    );
    assert_eq!(lines(&run(&project, &["a", "b"]).expect_success(), "base"), ["base"]);
}

#[test]
fn when_chooses_and_says_why_not() {
    let project = Project::new(
        "[params]\nMODE = { default = 'a', choices = ['a', 'b'] }\n[tasks.x]\nwhen = { MODE = 'b' }\nrun = ['echo', 'ran']\n",
    );
    assert_eq!(lines(&run(&project, &["x", "MODE=b"]).expect_success(), "x"), ["ran"]);
    assert_eq!(lines(&run(&project, &["x"]).expect_success(), "x"), ["skipped: MODE is a"]);
}

#[test]
fn a_matrix_runs_a_row_for_each_combination() {
    let project =
        Project::new("[tasks.x]\nmatrix = { os = ['deb', 'rpm'], n = ['1', '2'] }\nrun = ['echo', '${matrix.os}-${matrix.n}']\n");
    let output = run(&project, &["x"]).expect_success();
    let rows = [("x (deb, 1)", "deb-1"), ("x (deb, 2)", "deb-2"), ("x (rpm, 1)", "rpm-1"), ("x (rpm, 2)", "rpm-2")];
    for (row, text) in rows {
        assert_eq!(lines(&output, row), [text]);
    }
}

#[test]
fn a_program_has_the_environment_and_the_directory_of_its_task_and_no_more() {
    let project = Project::new(
        r#"
[tasks.x]
dir = "sub"
env = { A = "1", B = "two" }
sh = 'echo "$A $B ${SHELL_SECRET:-none} ${GRANTED:-none}"; basename "$PWD"; cat file'
allow = [{ files = { read = ["sub/**"] } }]

[tasks.granted]
run = ["printenv", "GRANTED"]
allow = [{ process = [{ program = "printenv", env = ["GRANTED"] }] }]

[tasks.evil]
env = { LD_PRELOAD = "./evil.so" }
run = ["true"]
"#,
    );
    project.file("sub/file", "content\n");
    let call = |task: &str| project.infra(&["run", task]).env("SHELL_SECRET", "leaks").env("GRANTED", "given").output();
    assert_eq!(lines(&call("x").expect_success(), "x"), ["1 two none none", "sub", "content"]);
    assert_eq!(lines(&call("granted").expect_success(), "granted"), ["given"]);
    assert_snapshot!(call("evil").expect_code(77).told(&project), @"
    [evil] started
    [evil] failed in TIME: no program gets the environment variable `LD_PRELOAD`: it makes the dynamic loader run other code than the granted program

    ✗ evil: no program gets the environment variable `LD_PRELOAD`: it makes the dynamic loader run other code than the granted program
      hint: remove it, or give it another name

    Failed: 1 of 1 task in TIME
    Resume with: infra resume RUN
    ");
}

#[test]
fn aliases_name_a_task_and_private_tasks_run_for_others() {
    let project = Project::new(
        "[tasks.inner]\nprivate = true\nrun = ['echo', 'inner']\n[tasks.outer]\naliases = ['o']\nneeds = ['inner']\nrun = ['echo', 'outer']\n",
    );
    let output = run(&project, &["o"]).expect_success();
    assert_eq!((lines(&output, "inner"), lines(&output, "outer")), (vec!["inner"], vec!["outer"]));
    assert_eq!(run(&project, &["inner"]).expect_code(64).stdout, "");
}

#[test]
fn a_program_that_fails_gives_its_code_and_one_that_is_not_there_a_hint() {
    let project = Project::new(
        "[tasks.three]\nsh = 'echo trouble >&2; exit 3'\n[tasks.none]\nrun = ['no-such-program']\n[tasks.killed]\nsh = 'kill -9 $$'\n",
    );
    assert_snapshot!(run(&project, &["three"]).expect_code(3).told(&project), @"
    [three] started
    [three] trouble
    [three] failed in TIME: `sh` ended with exit code 3

    ✗ three: `sh` ended with exit code 3

    Failed: 1 of 1 task in TIME
    Resume with: infra resume RUN
    ");
    assert_snapshot!(run(&project, &["none"]).expect_code(1).told(&project), @"
    [none] started
    [none] failed in TIME: the program `no-such-program` is not installed

    ✗ none: the program `no-such-program` is not installed
      hint: install it, or correct its name; `infra doctor` checks what tasks need

    Failed: 1 of 1 task in TIME
    Resume with: infra resume RUN
    ");
    assert_snapshot!(run(&project, &["killed"]).expect_code(137).told(&project), @"
    [killed] started
    [killed] failed in TIME: `sh` was ended by signal 9

    ✗ killed: `sh` was ended by signal 9

    Failed: 1 of 1 task in TIME
    Resume with: infra resume RUN
    ");
}
