//! What a recipe line becomes.

use crate::text::{infrafile, task, with_files};
use insta::assert_snapshot;

#[test]
fn one_program_is_run_with_its_grant() {
    assert_snapshot!(infrafile("plan: ## Show what would change\n\t@terraform -chdir=infra plan -var 'a=\"b c\"' \"x\\$$y\"\n"), @r#"
    [grants.terraform]
    process = [{ program = "terraform", env = ["**"], confine = false }]

    [tasks.plan]
    help  = "Show what would change"
    run   = ["terraform", "-chdir=infra", "plan", "-var", 'a="b c"', "x$$y"]
    allow = ["terraform"]
    "#);
}

#[test]
fn several_lines_are_steps_and_announcements_are_comments() {
    assert_snapshot!(infrafile("up:\n\t@echo \"Starting...\"\n\tdocker compose up -d\n\tkubectl apply -f k8s\n\t@echo Done\n"), @r#"
    [grants.docker]
    process = [{ program = "docker", env = ["**"], confine = false }]

    [grants.kubectl]
    process = [{ program = "kubectl", env = ["**"], confine = false }]

    # Said: Starting...
    # Said: Done
    [tasks.up]
    steps = ["up-docker", "up-kubectl"]

    [tasks.up-docker]
    private = true
    run     = ["docker", "compose", "up", "-d"]
    allow   = ["docker"]

    [tasks.up-kubectl]
    private = true
    run     = ["kubectl", "apply", "-f", "k8s"]
    allow   = ["kubectl"]
    "#);
}

#[test]
fn what_is_told_at_the_end_is_told() {
    assert_snapshot!(infrafile("up:\n\tdocker compose up -d\n\t@echo \"open http://localhost:3000\"\n\t@echo\n\t@echo \"or: make up\"\n"), @r#"
    [grants.docker]
    process = [{ program = "docker", env = ["**"], confine = false }]

    [tasks.up]
    steps = ["up-docker", "up-says"]

    [tasks.up-docker]
    private = true
    run     = ["docker", "compose", "up", "-d"]
    allow   = ["docker"]

    [tasks.up-says]
    private = true
    run     = ["printf", '%s\n', "open http://localhost:3000", "", "or: infra run up"]
    "#);
}

#[test]
fn cd_is_the_directory_and_a_prefix_the_environment() {
    assert_snapshot!(infrafile("test:\n\tcd tests && CI=1 NAME='a b' pytest -q && ruff check\n"), @r#"
    [grants.pytest]
    process = [{ program = "pytest", env = ["**"], confine = false }]

    [grants.ruff]
    process = [{ program = "ruff", env = ["**"], confine = false }]

    [tasks.test]
    steps = ["test-pytest", "test-ruff"]

    [tasks.test-pytest]
    private = true
    run     = ["pytest", "-q"]
    env     = { CI = "1", NAME = "a b" }
    dir     = "tests"
    allow   = ["pytest"]

    [tasks.test-ruff]
    private = true
    run     = ["ruff", "check"]
    dir     = "tests"
    allow   = ["ruff"]
    "#);
}

#[test]
fn what_needs_a_shell_is_a_script() {
    for line in ["a | b", "a > c", "a *.txt", "a $$(b)", "a ~/x", "a; b || c", "a &", "case x in y) z;; esac", "a <<< b"] {
        let text = task(&format!("x:\n\t{}\n", line), "x");
        let shell = line.replace("$$", "$");
        assert!(text.contains("\nsh") && text.contains(&shell) && text.contains("\"shell\""), "{text}");
    }
    for line in ["a 'b | c'", "a \"*\"", "a b#c", "a {}", "a x=y"] {
        let text = task(&format!("x:\n\t{line}\n"), "x");
        assert!(text.contains("\nrun   = [\"a\""), "{text}");
    }
}

#[test]
fn a_failure_that_is_ignored_stays_ignored() {
    assert!(task("x:\n\t-rm a\n", "x").contains("sh    = \"rm a || true\""));
}

#[test]
fn macros_and_prefixes_are_expanded() {
    assert_snapshot!(infrafile("define both\n\t@a $(1)\n\t@b $(2)\nendef\nx:\n\t$(call both,1,2 3)\n"), @r#"
    [grants.a]
    process = [{ program = "a", env = ["**"], confine = false }]

    [grants.b]
    process = [{ program = "b", env = ["**"], confine = false }]

    [tasks.x]
    steps = ["x-a", "x-b"]

    [tasks.x-a]
    private = true
    run     = ["a", "1"]
    allow   = ["a"]

    [tasks.x-b]
    private = true
    run     = ["b", "2", "3"]
    allow   = ["b"]
    "#);
}

#[test]
fn guards_are_required_parameters_preconditions_and_checks() {
    assert_snapshot!(infrafile(
        "x:\n\t@test -n \"$(APP)\" || (echo \"APP is required\"; exit 1)\n\t@command -v helm >/dev/null 2>&1 || { echo no; exit 1; }\n\
         \t@test -f cfg/$(APP).yaml || exit 1\n\t@if [ \"$(APP)\" = \"root\" ]; then echo \"not root\"; exit 1; fi\n\thelm x $(APP)\n"
    ), @r#"
    [params]
    APP = { required = true, env = "APP" }

    [grants.helm]
    process = [{ program = "helm", env = ["**"], confine = false }]

    [tasks.x-tools]
    private = true
    uses    = "std/doctor"
    with    = { programs = ["helm"] }

    [tasks.x]
    needs         = ["x-tools"]
    preconditions = [{ exists = "cfg/${APP}.yaml" }]
    steps         = ["x-for-root", "x-helm"]

    [tasks.x-for-root]
    private = true
    when    = { APP = "root" }
    sh      = "printf '%s\\n' \"not root\" >&2; exit 1"

    [tasks.x-helm]
    private = true
    run     = ["helm", "x", "${APP}"]
    allow   = ["helm"]
    "#);
}

#[test]
fn questions_are_confirmed_however_they_are_asked() {
    for question in [
        "read -p \"Sure? \" a; [ \"$$a\" = \"yes\" ]",
        "read -p \"Sure? \" a && [ \"$$a\" = \"yes\" ] || exit 1",
        "read -p \"Sure? \" a; if [ \"$$a\" != \"yes\" ]; then echo no; exit 1; fi",
        "echo -n \"Sure? \"; read a; [ $$a = yes ] || (echo no; exit 1)",
        "read -r -p \"Sure? \" a; echo; if [[ $$a != yes ]]; then exit 1; fi",
        "read -p \"Sure? \" a; if [ \"$$a\" = \"yes\" ]; then true; else echo no; exit 1; fi",
    ] {
        let text = task(&format!("x:\n\t@{question}\n\tterraform destroy\n"), "x");
        assert!(
            text.contains("confirm = \"yes\"") && text.contains("run     = [\"terraform\", \"destroy\"]"),
            "{question}\n{text}"
        );
    }
    let text = task("x:\n\t@read -p \"Sure? \" -n 1 -r; echo; if [[ ! $$REPLY =~ ^[Yy]$$ ]]; then exit 1; fi\n\ta\n", "x");
    assert!(text.contains("confirm = \"y\""), "{text}");
    // One that is not understood asks as it did.
    let text = task("x:\n\t@while read a; do b; done\n", "x");
    assert!(text.contains("interactive = true") && !text.contains("confirm"), "{text}");
}

#[test]
fn what_make_alone_knows_fails_and_says_why() {
    let (text, counts) = with_files("x:\n\t@a $(X:.c=.o)\n\t@b\n", &[]);
    assert_snapshot!(text, @r#"
    [grants.b]
    process = [{ program = "b", env = ["**"], confine = false }]

    [tasks.x]
    steps = ["x-broken", "x-b"]

    # NOT CARRIED: a $(X:.c=.o)
    #   because `$(X:.c=.o)` changes words; parameters are taken as they are
    [tasks.x-broken]
    private = true
    sh      = "printf '%s\\n' 'not carried: a $(X:.c=.o)' >&2; exit 1"

    [tasks.x-b]
    private = true
    run     = ["b"]
    allow   = ["b"]
    "#);
    assert_eq!((counts.carried, counts.scripts, counts.broken), (0, 0, 1));
}

#[test]
fn a_terminal_is_given_to_who_needs_one() {
    assert!(task("x:\n\tdocker exec -it db psql\n", "x").contains("interactive = true"));
    assert!(!task("x:\n\tdocker exec -i db psql\n", "x").contains("interactive"));
}

#[test]
fn help_and_groups_come_along() {
    assert_snapshot!(infrafile(
        "# ====\n# Cluster\n# ====\nup: ## Start it\n\ta\n# Stop it\ndown:\n\tb\n##@ Other\nhelp: ## Show help\n\t@grep '##' $(MAKEFILE_LIST)\nx:\n\tc\n"
    ), @r#"
    [grants.a]
    process = [{ program = "a", env = ["**"], confine = false }]

    [grants.b]
    process = [{ program = "b", env = ["**"], confine = false }]

    [grants.c]
    process = [{ program = "c", env = ["**"], confine = false }]

    [tasks.up]
    help  = "Start it"
    group = "Cluster"
    run   = ["a"]
    allow = ["a"]

    [tasks.down]
    help  = "Stop it"
    group = "Cluster"
    run   = ["b"]
    allow = ["b"]

    [tasks.x]
    group = "Other"
    run   = ["c"]
    allow = ["c"]

    # Not carried:
    # - line 10, `help:`: `infra list` shows the tasks, `infra run TASK --help` one of them
    "#);
}

#[test]
fn included_files_are_read_and_missing_ones_told() {
    let (text, _) = with_files(
        "include common.mk\ninclude gone.mk\n-include maybe.mk .env\nx:\n\ta $(NAME)\n",
        &[("common.mk", "NAME ?= b\n")],
    );
    assert_snapshot!(text, @r#"
    [params]
    NAME = { default = "b", env = "NAME" }

    [grants.a]
    process = [{ program = "a", env = ["**"], confine = false }]

    [tasks.x]
    run   = ["a", "${NAME}"]
    allow = ["a"]

    # Not carried:
    # - line 2, `include gone.mk`: the file is not there
    "#);
}
