//! Calls that give other values to the project's parameters, and matrices whose rows wait for each other.

use crate::project::{find, plan, show, wrong};
use infra_plan::{Step, Work};

const TEXT: &str = "
[params]
ENV     = { type = 'list', default = ['dev', 'qa'], choices = ['dev', 'qa', 'prod'] }
PROFILE = 'local'

[tasks]
check  = { run = ['check', '${ENV:csv}'] }
apply  = { run = ['apply', '${ENV:csv}'], needs = ['check'] }
script = { sh = 'echo $ENV' }
each   = { matrix = { env = ['${ENV}'] }, serial = true, steps = [{ task = 'apply', with = { ENV = ['${matrix.env}'] } }] }
prod   = { steps = ['apply', { task = 'apply', with = { ENV = ['prod'] } }, { task = 'script', with = { ENV = ['prod'] } }, 'script'] }
same   = { steps = ['apply', { task = 'apply', with = { ENV = ['dev', 'qa'] } }] }
";

fn argv(step: &Step) -> String {
    let Work::Component { args, .. } = &step.work else { panic!("{} does nothing", step.name) };
    args.literal().map(|args| args["argv"].to_string()).unwrap_or_default()
}

#[test]
fn a_value_of_a_call_holds_for_all_that_is_called_and_no_longer() {
    let plan = plan(TEXT, &["prod"]);
    assert_eq!(
        show(&plan),
        "check, apply < check, check (ENV=prod) < apply, apply (ENV=prod) < apply check (ENV=prod), \
         script < apply (ENV=prod), script #2 < script"
    );
    assert_eq!(argv(find(&plan, "check (ENV=prod)")), r#"["check","prod"]"#);
    assert_eq!(argv(find(&plan, "check")), r#"["check","dev,qa"]"#);
    let env = |name| find(&plan, name).env.iter().find(|(name, _)| name == "ENV").unwrap().1.literal().unwrap();
    assert_eq!((env("script"), env("script #2")), ("prod".into(), "dev,qa".into()));
}

#[test]
fn the_value_that_is_there_anyway_makes_no_other_step() {
    assert_eq!(show(&plan(TEXT, &["same"])), "check, apply < check");
}

#[test]
fn rows_of_a_serial_matrix_wait_for_each_other() {
    assert_eq!(
        show(&plan(TEXT, &["each"])),
        "check, apply < check, check (ENV=qa) < apply, apply (ENV=qa) < apply check (ENV=qa)"
    );
    let at_once = TEXT.replace("serial = true, ", "");
    assert_eq!(show(&plan(&at_once, &["each"])), "check, apply < check, check (ENV=qa), apply (ENV=qa) < check (ENV=qa)");
    let alone = TEXT.replace("check  = { run", "check  = { serial = true, run");
    assert!(wrong(&alone, &["check"]).contains("there is none"));
}

#[test]
fn a_value_that_the_parameter_cannot_have_is_refused() {
    let refused = wrong(&TEXT.replace("['prod']", "['production']"), &["prod"]);
    assert!(refused.contains("`ENV` cannot be `production`"), "{refused}");
    let refused = wrong(&TEXT.replace("with = { ENV = ['prod'] }", "with = { PROFILE = 'aws' }"), &["prod"]);
    assert!(refused.contains("a call cannot give `PROFILE`"), "{refused}");
    let refused = wrong(&TEXT.replace("with = { ENV = ['prod'] }", "with = { EVN = ['prod'] }"), &["prod"]);
    assert!(refused.contains("no parameter `EVN`") && refused.contains("ENV"), "{refused}");
}
