use crate::project::{plan, show};

const TEXT: &str = "
[tasks]
base   = { run = ['base'] }
work   = { run = ['work'], needs = ['base'], finally = ['clean', 'report'] }
clean  = { run = ['clean'] }
report = { run = ['report'] }
above  = { run = ['above'], needs = ['work'] }
b      = { run = ['b'], needs = ['base'] }
all    = { steps = ['work', 'b'], finally = ['tidy'] }
tidy   = { run = ['tidy'] }
group  = { needs = ['b'], finally = ['tidy'] }
";

#[test]
fn finalizers_follow_the_task_and_each_other_and_what_comes_next_waits_for_them() {
    assert_eq!(show(&plan(TEXT, &["above"])), "base, work < base, clean ! work, report ! work clean, above < work clean report");
}

#[test]
fn the_finalizer_of_a_sequence_follows_all_of_it_with_what_was_made_for_it() {
    assert_eq!(
        show(&plan(TEXT, &["all"])),
        "base, work < base, clean ! work, report ! work clean, b < base work clean report, tidy ! base work clean report b"
    );
}

#[test]
fn the_finalizer_of_a_task_with_needs_alone_follows_them() {
    assert_eq!(show(&plan(TEXT, &["group"])), "base, b < base, tidy ! base b");
}

#[test]
fn a_task_that_is_a_finalizer_and_asked_for_is_two_steps() {
    let plan = plan(TEXT, &["clean", "work"]);
    assert_eq!(show(&plan), "clean, base, work < base, clean #2 ! work, report ! work clean #2");
}

#[test]
fn a_finalizer_may_use_the_output_of_what_the_task_needs() {
    let text = "
    [tasks]
    base  = { uses = 'std/x' }
    work  = { run = ['work'], needs = ['base'], finally = [{ task = 'clean', with = { id = '${needs.base.id}' } }] }
    clean = { uses = 'std/x' }
    ";
    assert_eq!(show(&plan(text, &["work"])), "base, work < base, clean ! work");
}
