//! Tasks that say what they are made from: run where something has changed, and only there.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use infra_tests::{Infra, Project};
use std::path::PathBuf;

/// Copies `src/*` into `build/all`, and says so in its log.
const COPY: &str = r#"
params = { WORD = "one" }
[tasks.copy]
sh      = "cat src/* > build/all; echo $WORD >> build/all; echo RAN"
inputs  = ["src/**"]
outputs = ["build/**"]
allow   = [{ files = { read = ["src/**"], write = ["build/**"] } }]
"#;

fn project(infrafile: &str, cache: bool) -> Project {
    let project =
        Project::new(&if cache { infrafile.replace("inputs  =", "cache   = true\ninputs  =") } else { infrafile.to_owned() });
    project.file("src/a", "A\n");
    project.file("src/b", "B\n");
    project
}

fn infra(project: &Project, args: &[&str]) -> Infra {
    // Programs are looked up where nothing is installed meanwhile, and every project has a store of its own.
    project.infra(args).env("XDG_CACHE_HOME", project.home().join("cache")).env("PATH", "/usr/bin:/bin")
}

/// Whether the task ran, and what the run said.
fn run(project: &Project, words: &[&str]) -> (bool, String) {
    let output = infra(project, &[&["run"], words].concat()).output().expect_success();
    (output.stderr.contains("RAN"), output.stderr)
}

fn ran(project: &Project, words: &[&str]) -> bool {
    run(project, words).0
}

fn store(project: &Project) -> Vec<PathBuf> {
    let mut found = vec![project.home().join("cache/infra/outputs/content")];
    let mut files = vec![];
    while let Some(path) = found.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => found.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => files.push(path),
        }
    }
    files.retain(|file| file.is_file());
    files
}

#[test]
fn what_has_not_changed_is_not_run() {
    for cache in [false, true] {
        let project = project(COPY, cache);
        assert!(ran(&project, &["copy"]));
        let (again, said) = run(&project, &["copy"]);
        assert!(!again && said.contains("[copy] up to date"), "{said}");
        assert!(said.contains("Done: 1 task") && said.contains("1 up to date"), "{said}");
        assert_eq!(project.read("build/all"), "A\nB\none\n");
        let events = infra(&project, &["--output", "json", "run", "copy"]).output().expect_success().stderr;
        assert!(events.contains(r#""kind":"up-to-date""#) && !events.contains("step-log"), "{events}");
        assert!(ran(&project, &["--force", "copy"]));
    }
}

#[test]
fn each_change_of_an_input_runs_it() {
    for cache in [false, true] {
        let project = project(COPY, cache);
        assert!(ran(&project, &["copy"]));
        project.file("src/a", "Z\n");
        assert!(ran(&project, &["copy"]), "changed");
        assert_eq!(project.read("build/all"), "Z\nB\none\n");
        project.file("src/c/d", "deep");
        std::fs::remove_dir_all(project.root().join("src/c")).unwrap();
        assert!(!ran(&project, &["copy"]), "added and removed");
        project.file("src/c", "C\n");
        assert!(ran(&project, &["copy"]), "added");
        std::fs::remove_file(project.root().join("src/c")).unwrap();
        std::fs::rename(project.root().join("src/b"), project.root().join("src/e")).unwrap();
        assert!(ran(&project, &["copy"]), "renamed");
        // Only a look decides: another time alone is no change.
        let text = project.read("src/a");
        std::thread::sleep(std::time::Duration::from_millis(30));
        project.file("src/a", text);
        assert!(!ran(&project, &["copy"]), "touched");
    }
}

#[test]
fn another_argument_runs_it_and_is_named() {
    let project = project(COPY, false);
    assert!(ran(&project, &["copy"]));
    assert!(!ran(&project, &["copy"]));
    assert!(ran(&project, &["copy", "WORD=two"]));
    assert_eq!(project.read("build/all"), "A\nB\ntwo\n");
    let changed = project.read("Infrafile.toml").replace("echo RAN", "echo RAN again");
    project.file("Infrafile.toml", changed);
    assert!(ran(&project, &["copy", "WORD=two"]));
}

#[test]
fn without_cache_a_removed_output_is_made_again_and_with_it_brought_back() {
    for cache in [false, true] {
        let project = project(COPY, cache);
        assert!(ran(&project, &["copy"]));
        std::fs::remove_file(project.root().join("build/all")).unwrap();
        let (again, said) = run(&project, &["copy"]);
        assert_eq!((again, said.contains("restored")), (!cache, cache), "{said}");
        assert_eq!(project.read("build/all"), "A\nB\none\n");
        project.file("build/all", "damaged");
        assert_eq!(ran(&project, &["copy"]), !cache);
        assert_eq!(project.read("build/all"), "A\nB\none\n");
    }
}

#[test]
fn a_change_that_is_taken_back_brings_the_old_result_back() {
    let project = project(COPY, true);
    assert!(ran(&project, &["copy"]));
    project.file("src/a", "Z\n");
    assert!(ran(&project, &["copy"]));
    project.file("src/a", "A\n");
    let (again, said) = run(&project, &["copy"]);
    assert!(!again && said.contains("restored"), "{said}");
    assert_eq!(project.read("build/all"), "A\nB\none\n");
}

#[test]
fn what_is_damaged_in_the_store_is_made_again() {
    for damage in [&b"other content"[..], b""] {
        let project = project(COPY, true);
        assert!(ran(&project, &["copy"]));
        let kept = store(&project);
        assert_eq!(kept.len(), 1, "{kept:?}");
        std::fs::write(&kept[0], damage).unwrap();
        std::fs::remove_file(project.root().join("build/all")).unwrap();
        assert!(ran(&project, &["copy"]));
        assert_eq!(project.read("build/all"), "A\nB\none\n");
        std::fs::remove_file(project.root().join("build/all")).unwrap();
        assert!(!ran(&project, &["copy"]), "the store is whole again");
    }
}

#[test]
fn another_program_runs_it() {
    let infrafile = r#"
[tasks.made]
run     = ["./tool"]
inputs  = ["src/**"]
outputs = ["build/**"]
cache   = true
allow   = [{ files = { read = ["src/**"], write = ["build/**"] } }]
"#;
    use std::os::unix::fs::PermissionsExt as _;
    let project = project(infrafile, false);
    let tool = |text: &str| {
        project.file("tool", format!("#!/bin/sh\necho {text} > build/x\necho RAN\n"));
        std::fs::set_permissions(project.root().join("tool"), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    tool("first");
    assert!(ran(&project, &["made"]));
    assert!(!ran(&project, &["made"]));
    tool("second");
    assert!(ran(&project, &["made"]));
    assert_eq!(project.read("build/x"), "second\n");
    tool("first");
    assert!(ran(&project, &["made"]), "what the store has was made by another program");
}

#[test]
fn what_reads_or_writes_elsewhere_is_not_kept_and_says_why() {
    for (from, to, why) in [
        ("read = [\"src/**\"]", "read = [\"src/**\", \"other/**\"]", "`sh` may read `other/**`, which `inputs` does not hold"),
        (
            "write = [\"build/**\"]",
            "write = [\"build/**\", \"log/**\"]",
            "`sh` may write `log/**`, which `outputs` does not hold",
        ),
        ("inputs  = [\"src/**\"]", "inputs  = [\"src/a\"]", "`sh` may read `src/**`, which `inputs` does not hold"),
        ("outputs = [\"build/**\"]", "outputs = [\"build/**\", \"missing\"]", "it did not make its output `missing`"),
    ] {
        let text = COPY.replace(from, to);
        assert_ne!(text, COPY);
        let project = project(&text, true);
        for _ in 0..2 {
            let (ran, said) = run(&project, &["copy"]);
            assert!(ran && said.contains(&format!("not kept: {why}")), "{why}: {said}");
            std::fs::remove_dir_all(project.root().join("build")).unwrap();
        }
    }
}

#[test]
fn what_the_task_has_not_made_is_left_alone() {
    let project = project(COPY, true);
    project.file("build/mine", "mine");
    let (ran, said) = run(&project, &["copy"]);
    assert!(ran && said.contains("`build/mine` was there before"), "{said}");
    assert_eq!(project.read("build/mine"), "mine");
    std::fs::remove_dir_all(project.root().join("build")).unwrap();
    assert!(self::ran(&project, &["copy"]));
    assert!(!self::ran(&project, &["copy"]));
}

#[test]
fn an_input_that_changes_meanwhile_is_seen() {
    for cache in [false, true] {
        let text = COPY.replace("echo RAN", "echo RAN; until test -e go; do sleep 0.05; done");
        let project = project(&text, cache);
        let running = infra(&project, &["run", "copy"]).start();
        while !project.has("build/all") {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        // Also where it is as it was in the end.
        project.file("src/a", "Z\n");
        project.file("src/a", "A\n");
        project.file("go", "");
        let said = String::from_utf8(running.wait_with_output().unwrap().stderr).unwrap();
        assert!(said.contains("the input `src/a` was changed while it ran"), "{said}");
        assert!(ran(&project, &["copy"]));
        assert!(!ran(&project, &["copy"]));
    }
}

#[test]
fn of_two_runs_at_once_the_second_finds_it_done() {
    let project = project(&COPY.replace("cat src", "sleep 1; cat src"), true);
    let first = infra(&project, &["run", "copy"]).start();
    let second = infra(&project, &["run", "copy"]).start();
    let said = [first, second].map(|run| String::from_utf8(run.wait_with_output().unwrap().stderr).unwrap());
    assert_eq!(said.iter().filter(|said| said.contains("RAN")).count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|said| said.contains("up to date")).count(), 1, "{said:?}");
}

#[test]
fn what_was_killed_is_not_up_to_date() {
    for cache in [false, true] {
        let project = project(
            &COPY.replace("echo RAN", "echo RAN; sleep $SLEEP").replace("WORD = \"one\"", "WORD = \"one\", SLEEP = 0"),
            cache,
        );
        let mut running = infra(&project, &["run", "copy", "SLEEP=60"]).start();
        while !project.has("build/all") {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        running.kill().unwrap();
        running.wait().unwrap();
        assert!(ran(&project, &["copy"]));
        assert!(!ran(&project, &["copy"]), "what the killed run left is the task's own");
    }
}

#[test]
fn a_failure_is_not_up_to_date() {
    let project = project(&COPY.replace("echo RAN", "echo RAN; test -e build/never"), true);
    for _ in 0..2 {
        let output = infra(&project, &["run", "copy"]).output().expect_code(1);
        assert!(output.stderr.contains("RAN"), "{}", output.stderr);
    }
}

#[test]
fn what_a_needed_task_makes_belongs_to_it() {
    let project = project(
        r#"
[tasks.first]
sh      = "cat src/a > one/x"
inputs  = ["src/a"]
outputs = ["one/**"]
allow   = [{ files = { read = ["src/a"], write = ["one/**"] } }]
[tasks.second]
needs   = ["first"]
sh      = "echo RAN"
inputs  = ["src/b"]
"#,
        false,
    );
    assert!(ran(&project, &["second"]));
    assert!(!ran(&project, &["second"]));
    project.file("src/a", "Z");
    assert!(ran(&project, &["second"]));
}

#[test]
fn a_plan_shows_what_is_up_to_date_and_changes_nothing() {
    let project = project(COPY, true);
    let plan = |words: &[&str]| infra(&project, &[&["plan", "--detailed-exitcode", "copy"], words].concat()).output().code;
    assert_eq!(plan(&[]), Some(2));
    assert!(!project.has("build/all"));
    assert!(ran(&project, &["copy"]));
    assert_eq!((plan(&[]), plan(&["WORD=two"])), (Some(0), Some(2)));
    assert!(!ran(&project, &["copy"]));
}

#[test]
fn a_link_that_leads_elsewhere_is_another_input() {
    let project = project(&COPY.replace("cat src/*", "ls src"), false);
    std::os::unix::fs::symlink("a", project.root().join("src/l")).unwrap();
    assert!(ran(&project, &["copy"]));
    assert!(!ran(&project, &["copy"]));
    std::fs::remove_file(project.root().join("src/l")).unwrap();
    std::os::unix::fs::symlink("b", project.root().join("src/l")).unwrap();
    assert!(ran(&project, &["copy"]));
}

#[test]
fn explain_shows_what_has_changed() {
    let project = project(COPY, true);
    let explained = |words: &[&str]| infra(&project, &[&["explain", "copy"], words].concat()).output().expect_success().stdout;
    assert!(explained(&[]).contains("it has not run yet"));
    assert!(ran(&project, &["copy"]));
    assert!(explained(&[]).contains("Up to date\n  up to date"), "{}", explained(&[]));
    project.file("src/a", "Z\n");
    project.file("src/c", "C\n");
    std::fs::remove_file(project.root().join("src/b")).unwrap();
    let said = explained(&["WORD=two"]);
    for line in ["environment variable WORD has changed", "input src/a has changed", "input src/c is new", "input src/b is gone"]
    {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("argument"), "{said}");
}
