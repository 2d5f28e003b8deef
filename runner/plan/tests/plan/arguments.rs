use crate::project::{Known, args, find, plan, prepared, show, wrong};
use serde_json::json;

const CALLS: &str = "
[params]
WHO = { default = 'all' }

[tasks.greet]
uses   = 'std/x'
params = { NAME = { default = 'you' }, TIMES = { type = 'integer', default = 1 } }
with   = { text = 'hello ${NAME}', times = '${TIMES}', who = '${WHO}' }

[tasks.one]
steps = [{ task = 'greet', with = { NAME = 'Ada', TIMES = 3 } }, 'greet', { task = 'greet', with = { loud = true, text = 'hey' } }]

[tasks.same]
needs = ['greet', { task = 'greet', with = { NAME = 'you' } }, { task = 'greet', with = { TIMES = 1, NAME = 'you' } }]

[tasks.order]
needs = [{ task = 'greet', with = { NAME = 'a', loud = true } }, { task = 'greet', with = { loud = true, NAME = 'a' } }]

[tasks.outer]
params = { PERSON = { required = true } }
needs  = [{ task = 'greet', with = { NAME = '${PERSON}!' } }]
run    = ['true']
";

#[test]
fn call_time_values_go_to_parameters_and_the_rest_to_with() {
    let plan = plan(CALLS, &["one"]);
    assert_eq!(
        show(&plan),
        "greet, greet (loud=true, text=hey) < greet #2, greet #2 < greet".replace(
            "greet (loud=true, text=hey) < greet #2, greet #2 < greet",
            "greet #2 < greet, greet (loud=true, text=hey) < greet #2"
        )
    );
    assert_eq!(args(&plan, "greet"), json!({ "text": "hello Ada", "times": 3, "who": "all" }));
    assert_eq!(args(&plan, "greet #2"), json!({ "text": "hello you", "times": 1, "who": "all" }));
    assert_eq!(args(&plan, "greet (loud=true, text=hey)"), json!({ "text": "hey", "times": 1, "who": "all", "loud": true }));
}

#[test]
fn the_same_values_are_one_step_however_they_are_given() {
    assert_eq!(show(&plan(CALLS, &["same"])), "greet");
    assert_eq!(show(&plan(CALLS, &["order"])), "greet");
}

#[test]
fn the_command_line_gives_values_to_the_task_that_is_named() {
    let named = plan(CALLS, &["greet", "NAME=Bob", "TIMES=2", "WHO=few"]);
    assert_eq!(args(&named, "greet"), json!({ "text": "hello Bob", "times": 2, "who": "few" }));
    let outer = plan(CALLS, &["outer", "PERSON=Eve"]);
    assert_eq!(args(&outer, "greet")["text"], "hello Eve!");
}

#[test]
fn a_missing_or_wrong_value_is_refused_with_its_name() {
    let missing = wrong(CALLS, &["outer"]);
    assert!(missing.contains("`outer` needs a value for `PERSON`") && missing.contains("PERSON=VALUE"), "{missing}");
    let not_a_number = wrong(CALLS, &["greet", "TIMES=many"]);
    assert!(not_a_number.contains("`TIMES` cannot be `many`"), "{not_a_number}");
}

#[test]
fn only_components_take_more_than_their_parameters() {
    let text = "
    [tasks]
    run = { run = ['true'], params = { A = { default = 'x' } } }
    call = { needs = [{ task = 'run', with = { B = 1 } }] }
    ";
    let refused = wrong(text, &["call"]);
    assert!(refused.contains("the task `run` has no parameter `B`"), "{refused}");
}

#[test]
fn types_are_kept_where_a_value_is_one_reference() {
    let text = "
    [params]
    PORT = { type = 'integer', default = 80 }
    ON = { type = 'boolean', default = true }
    ENV = { type = 'list', default = ['dev', 'qa'] }
    [tasks.t]
    uses = 'std/x'
    with = { port = '${PORT}', on = '${ON}', env = '${ENV}', text = ':${PORT}', csv = '${ENV:csv}', json = '${ENV:json}', dollar = '$${PORT}', deep = [{ p = '${PORT}' }] }
    ";
    let expected = json!({
        "port": 80, "on": true, "env": ["dev", "qa"], "text": ":80", "csv": "dev,qa", "json": "[\"dev\",\"qa\"]", "dollar": "${PORT}",
        "deep": [{ "p": 80 }],
    });
    assert_eq!(args(&plan(text, &["t"]), "t"), expected);
    let refused =
        wrong("[params]\nENV = { type = 'list', default = ['a'] }\n[tasks.t]\nuses = 'std/x'\nwith = { a = 'x${ENV}' }", &["t"]);
    assert!(refused.contains(":csv") && refused.contains(":json"), "{refused}");
}

#[test]
fn values_from_outputs_are_checked_when_they_are_known() {
    let text = "
    [tasks]
    make = { uses = 'std/x' }
    use  = { run = ['echo', '${APP}'], params = { APP = { pattern = '^[a-z]+$', required = true } } }
    both = { steps = ['make', { task = 'use', with = { APP = '${needs.make.app}' } }] }
    ";
    let plan = plan(text, &["both"]);
    let with = |app: &str| find(&plan, "use").prepare(&Known::of(&plan, [("make", json!({ "app": app }))]));
    assert_eq!(with("web").unwrap().args.to_json()["argv"], json!(["echo", "web"]));
    let refused = with("../../etc").unwrap_err().to_string();
    assert!(refused.contains("`APP` cannot be `../../etc`"), "{refused}");
}

#[test]
fn a_profile_gives_values_that_the_command_line_beats() {
    let text = "
    [params]
    PROFILE = { default = 'local' }
    SIZE = { default = 'small' }
    [profile.aws]
    params = { SIZE = 'large' }
    [tasks.t]
    run = ['echo', '${SIZE}']
    ";
    let size = |words: &[&str]| prepared(&plan(text, words), "t").args.to_json()["argv"][1].clone();
    assert_eq!(size(&["t"]), "small");
    assert_eq!(size(&["t", "PROFILE=aws"]), "large");
    assert_eq!(size(&["t", "PROFILE=aws", "SIZE=huge"]), "huge");
}
