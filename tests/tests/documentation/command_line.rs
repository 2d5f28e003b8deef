//! Verbs, flags, exit codes and standard tasks.

use crate::page::{infra, keys, page, quoted, rows, section};
use infra_tests::Project;
use std::collections::BTreeSet;

/// The verbs that `infra --help` lists.
fn verbs() -> BTreeSet<String> {
    let help = infra(&["--help"]).output().expect_success().stdout;
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap().to_owned();
    let starts = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    starts.map(|line| line.split_whitespace().next().unwrap().to_owned()).filter(|verb| verb != "help").collect()
}

/// The long flags that a help lists.
fn flags(args: &[&str]) -> BTreeSet<String> {
    let help = infra(args).output().expect_success().stdout;
    let options = help.split("Options:\n").nth(1).unwrap().split("Exit codes:").next().unwrap().to_owned();
    let lines = options.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let long = lines.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
    long.map(|flag| flag.trim_end_matches(['.', ',', '…']).to_owned()).collect()
}

/// The long flags that a text names in backquotes.
fn named_flags(text: &str) -> BTreeSet<String> {
    let words = quoted(text).into_iter().flat_map(str::split_whitespace);
    words.filter(|word| word.starts_with("--")).map(|word| word.trim_end_matches(',').to_owned()).collect()
}

#[test]
fn every_verb_and_flag_is_documented_and_no_other() {
    let text = page("docs/command-line.md");
    assert_eq!(keys(section(&text, "## Verbs")), verbs());
    let table: String = rows(section(&text, "## Flags of every verb")).iter().map(|row| format!("{}\n", row[0])).collect();
    let global = named_flags(&table);
    let top: BTreeSet<String> = flags(&["--help"]).into_iter().filter(|flag| flag != "--version").collect();
    assert_eq!(global, top);
    let own = rows(section(&text, "## Flags of verbs"));
    for verb in verbs() {
        let documented = own.iter().find(|row| row[0] == format!("`{verb}`")).map(|row| named_flags(&row[1])).unwrap_or_default();
        let has: BTreeSet<String> = flags(&[&verb, "--help"]).difference(&global).cloned().collect();
        assert_eq!(documented, has, "infra {verb}");
    }
}

#[test]
fn every_exit_code_is_documented_and_no_other() {
    let text = page("docs/command-line.md");
    let documented: BTreeSet<String> = rows(section(&text, "## Exit codes")).iter().map(|row| row[0].clone()).collect();
    let help = infra(&["--help"]).output().expect_success().stdout;
    let codes = help.split("Exit codes:").nth(1).unwrap();
    let listed = codes.split('·').map(|code| code.split_whitespace().next().unwrap().to_owned());
    assert_eq!(documented, listed.collect());
}

#[test]
fn exit_codes_mean_what_the_documentation_says() {
    let project = Project::new(
        "
[tasks.done]
run = ['true']
[tasks.program]
run = ['sh', '-c', 'exit 9']
[tasks.one]
sh = 'exit 3'
[tasks.other]
sh = 'exit 4'
[tasks.slow]
run = ['sleep', '60']
timeout = '100ms'
[tasks.refused]
uses = 'std/process'
with = { argv = ['true'] }
",
    );
    for (code, args) in [
        (0, &["run", "done"][..]),
        (9, &["run", "program"]),
        (1, &["run", "one", "other", "--keep-going", "-j1"]),
        (2, &["plan", "done", "--detailed-exitcode"]),
        (64, &["run", "nothing-of-this-name"]),
        (64, &["run", "done", "NOTHING=1"]),
        (64, &["run", "done", "--nothing"]),
        (77, &["run", "refused"]),
        (78, &["-f", "missing.toml", "list"]),
        (124, &["run", "slow"]),
    ] {
        let output = project.infra(args).output();
        assert_eq!(output.code, Some(code), "{args:?}: {}", output.stderr);
    }
}

#[test]
fn standard_tasks_are_those_that_are_documented() {
    let text = page("docs/tasks.md");
    let documented = keys(section(&text, "# Tasks"));
    let errors = infra(&["inspect", "std/xyzzy"]).output();
    let known: BTreeSet<String> = quoted(errors.stderr.lines().next().unwrap())
        .into_iter()
        .filter(|name| name.starts_with("std/") && *name != "std/xyzzy")
        .map(str::to_owned)
        .collect();
    assert_eq!(documented, known, "{}", errors.stderr);
    for task in documented {
        infra(&["inspect", &task]).output().expect_success();
    }
}
