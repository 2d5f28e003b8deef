use crate::project::{Known, args, find, plan, show, wrong};
use infra_event::Value;
use serde_json::json;

const TEXT: &str = "
[params]
ENV = { type = 'list', default = ['dev', 'qa'] }

[tasks.base]
run = ['base']

[tasks.build]
uses   = 'std/x'
matrix = { env = ['${ENV}'], arch = ['amd64', 'arm64'] }
with   = { env = '${matrix.env}', tag = '${matrix.env}-${matrix.arch}' }
needs  = ['base']
when   = { not = { 'matrix.arch' = 'arm64', ENV = 'never' } }

[tasks.ship]
uses  = 'std/x'
with  = { images = '${needs.build.image}' }
needs = ['build']
";

#[test]
fn each_combination_is_a_step_the_first_axis_slowest() {
    let text = TEXT.replace("when   = { not = { 'matrix.arch' = 'arm64', ENV = 'never' } }", "");
    let plan = plan(&text, &["build"]);
    assert_eq!(
        show(&plan),
        "base, build (dev, amd64) < base, build (dev, arm64) < base, build (qa, amd64) < base, build (qa, arm64) < base"
    );
    assert_eq!(args(&plan, "build (qa, arm64)"), json!({ "env": "qa", "tag": "qa-arm64" }));
    assert!(plan.steps[1..].iter().all(|step| step.requested));
}

#[test]
fn a_condition_on_an_axis_skips_its_rows() {
    let plan = plan(TEXT, &["ship"]);
    assert_eq!(plan.steps.iter().filter(|step| step.skip.is_some()).count(), 2);
    // The output of a task with a matrix is the list of its rows that were done.
    let known = [("build (dev, amd64)", json!({ "image": "d" })), ("build (qa, amd64)", json!({ "image": "q" }))];
    let prepared = find(&plan, "ship").prepare(&Known::of(&plan, known)).unwrap();
    assert_eq!(prepared.args, Value::Json(json!({ "images": ["d", "q"] })));
}

#[test]
fn a_matrix_without_rows_still_keeps_the_order() {
    let text = TEXT.replace("when   = { not = { 'matrix.arch' = 'arm64', ENV = 'never' } }", "");
    let plan = plan(&text, &["ship", "ENV="]);
    assert_eq!(show(&plan), "base, ship < base");
    assert_eq!(args(&plan, "ship"), json!({ "images": [] }));
}

#[test]
fn a_matrix_of_steps_runs_each_row_in_order() {
    let text = "
    [tasks]
    a = { uses = 'std/x', with = { e = '${E}' }, params = { E = { required = true } } }
    b = { uses = 'std/x', with = { e = '${E}' }, params = { E = { required = true } } }
    all = { matrix = { env = ['x', 'y'] }, steps = [{ task = 'a', with = { E = '${matrix.env}' } }, { task = 'b', with = { E = '${matrix.env}' } }] }
    last = { run = ['last'], needs = ['all'] }
    ";
    assert_eq!(show(&plan(text, &["last"])), "a, b < a, a (E=y), b (E=y) < a (E=y), last < b b (E=y)");
}

#[test]
fn what_is_known_only_later_makes_no_matrix() {
    let text = "
    [tasks]
    a = { uses = 'std/x' }
    b = { run = ['b'], params = { LIST = { type = 'list', required = true } }, matrix = { x = ['${LIST}'] } }
    c = { steps = ['a', { task = 'b', with = { LIST = '${needs.a.list}' } }] }
    ";
    let refused = wrong(text, &["c"]);
    assert!(refused.contains("axis `x`") && refused.contains("depends on an output"), "{refused}");
}
