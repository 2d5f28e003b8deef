use crate::project::{find, plan, show};

const TEXT: &str = "
[params]
PROFILE = { default = 'local', choices = ['local', 'aws'] }
ENV     = { type = 'list', default = ['dev'] }
DEBUG   = { type = 'boolean', default = false }

[profile.aws]
tasks.database.skip = 'managed services are used'

[tasks]
base     = { run = ['base'] }
database = { run = ['db'], needs = ['base'], finally = ['clean'] }
clean    = { run = ['clean'] }
local    = { run = ['local'], when = { PROFILE = 'local' }, needs = ['base'] }
far      = { run = ['far'], when = { not = { PROFILE = ['local'] } } }
prod     = { run = ['prod'], when = { ENV = ['prod', 'stage'] } }
debug    = { run = ['debug'], when = { DEBUG = true, PROFILE = 'local' } }
app      = { run = ['app'], needs = ['database', 'local'] }
";

#[test]
fn a_condition_that_does_not_hold_skips_the_task_with_what_it_needs_and_its_finalizers() {
    assert_eq!(show(&plan(TEXT, &["app"])), "base, database < base, clean ! database, local < base, app < database clean local");
    let aws = plan(TEXT, &["app", "PROFILE=aws"]);
    assert_eq!(show(&aws), "[database], [local], app < database local");
    assert_eq!(find(&aws, "database").skip.as_deref(), Some("managed services are used"));
    assert_eq!(find(&aws, "local").skip.as_deref(), Some("PROFILE is aws"));
}

#[test]
fn conditions_ask_for_one_of_some_values_or_for_none() {
    for (words, runs) in [
        (vec!["far"], false),
        (vec!["far", "PROFILE=aws"], true),
        (vec!["prod"], false),
        (vec!["prod", "ENV=dev,stage"], true),
        (vec!["debug"], false),
        (vec!["debug", "DEBUG=true"], true),
        (vec!["debug", "DEBUG=true", "PROFILE=aws"], false),
    ] {
        assert_eq!(plan(TEXT, &words).steps[0].skip.is_none(), runs, "{words:?}");
    }
}

#[test]
fn nothing_of_a_skipped_task_is_asked_or_looked_at() {
    let text = "
    [params]
    PROFILE = { default = 'aws' }
    [tasks.t]
    run = ['t', '${APP}']
    params = { APP = { default = 'x' } }
    when = { PROFILE = 'local' }
    confirm = 'destroy'
    preconditions = [{ exists = 'x' }]
    ";
    let skipped = plan(text, &["t"]);
    assert!(skipped.confirmations.is_empty() && skipped.preconditions.is_empty());
    let wanted = plan(text, &["t", "PROFILE=local"]);
    assert_eq!((wanted.confirmations.len(), wanted.preconditions.len()), (1, 1));
    assert_eq!(wanted.confirmations[0].word, "destroy");
}

#[test]
fn preconditions_and_confirmations_of_needed_tasks_count_once() {
    let text = "
    [params]
    DIR = { default = 'keys' }
    [tasks.base]
    run = ['base']
    confirm = 'yes'
    preconditions = [{ exists = '${DIR}/id', message = 'no key', hint = 'make one' }]
    [tasks.a]
    run = ['a']
    needs = ['base']
    [tasks.b]
    run = ['b']
    needs = ['base', 'a']
    ";
    let plan = plan(text, &["b", "a", "DIR=/etc"]);
    assert_eq!(plan.confirmations.len(), 1);
    let [precondition] = plan.preconditions.as_slice() else { panic!("{:?}", plan.preconditions) };
    assert_eq!(
        (precondition.task.as_str(), precondition.path.as_str(), precondition.hint.as_deref()),
        ("base", "/etc/id", Some("make one"))
    );
}
