//! Prerequisites and calls of make.

use crate::text::{infrafile, task};
use insta::assert_snapshot;

#[test]
fn prerequisites_are_needs_and_a_target_of_names_keeps_their_order() {
    assert_snapshot!(infrafile(".PHONY: all a b c\nall: a b\na: c cfg/a.yaml\n\tt a\nb: | c\n\tt b\nc:\n\tt c\n"), @r#"
    [grants.t]
    process = [{ program = "t", env = ["**"], confine = false }]

    [tasks.all]
    steps = ["a", "b"]

    [tasks.a]
    needs         = ["c"]
    preconditions = [{ exists = "cfg/a.yaml" }]
    run           = ["t", "a"]
    allow         = ["t"]

    [tasks.b]
    needs = ["c"]
    run   = ["t", "b"]
    allow = ["t"]

    [tasks.c]
    run   = ["t", "c"]
    allow = ["t"]
    "#);
}

#[test]
fn calls_of_make_are_steps_with_values() {
    assert_snapshot!(infrafile("V ?= 1\nN := 2\nx:\n\t$(MAKE) --no-print-directory y V=3 N=$(V)\n\t@$(MAKE) y z V=$(V)\ny:\n\tt $(V) $(N)\nz:\n\tt z\n"), @r#"
    [params]
    V = { default = "1", env = "V" }
    N = { default = "2", env = "N" }

    [grants.t]
    process = [{ program = "t", env = ["**"], confine = false }]

    [tasks.x]
    steps = [{ task = "y", with = { V = "3", N = "${V}" } }, "y", "z"]

    [tasks.y]
    run   = ["t", "${V}", "${N}"]
    allow = ["t"]

    [tasks.z]
    run   = ["t", "z"]
    allow = ["t"]
    "#);
}

#[test]
fn values_of_a_target_are_given_to_what_it_needs() {
    let text = infrafile("E ?= dev\nprod: E = prod\nprod: up\nup:\n\tt $(E)\n");
    assert!(text.contains("needs = [{ task = \"up\", with = { E = \"prod\" } }]"), "{text}");
}

#[test]
fn what_calls_itself_without_end_is_cut() {
    let text = infrafile("a:\n\t$(MAKE) b\nb: a\n\tt\n");
    assert!(text.contains("without end") || text.contains("never end"), "{text}");
}

#[test]
fn a_call_that_is_no_target_fails_and_says_so() {
    let text = infrafile("x:\n\t$(MAKE) -C sub y\nz:\n\t$(MAKE) nothing\n");
    assert!(text.contains("because it runs make on another Makefile"), "{text}");
    assert!(text.contains("because there is no target `nothing`"), "{text}");
}

#[test]
fn names_that_no_task_can_have_are_changed() {
    let text = task(".PHONY: Build.All\nBuild.All:\n\tt\n", "build-all");
    assert!(text.contains("run   = [\"t\"]"), "{text}");
}

#[test]
fn a_target_that_does_nothing_still_is_a_task() {
    for makefile in
        [".PHONY: all\nall:\n", ".PHONY: all\nall: nothing\n", "all:\n\t@read -p \"Sure? \" a; [ $$a = y ]\n", "all:\n\t@:\n"]
    {
        assert!(task(makefile, "all").contains("[\"true\"]"), "{makefile}");
    }
}
