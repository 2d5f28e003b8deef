//! Loops of a shell.

use crate::text::{infrafile, task};
use insta::assert_snapshot;

#[test]
fn loops_over_commas_and_words_are_matrices_in_order() {
    assert_snapshot!(infrafile(
        "comma := ,\nENV ?= dev\nx:\n\t@for e in $(subst $(comma), ,$(ENV)); do \\\n\t\techo \"now $$e\"; \\\n\t\tterraform plan -out=$$e; \\\n\t\t$(MAKE) y ENV=$$e || exit 1; \\\n\tdone\ny:\n\ta $(ENV)\n"
    ), @r#"
    [params]
    ENV = { type = "list", default = ["dev"], env = "ENV" }

    [grants.a]
    process = [{ program = "a", env = ["**"], confine = false }]

    [grants.terraform]
    process = [{ program = "terraform", env = ["**"], confine = false }]

    # Said: now ${e}
    [tasks.x]
    matrix = { e = ["${ENV}"] }
    serial = true
    steps  = [{ task = "x-terraform", with = { e = "${matrix.e}" } }, { task = "y", with = { ENV = ["${matrix.e}"] } }]

    [tasks.x-terraform]
    private = true
    params  = { e = { required = true } }
    run     = ["terraform", "plan", "-out=${e}"]
    allow   = ["terraform"]

    [tasks.y]
    run   = ["a", "${ENV:csv}"]
    allow = ["a"]
    "#);
}

#[test]
fn every_way_to_split_at_commas_is_known() {
    for list in [
        "$(shell echo $(ENV) | tr ',' ' ')",
        "$$(echo $(ENV) | tr ',' ' ')",
        "$$(echo \"$(ENV)\" | tr , ' ')",
        "$$(echo $(ENV) | sed 's/,/ /g')",
        "a b",
    ] {
        let text = task(&format!("ENV ?= dev\nx:\n\tfor e in {list}; do t $$e; done\n"), "x");
        assert!(
            text.contains("matrix = { e = ") && text.contains("serial = true") && text.contains("\"${matrix.e}\""),
            "{list}\n{text}"
        );
    }
}

#[test]
fn a_loop_over_files_needs_a_shell() {
    let text = task("x:\n\tfor f in *.json; do t $$f; done\n", "x");
    assert!(text.contains("sh    = '''\nset +eu\nfor f in *.json; do t $f; done"), "{text}");
}

#[test]
fn loops_and_conditions_stand_in_each_other() {
    assert_snapshot!(infrafile("x:\n\t@for a in 1 2; do for b in 3 4; do if [ \"$$a\" = \"1\" ]; then t $$a $$b; fi; done; done\n"), @r#"
    [grants.t]
    process = [{ program = "t", env = ["**"], confine = false }]

    [tasks.x]
    matrix = { a = ["1", "2"] }
    serial = true
    steps  = [{ task = "x-each-b", with = { a = "${matrix.a}" } }]

    [tasks.x-each-b]
    private = true
    params  = { a = { required = true } }
    matrix  = { b = ["3", "4"] }
    serial  = true
    steps   = [{ task = "x-each-b-for-1", with = { a = "${a}", b = "${matrix.b}" } }]

    [tasks.x-each-b-for-1]
    private = true
    params  = { a = { required = true }, b = { required = true } }
    when    = { a = "1" }
    run     = ["t", "${a}", "${b}"]
    allow   = ["t"]
    "#);
}
