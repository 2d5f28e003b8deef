use crate::project::{args, find, plan, prepared};
use infra_effect::ProcessEffect;
use infra_plan::Work;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn effect(words: &[&str]) -> ProcessEffect {
    let (program, args) = words.split_first().unwrap();
    ProcessEffect {
        program: (*program).to_owned(),
        args: args.iter().map(|word| (*word).to_owned()).collect(),
        dir: ".".to_owned(),
        env: vec![],
        interactive: false,
        unconfined: false,
    }
}

fn allows(text: &str, words: &[&str], wanted: &[&str]) -> bool {
    let plan = plan(text, words);
    prepared(&plan, "t").grants.process.iter().any(|grant| grant.allows(&effect(wanted)))
}

const RUN: &str = "
[params]
NAME = { default = 'a b; rm -rf / *' }
PORT = { type = 'integer', default = 3000 }
ON   = { type = 'boolean', default = true }
[tasks.t]
run = ['tool', '--name=${NAME}', '${NAME}', '${PORT}', '${ON}', '$$HOME', '$(id)']
";

#[test]
fn run_is_the_standard_task_with_each_word_as_it_is() {
    let plan = plan(RUN, &["t"]);
    let Work::Component { uses, .. } = &find(&plan, "t").work else { panic!("it is a component") };
    assert_eq!(uses.value, "std/process");
    let name = "a b; rm -rf / *";
    assert_eq!(
        args(&plan, "t"),
        json!({ "argv": ["tool", format!("--name={name}"), name, "3000", "true", "$HOME", "$(id)"], "interactive": false })
    );
}

#[test]
fn run_grants_exactly_its_words() {
    let name = "a b; rm -rf / *";
    let named = format!("--name={name}");
    let words = ["tool", &named, name, "3000", "true", "$HOME", "$(id)"];
    assert!(allows(RUN, &["t"], &words));
    assert!(!allows(RUN, &["t"], &words[..6]));
    assert!(!allows(RUN, &["t"], &["tool", &named, "anything", "3000", "true", "$HOME", "$(id)"]));
    assert!(!allows(RUN, &["t"], &[&words[..], &["more"]].concat()));
    assert!(!allows(RUN, &["t"], &["sh", "-c", "id"]));
}

#[test]
fn a_star_in_a_word_is_a_star() {
    let text = "[tasks.t]\nrun = ['rm', '*']";
    assert!(allows(text, &["t"], &["rm", "*"]));
    assert!(!allows(text, &["t"], &["rm", "precious"]));
    let program = "[tasks.t]\nrun = ['./bin/*', 'x']";
    assert!(!allows(program, &["t"], &["./bin/other", "x"]));
    assert!(!allows(program, &["t"], &["./bin/*", "x"]), "no file has such a name");
}

#[test]
fn a_script_is_never_interpolated_and_its_parameters_are_variables() {
    let text = "
    [params]
    WHO = { default = '$(id)' }
    LIST = { type = 'list', default = ['a', 'b'] }
    N = { type = 'integer', default = 7 }
    [tasks.t]
    sh = 'echo ${WHO} $${X} \"$OWN\"'
    params = { OWN = { default = 'mine' } }
    env = { EXTRA = 'of ${WHO}' }
    ";
    let plan = plan(text, &["t"]);
    assert_eq!(args(&plan, "t"), json!({ "script": "echo ${WHO} $${X} \"$OWN\"", "interactive": false }));
    let env = prepared(&plan, "t").env;
    let expected = [("EXTRA", "of $(id)"), ("LIST", "a,b"), ("N", "7"), ("OWN", "mine"), ("WHO", "$(id)")];
    assert_eq!(env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
    assert!(allows(text, &["t"], &["sh", "-eu", "-c", "echo ${WHO} $${X} \"$OWN\""]));
    assert!(!allows(text, &["t"], &["sh", "-eu", "-c", "id"]));
}

#[test]
fn a_program_gets_no_parameters_in_its_environment() {
    assert!(prepared(&plan(RUN, &["t"]), "t").env.is_empty());
}

#[test]
fn both_are_confined_unless_that_is_written_out() {
    let confined = |text: &str| prepared(&plan(text, &["t"]), "t").grants.process[0].confine;
    assert!(confined("[tasks.t]\nrun = ['true']"));
    assert!(confined("[tasks.t]\nsh = 'true'"));
    assert!(!confined("[tasks.t]\nsh = 'true'\nconfine = false"));
}

#[test]
fn the_program_may_use_the_files_of_the_task() {
    let text = "[tasks.t]\nrun = ['true']\nallow = [{ files = { read = ['a/**'], write = ['b'] } }]";
    let prepared = prepared(&plan(text, &["t"]), "t");
    let grant = &prepared.grants.process[0];
    assert_eq!((grant.read.len(), grant.write.len()), (1, 1));
    assert_eq!(grant.read[0].0, "a/**");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_stays_one_argument(value in "[^\0\r]{0,40}") {
        let text = "[tasks.t]\nparams = { V = { required = true } }\nrun = ['x', '${V}', 'a${V}b']\n";
        let plan = plan(text, &["t", &format!("V={value}")]);
        let argv = args(&plan, "t")["argv"].clone();
        prop_assert_eq!(argv, json!(["x", value, format!("a{value}b")]));
        let scripted = crate::project::plan("[tasks.t]\nparams = { V = { required = true } }\nsh = 'echo $V'", &["t", &format!("V={value}")]);
        prop_assert_eq!(args(&scripted, "t")["script"].clone(), Json::from("echo $V"));
        prop_assert_eq!(&prepared(&scripted, "t").env["V"], &value);
    }
}
