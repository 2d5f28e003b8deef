//! From the environment, from files, from programs and from people.

use super::{SECRET, from, private, run, with_policy};
use infra_tests::Project;
use std::io::{Read as _, Write as _};

#[test]
fn a_secret_comes_from_the_environment() {
    let project = from("'env:THE_SECRET'");
    run(&project, &["use"]).expect_success();
    let missing = project.infra(&["run", "use"]).output().expect_code(1);
    for part in ["PW", "env:THE_SECRET", "Infrafile.toml:2", "export THE_SECRET="] {
        assert!(missing.stderr.contains(part), "{part}: {}", missing.stderr);
    }
    let empty = project.infra(&["run", "use"]).env("THE_SECRET", "").output().expect_code(1);
    assert!(empty.stderr.contains("it is empty"), "{}", empty.stderr);
}

#[test]
fn a_secret_comes_from_a_file_of_its_owner_alone() {
    let project = from("'file:keys/pw'");
    private(&project, "keys/pw", &format!("{SECRET}\n"), 0o600);
    run(&project, &["use"]).expect_success();
    for mode in [0o640, 0o604, 0o620] {
        private(&project, "keys/pw", &format!("{SECRET}\n"), mode);
        let refused = run(&project, &["use"]).expect_code(77);
        assert!(
            refused.stderr.contains("chmod 600 keys/pw") && refused.stderr.contains(&format!("{mode:04o}")),
            "{}",
            refused.stderr
        );
    }
    std::fs::remove_file(project.root().join("keys/pw")).unwrap();
    let missing = run(&project, &["use"]).expect_code(1);
    assert!(missing.stderr.contains("there is no file `keys/pw`"), "{}", missing.stderr);
}

#[test]
fn a_secret_comes_from_a_confined_program() {
    let project = from("{ cmd = ['cat', 'sealed'], read = ['sealed'] }");
    project.file("sealed", SECRET);
    run(&project, &["use"]).expect_success();
    // What is not granted is not read, and what the program says is told.
    let project = from("{ cmd = ['cat', 'sealed'] }");
    project.file("sealed", SECRET);
    let refused = run(&project, &["use"]).expect_code(1);
    for part in ["PW", "cmd:cat sealed", "Infrafile.toml:2", "`cat` ended with exit code 1", "denied"] {
        assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
    }
    // The policy is asked about it too.
    project.file("policy.toml", "process = [{ program = 'sh' }]\nsecrets = [{ name = 'PW', to = ['process:sh'] }]\n");
    let refused = with_policy(&project).output().expect_code(77);
    assert!(refused.stderr.contains("cat sealed") && refused.stderr.contains("policy"), "{}", refused.stderr);
}

#[test]
fn nobody_is_asked_in_ci_with_yes_or_without_a_terminal() {
    let project = from("'prompt:The password'");
    let call = |args: &[&str], ci: bool| {
        let infra = project.infra(args);
        if ci { infra.env("CI", "true") } else { infra }.output().expect_code(77)
    };
    assert!(call(&["run", "--yes", "use"], false).stderr.contains("nobody is asked with `--yes`"));
    assert!(call(&["run", "use"], true).stderr.contains("nobody is asked in CI"));
}

#[test]
fn a_person_is_asked_at_the_terminal_and_what_is_typed_is_not_shown() {
    let project = from("'prompt:The password'");
    let mut child = project.infra(&["run", "use"]).in_terminal();
    let mut shown = Vec::new();
    let mut piece = [0; 4096];
    let mut out = child.stdout.take().unwrap();
    while !String::from_utf8_lossy(&shown).contains("The password: ") {
        let length = out.read(&mut piece).unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&shown));
        shown.extend_from_slice(&piece[..length]);
    }
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{SECRET}\n").as_bytes()).unwrap();
    out.read_to_end(&mut shown).unwrap();
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(child.wait().unwrap().success(), "{shown}");
    assert!(!shown.contains("s3cr3t"), "{shown}");
}

#[test]
fn a_secret_is_looked_up_once_and_only_where_it_is_used() {
    let project = Project::new(
        r#"
[secrets]
PW     = { cmd = ["sh", "-c", "echo once >> count; echo s3cr3t-s3cr3t"], confine = false }
UNUSED = { cmd = ["sh", "-c", "echo unused >> count; echo s3cr3t-s3cr3t"], confine = false }

[tasks.one]
run = ["sh", "-c", "test -n \"$PW\""]
env = { PW = "${secrets.PW}" }

[tasks.two]
run = ["sh", "-c", "test \"$URL\" != \"${URL#https://me:s3}\""]
env = { URL = "https://me:${secrets.PW}@example.org" }

[tasks.both]
needs = ["one", "two"]

[tasks.none]
run = ["true"]
"#
        .replace("${URL#https://me:s3}", "$${URL#https://me:s3}")
        .as_str(),
    );
    run(&project, &["none"]).expect_success();
    project.infra(&["plan", "both"]).output().expect_success();
    project.infra(&["explain", "one"]).output().expect_success();
    assert!(!project.has("count"));
    run(&project, &["both"]).expect_success();
    assert_eq!(project.read("count"), "once\n");
}
