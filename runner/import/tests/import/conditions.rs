//! Conditions of make and of a shell.

use crate::text::infrafile;
use insta::assert_snapshot;

#[test]
fn conditions_in_a_recipe_are_when() {
    assert_snapshot!(infrafile("PROFILE ?= local\nx:\nifeq ($(PROFILE),local)\n\tk3d up\n\tk3d ready\nelse\n\taws up\nendif\n\tkubectl get\n"), @r#"
    [params]
    PROFILE = { default = "local", env = "PROFILE" }

    [grants.aws]
    process = [{ program = "aws", env = ["**"], confine = false }]

    [grants.k3d]
    process = [{ program = "k3d", env = ["**"], confine = false }]

    [grants.kubectl]
    process = [{ program = "kubectl", env = ["**"], confine = false }]

    [tasks.x]
    steps = ["x-for-local", "x-else", "x-kubectl"]

    [tasks.x-for-local]
    private = true
    when    = { PROFILE = "local" }
    steps   = ["x-for-local-k3d", "x-for-local-k3d-2"]

    [tasks.x-for-local-k3d]
    private = true
    run     = ["k3d", "up"]
    allow   = ["k3d"]

    [tasks.x-for-local-k3d-2]
    private = true
    run     = ["k3d", "ready"]
    allow   = ["k3d"]

    [tasks.x-else]
    private = true
    when    = { not = { PROFILE = "local" } }
    run     = ["aws", "up"]
    allow   = ["aws"]

    [tasks.x-kubectl]
    private = true
    run     = ["kubectl", "get"]
    allow   = ["kubectl"]
    "#);
}

#[test]
fn conditions_of_a_shell_are_when() {
    assert_snapshot!(infrafile(
        "x:\n\t@if [ \"$(P)\" = \"a\" ] || [ \"$(P)\" = \"b\" ]; then t a; fi\n\t@if [ \"$(Q)\" = \"1\" ]; then t 1; elif [ -n \"$(Q)\" ]; then t 2; else t 3; fi\n"
    ), @r#"
    [params]
    P = { default = "", env = "P" }
    Q = { default = "", env = "Q" }

    [grants.t]
    process = [{ program = "t", env = ["**"], confine = false }]

    [tasks.x]
    steps = ["x-for-a-b", "x-for-1", "x-else", "x-else-2"]

    [tasks.x-for-a-b]
    private = true
    when    = { P = ["a", "b"] }
    run     = ["t", "a"]
    allow   = ["t"]

    [tasks.x-for-1]
    private = true
    when    = { Q = "1" }
    run     = ["t", "1"]
    allow   = ["t"]

    [tasks.x-else]
    private = true
    when    = { not = { Q = ["1", ""] } }
    run     = ["t", "2"]
    allow   = ["t"]

    [tasks.x-else-2]
    private = true
    when    = { Q = "", not = { Q = "1" } }
    run     = ["t", "3"]
    allow   = ["t"]
    "#);
}

#[test]
fn a_rule_under_a_condition_is_when() {
    assert_snapshot!(infrafile("PROFILE ?= local\nifeq ($(PROFILE),local)\nx: y\n\ta\nelse\nx:\n\tb\nendif\ny:\n\tc\n"), @r#"
    [params]
    PROFILE = { default = "local", env = "PROFILE" }

    [grants.a]
    process = [{ program = "a", env = ["**"], confine = false }]

    [grants.b]
    process = [{ program = "b", env = ["**"], confine = false }]

    [grants.c]
    process = [{ program = "c", env = ["**"], confine = false }]

    [tasks.x]
    steps = ["x-for-local", "x-else"]

    [tasks.x-for-local]
    private = true
    when    = { PROFILE = "local" }
    steps   = ["y", "x-for-local-a"]

    [tasks.x-for-local-a]
    private = true
    run     = ["a"]
    allow   = ["a"]

    [tasks.x-else]
    private = true
    when    = { not = { PROFILE = "local" } }
    run     = ["b"]
    allow   = ["b"]

    [tasks.y]
    run   = ["c"]
    allow = ["c"]
    "#);
}

#[test]
fn membership_is_a_list_of_values() {
    let text = infrafile("E ?= dev\nx:\nifneq ($(filter $(E),stage prod),)\n\ta\nendif\n");
    assert!(text.contains("when    = { E = [\"stage\", \"prod\"] }"), "{text}");
}

#[test]
fn what_only_make_can_tell_fails() {
    let text = infrafile("x:\nifeq ($(shell uname),Darwin)\n\ta\nendif\n\tb\n");
    assert!(
        text.contains("# NOT CARRIED: a") && text.contains("whether it runs depends on `ifeq ($(shell uname),Darwin)`"),
        "{text}"
    );
}
