use crate::project::{planned, wrong};

const TEXT: &str = "
[tasks]
deploy = { run = ['deploy'] }
inner  = { run = ['inner'], private = true }
outer  = { run = ['outer'], needs = ['inner'] }
";

#[test]
fn an_unknown_task_is_told_with_the_nearest() {
    let told = wrong(TEXT, &["depoly"]);
    assert!(told.contains("no task `depoly`") && told.contains("deploy"), "{told}");
    let far = wrong(TEXT, &["zzzzzzzz"]);
    assert!(far.contains("infra list"), "{far}");
    assert!(planned(TEXT, &["depoly"]).unwrap_err().usage);
}

#[test]
fn a_private_task_is_needed_and_not_named() {
    assert!(wrong(TEXT, &["inner"]).contains("private"));
    assert_eq!(planned(TEXT, &["outer"]).unwrap().steps.len(), 2);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let told = wrong(TEXT, &["depoly", "inner", "nothing-like-it"]);
    assert!(told.contains("depoly") && told.contains("private") && told.contains("nothing-like-it"), "{told}");
}
