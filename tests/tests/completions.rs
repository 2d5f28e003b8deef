//! `infra completions`, in real shells: bash always, zsh and fish where they are installed.

use infra_tests::{Project, binary};
use std::process::Command;

const INFRAFILE: &str = r#"
[project]
name = "demo"

[params]
PROFILE = { default = "local", choices = ["local", "aws"], help = "Where" }
ENV = { type = "list", default = ["dev"], choices = ["dev", "stage", "prod"] }

[tasks.hello]
help = "Say hello"
params = { WHO = { default = "you" }, LOUD = { type = "boolean", default = false } }
run = ["echo", "${WHO}"]

[tasks.help-me]
run = ["true"]

[tasks.inner]
private = true
run = ["true"]
"#;

/// A call in the project, with the binary in `PATH`.
fn shell(project: &Project, program: &str, args: &[&str]) -> String {
    let path = format!("{}:{}", binary().with_file_name("").display(), std::env::var("PATH").unwrap_or_default());
    let output =
        Command::new(program).args(args).current_dir(project.root()).env("PATH", path).env("HOME", project.home()).output();
    let output = output.unwrap_or_else(|error| unreachable!("{program}: {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What bash offers at the end of a line.
fn in_bash(project: &Project, line: &str) -> Vec<String> {
    let script = r#"
        eval "$(infra completions bash)"
        COMP_LINE="$1" COMP_POINT=${#1}
        _infra infra "" "" 2>/dev/null
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let shown = shell(project, "bash", &["--norc", "--noprofile", "-c", script, "bash", line]);
    let mut words: Vec<String> = shown.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    words.sort();
    words
}

#[test]
fn bash_completes_verbs_tasks_parameters_and_values() {
    let project = Project::new(INFRAFILE);
    for (line, words) in [
        ("infra histo", &["history"][..]),
        ("infra run he", &["hello", "help-me"]),
        ("infra r hel", &["hello", "help-me"]),
        ("infra -v run -k hello ", &["ENV=", "LOUD=", "PROFILE=", "WHO=", "hello", "help-me"]),
        ("infra run hello P", &["PROFILE="]),
        // Bash takes what stands behind the sign for the word.
        ("infra run hello PROFILE=", &["aws", "local"]),
        ("infra run hello PROFILE=a", &["aws"]),
        ("infra plan PROFILE=aws ENV=dev,", &["dev,prod", "dev,stage"]),
        ("infra run hello LOUD=t", &["true"]),
        ("infra run in", &[]),
        ("infra graph --form", &["--format"]),
        ("infra graph --format m", &["mermaid"]),
        ("infra -o js", &["json"]),
        ("infra completions z", &["zsh"]),
        ("infra run nothing=", &[]),
    ] {
        assert_eq!(in_bash(&project, line), words, "{line}");
    }
}

#[test]
fn past_runs_are_completed_and_other_directories_are_looked_in() {
    let project = Project::new(INFRAFILE);
    assert!(in_bash(&project, "infra show ").is_empty());
    project.infra(&["run", "hello"]).output().expect_success();
    let listed = project.infra(&["complete", "--", "show", ""]).output().expect_success().stdout;
    assert!(listed.lines().count() == 2 && listed.contains("\thello succeeded") && listed.contains("last\t"), "{listed}");
    let logs = project.infra(&["complete", "--", "logs", "he"]).output().expect_success().stdout;
    assert_eq!(logs, "hello\tSay hello\nhelp-me\t\n");
    let root = project.root().display().to_string();
    let nowhere = tempfile::tempdir().expect("there is room");
    let here = nowhere.path().to_str().expect("it is text");
    assert!(project.infra(&["-C", here, "complete", "--", "run", "he"]).output().expect_success().stdout.is_empty());
    let there = project.infra(&["-C", here, "complete", "--", "-C", &root, "run", "hell"]).output().expect_success().stdout;
    assert_eq!(there, "hello\tSay hello\n");
}

#[test]
fn what_is_wrong_completes_nothing_and_says_nothing() {
    let project = Project::new("[tasks.hello\n");
    for words in [&["run", "he"][..], &["run", "A="], &["show", ""], &["nonsense", "x"], &["--nonsense", "x"]] {
        let output = project.infra(&[&["complete", "--"], words].concat()).output().expect_success();
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""), "{words:?}");
    }
}

#[test]
fn a_name_cannot_make_another_line_or_draw() {
    let project = Project::new("[tasks.hello]\nhelp = \"a\\nevil\\tb\\u001b[2J\"\nrun = ['true']\n");
    let listed = project.infra(&["complete", "--", "run", "h"]).output().expect_success().stdout;
    assert_eq!(listed.lines().count(), 1, "{listed:?}");
    assert!(!listed.contains('\u{1b}'), "{listed:?}");
}

fn is_there(shell: &str) -> bool {
    Command::new(shell).arg("--version").output().is_ok()
}

/// What zsh offers for these words: what its function hands to `compadd`.
fn in_zsh(project: &Project, words: &[&str]) -> Vec<String> {
    let script = r#"
        autoload -U compinit; compinit -D -u
        eval "$(infra completions zsh)"
        [[ $_comps[infra] == _infra ]] || print "not taken"
        compadd() { print -l -- "${(P@)@[-1]}" }
        words=("$@"); CURRENT=${#words}
        _infra
    "#;
    let shown = shell(project, "zsh", &[&["-fc", script, "zsh"], words].concat());
    shown.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn zsh_completes_verbs_tasks_parameters_and_values() {
    if !is_there("zsh") {
        return;
    }
    let project = Project::new(INFRAFILE);
    for (words, offered) in [
        (&["infra", "histo"][..], &["history"][..]),
        (&["infra", "run", "he"], &["hello", "help-me"]),
        (&["infra", "run", "hello", "P"], &["PROFILE="]),
        (&["infra", "run", "hello", "PROFILE="], &["PROFILE=local", "PROFILE=aws"]),
        (&["infra", "watch", "ENV=dev,"], &["ENV=dev,stage", "ENV=dev,prod"]),
        (&["infra", "run", "hello", ""], &["WHO=", "LOUD=", "PROFILE=", "ENV=", "hello", "help-me"]),
        (&["infra", "completions", "nu"], &["nushell"]),
    ] {
        let mut found = in_zsh(&project, words);
        let mut offered: Vec<String> = offered.iter().map(|word| (*word).to_owned()).collect();
        found.sort();
        offered.sort();
        assert_eq!(found, offered, "{words:?}");
    }
}

#[test]
fn fish_completes_verbs_tasks_parameters_and_values() {
    if !is_there("fish") {
        return;
    }
    let project = Project::new(INFRAFILE);
    for (line, offered) in [
        ("infra histo", &["history"][..]),
        ("infra run he", &["hello\tSay hello", "help-me"]),
        ("infra run hello P", &["PROFILE=\tWhere"]),
        ("infra run hello PROFILE=", &["PROFILE=aws", "PROFILE=local"]),
        ("infra graph --format m", &["mermaid"]),
    ] {
        let script = format!("infra completions fish | source; complete -C '{line}'");
        let shown = shell(&project, "fish", &["-Nc", &script]);
        let mut found: Vec<&str> = shown.lines().filter(|line| !line.is_empty()).map(str::trim_end).collect();
        found.sort_unstable();
        let fits = |(found, wanted): (&&str, &&str)| found == wanted || found.starts_with(&format!("{wanted}\t"));
        assert!(found.len() == offered.len() && found.iter().zip(offered).all(fits), "{line}: {found:?}");
    }
}

#[test]
fn every_script_asks_the_binary_for_what_it_offers() {
    let project = Project::new(INFRAFILE);
    for shell in ["bash", "zsh", "fish", "nushell", "powershell"] {
        let script = project.infra(&["completions", shell]).output().expect_success().stdout;
        assert!(script.contains(" complete "), "{shell}: {script}");
    }
    // Where the shells are installed, they read what is written for them.
    for (program, args) in [("nu", &["-c", "source infra.nu"][..]), ("pwsh", &["-NoProfile", "-File", "infra.ps1"])] {
        if is_there(program) {
            for (name, shell) in [("infra.nu", "nushell"), ("infra.ps1", "powershell")] {
                project.file(name, project.infra(&["completions", shell]).output().expect_success().stdout);
            }
            let read = Command::new(program).args(args).current_dir(project.root()).output();
            let read = read.unwrap_or_else(|error| unreachable!("{program}: {error}"));
            assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        }
    }
}
