//! A small file cannot make a plan without end, and a cycle is told.

use crate::project::{plan, wrong};
use std::fmt::Write as _;

#[test]
fn a_cycle_is_told_with_its_way() {
    for (text, way) in [
        ("a = { needs = ['b'] }\nb = { needs = ['c'] }\nc = { needs = ['a'] }", "a → b → c → a"),
        ("a = { steps = ['b'] }\nb = { run = ['b'], finally = ['a'] }", "a → b → a"),
        ("a = { run = ['a'], needs = ['a'] }", "a → a"),
    ] {
        let told = wrong(&format!("[tasks]\n{text}"), &["a"]);
        assert!(told.contains(way), "{told}");
    }
}

fn chain(length: usize) -> String {
    (0..length).fold("[tasks]\nt0 = { run = ['x'] }\n".to_owned(), |mut text, number| {
        let _ = writeln!(text, "t{} = {{ run = ['x'], needs = ['t{number}'] }}", number + 1);
        text
    })
}

#[test]
fn a_deep_chain_is_planned_and_one_that_is_too_deep_is_refused() {
    assert_eq!(plan(&chain(150), &["t150"]).steps.len(), 151);
    let refused = wrong(&chain(3_000), &["t3000"]);
    assert!(refused.contains("deep"), "{refused}");
    assert_eq!(refused.matches("error").count(), 1, "{refused}");
}

#[test]
fn calls_that_double_at_each_level_are_refused() {
    let mut text = "[tasks]\nt0 = { run = ['x', '${X}'], params = { X = { required = true } } }\n".to_owned();
    for number in 0..40 {
        let call = |mark: &str| format!("{{ task = 't{number}', with = {{ X = '${{X}}{mark}' }} }}");
        let _ = writeln!(
            text,
            "t{} = {{ needs = [{}, {}], params = {{ X = {{ required = true }} }} }}",
            number + 1,
            call("a"),
            call("b")
        );
    }
    let refused = wrong(&text, &["t40", "X=x"]);
    assert!(refused.contains("calls of tasks"), "{refused}");
}

#[test]
fn a_matrix_of_many_axes_is_refused() {
    let values: Vec<String> = (0..50).map(|number| format!("'{number}'")).collect();
    let axes: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(|axis| format!("{axis} = [{}]", values.join(", "))).to_vec();
    let refused = wrong(&format!("[tasks.t]\nrun = ['x']\nmatrix = {{ {} }}", axes.join(", ")), &["t"]);
    assert!(refused.contains("rows"), "{refused}");
}

#[test]
fn a_wide_plan_is_planned() {
    let mut text = "[tasks]\n".to_owned();
    let names: Vec<String> = (0..2_000).map(|number| format!("'t{number}'")).collect();
    for name in &names {
        let _ = writeln!(text, "{} = {{ run = ['x'], needs = ['base'] }}", name.trim_matches('\''));
    }
    let _ = writeln!(text, "base = {{ run = ['x'] }}\nall = {{ steps = [{}] }}", names.join(", "));
    assert_eq!(plan(&text, &["all"]).steps.len(), 2_001);
}
