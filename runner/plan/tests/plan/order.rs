use crate::project::{find, plan, show};

const NEEDS: &str = "
[tasks]
base  = { run = ['base'] }
left  = { run = ['left'], needs = ['base'] }
right = { run = ['right'], needs = ['base'] }
top   = { run = ['top'], needs = ['left', 'right'] }
";

#[test]
fn what_two_tasks_need_runs_once_and_first() {
    assert_eq!(show(&plan(NEEDS, &["top"])), "base, left < base, right < base, top < left right");
    assert_eq!(show(&plan(NEEDS, &["left", "top", "base", "left"])), "base, left < base, right < base, top < left right");
}

#[test]
fn only_what_was_named_is_requested() {
    let plan = plan(NEEDS, &["base", "top"]);
    let requested: Vec<&str> = plan.steps.iter().filter(|step| step.requested).map(|step| step.name.as_str()).collect();
    assert_eq!(requested, ["base", "top"]);
    assert_eq!(plan.requested, ["base", "top"]);
}

const STEPS: &str = "
[tasks]
doctor = { run = ['doctor'] }
a      = { run = ['a'], needs = ['doctor'] }
b      = { run = ['b'], needs = ['doctor', 'lib'] }
lib    = { run = ['lib'] }
c      = { run = ['c'] }
all    = { steps = ['a', 'b', 'c'], needs = ['doctor'] }
after  = { run = ['after'], needs = ['all'] }
nested = { steps = ['all', 'after', 'c'] }
";

#[test]
fn steps_run_one_after_the_other_with_what_they_need() {
    let expected = "doctor, a < doctor, lib < doctor a, b < doctor a lib, c < b";
    let plan = plan(STEPS, &["all"]);
    // `lib` is needed by the second step only: it waits for the first.
    assert_eq!(show(&plan).replace("lib < a", "lib < doctor a").replace("b < doctor lib", "b < doctor a lib"), expected);
    assert!(find(&plan, "c").requested && !find(&plan, "a").requested, "the result is that of the last step");
}

#[test]
fn who_needs_a_sequence_waits_for_its_last_step() {
    let plan = plan(STEPS, &["after"]);
    let names: Vec<_> = find(&plan, "after").needs.iter().map(|id| plan.step(*id).unwrap().name.as_str()).collect();
    assert_eq!(names, ["c"]);
}

#[test]
fn a_sequence_in_a_sequence_keeps_both_orders() {
    let plan = plan(STEPS, &["nested"]);
    let names: Vec<&str> = plan.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["doctor", "a", "lib", "b", "c", "after"]);
    assert_eq!(plan.steps.iter().filter(|step| step.task == "c").count(), 1);
}

#[test]
fn a_sequence_orders_what_was_asked_for_before_it_too() {
    // `c` was named first, and `all` says that it comes after `b`.
    let plan = plan(STEPS, &["c", "all"]);
    let names: Vec<&str> = plan.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["doctor", "a", "lib", "b", "c"]);
    assert!(find(&plan, "c").requested);
}

#[test]
fn what_an_earlier_step_needs_is_not_put_after_it() {
    let text = "
    [tasks]
    x = { run = ['x'], needs = ['y'] }
    y = { run = ['y'] }
    z = { run = ['z'] }
    one = { steps = ['x', 'y', 'z'] }
    two = { steps = ['z', 'y'] }
    ";
    assert_eq!(show(&plan(text, &["one"])), "y, x < y, z < y");
    // Two orders that contradict each other: the first holds.
    let both = plan(text, &["one", "two"]);
    assert_eq!(both.steps.len(), 3);
    assert!(find(&both, "z").id > find(&both, "y").id);
}

#[test]
fn a_task_with_needs_alone_stands_for_them() {
    let text = "
    [tasks]
    a = { run = ['a'] }
    b = { run = ['b'] }
    both = { needs = ['a', 'b'] }
    c = { run = ['c'], needs = ['both'] }
    ";
    assert_eq!(show(&plan(text, &["c"])), "a, b, c < a b");
    assert_eq!(show(&plan(text, &["both"])), "a, b");
}

#[test]
fn an_alias_is_the_task() {
    let plan = plan("[tasks.build]\nrun = ['make']\naliases = ['b']", &["b", "build"]);
    assert_eq!(show(&plan), "build");
    assert!(find(&plan, "build").requested);
}
