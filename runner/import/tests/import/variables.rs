//! What a variable becomes.

use crate::text::{infrafile, task, with_files};
use insta::assert_snapshot;

#[test]
fn what_may_be_given_is_a_parameter_and_the_rest_is_written_out() {
    assert_snapshot!(infrafile(
        "## Where it runs: local|aws\nPROFILE ?= local\nPORT ?= 8080 ## Its port\nNAME := demo\nIMAGE = $(NAME)/$(APP):$(TAG)\nTAG ?= latest\nRED := \\033[31m\n\
         x:\n\t@echo \"$(RED)$(PROFILE)\"\n\ta $(IMAGE) $(PORT) $(HOME)/x \"$(APP)\"\n"
    ), @r#"
    [params]
    PROFILE = { default = "local", choices = ["local", "aws"], env = "PROFILE", help = "Where it runs" }
    PORT    = { default = "8080", env = "PORT", help = "Its port" }
    TAG     = { default = "latest", env = "TAG" }
    APP     = { default = "", env = "APP" }
    HOME    = { default = "", env = "HOME" }

    [grants.a]
    process = [{ program = "a", env = ["**"], confine = false }]

    # Said: ${PROFILE}
    [tasks.x]
    run   = ["a", "demo/${APP}:${TAG}", "${PORT}", "${HOME}/x", "${APP}"]
    allow = ["a"]
    "#);
}

#[test]
fn a_value_of_several_words_needs_a_shell() {
    assert!(task("ARGS ?= -a -b\nx:\n\ta $(ARGS)\n", "x").contains("sh    = \"a ${ARGS}\""));
    assert!(task("ARGS ?=\nx:\n\ta $(ARGS)\n", "x").contains("sh    = \"a ${ARGS}\""));
    assert!(task("ARGS ?= -a -b\nx:\n\ta \"$(ARGS)\"\n", "x").contains("run   = [\"a\", \"${ARGS}\"]"));
    // A constant is as many words as it is.
    assert!(task("ARGS := -a -b\nx:\n\ta $(ARGS)\n", "x").contains("run   = [\"a\", \"-a\", \"-b\"]"));
}

#[test]
fn what_a_command_writes_is_the_result_of_a_task() {
    assert_snapshot!(infrafile("SHA := $(shell git rev-parse HEAD)\nx:\n\tdocker build -t a:$(SHA) .\ny:\n\ta $(SHA) | b\n"), @r#"
    [grants.docker]
    process = [{ program = "docker", env = ["**"], confine = false }]

    [grants.shell]
    # Scripts that start programs: what those touch is not known. They run as make ran them.
    process = [{ program = "sh", env = ["**"], confine = false }]

    [tasks.x]
    needs = ["sha"]
    run   = ["docker", "build", "-t", "a:${needs.sha.stdout}", "."]
    allow = ["docker"]

    [tasks.sha]
    private = true
    uses    = "std/process"
    with    = { script = "git rev-parse HEAD", output = "capture" }
    allow   = ["shell"]

    [tasks.y]
    sh    = "a $(git rev-parse HEAD) | b"
    allow = ["shell"]
    "#);
}

#[test]
fn a_profile_chooses_values() {
    assert_snapshot!(infrafile(
        "PROFILE ?= local\nN := demo\nifeq ($(PROFILE),local)\nCTX := k3d-$(N)\nelse ifeq ($(PROFILE),aws)\nCTX := eks\nelse\nCTX := other\nendif\nx:\n\tkubectl --context $(CTX) get\n"
    ), @r#"
    [params]
    PROFILE = { default = "local", env = "PROFILE" }
    CTX     = { default = "other" }

    [profile.aws.params]
    CTX = "eks"

    [profile.local.params]
    CTX = "k3d-demo"

    [grants.kubectl]
    process = [{ program = "kubectl", env = ["**"], confine = false }]

    [tasks.x]
    run   = ["kubectl", "--context", "${CTX}", "get"]
    allow = ["kubectl"]
    "#);
}

#[test]
fn other_conditions_on_values_are_not_carried() {
    let text = infrafile("ifeq ($(shell uname),Darwin)\nOPEN := open\nelse\nOPEN := xdg-open\nendif\nx:\n\t$(OPEN) a\n");
    assert!(text.contains("run   = [\"xdg-open\", \"a\"]") && text.contains("# Not carried:\n# - `OPEN := "), "{text}");
}

#[test]
fn programs_get_what_is_exported() {
    assert_snapshot!(infrafile("A ?= 1\nexport A\nexport B := two\nx:\n\tterraform plan\ny:\n\techo a\nz:\n\ta | b\n"), @r#"
    [params]
    A = { default = "1", env = "A" }

    [grants.shell]
    # Scripts that start programs: what those touch is not known. They run as make ran them.
    process = [{ program = "sh", env = ["**"], confine = false }]

    [grants.terraform]
    process = [{ program = "terraform", env = ["**"], confine = false }]

    [tasks.x]
    run   = ["terraform", "plan"]
    env   = { A = "${A}", B = "two" }
    allow = ["terraform"]

    [tasks.y]
    run = ["printf", '%s\n', "a"]

    [tasks.z]
    sh    = "a | b"
    env   = { B = "two" }
    allow = ["shell"]
    "#);
}

#[test]
fn a_variable_that_is_never_used_is_told() {
    let (text, counts) = with_files("UNUSED ?= 1\nTOOL ?= kubectl\nx:\n\t$(TOOL) get\n", &[]);
    assert!(
        text.contains("# - UNUSED ?= 1: nothing uses it") && text.contains("# - TOOL ?= kubectl: it names a program"),
        "{text}"
    );
    assert!(text.contains("run   = [\"kubectl\", \"get\"]"), "{text}");
    assert_eq!((counts.params, counts.left_out), (0, 2));
}
