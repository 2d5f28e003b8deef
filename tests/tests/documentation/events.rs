//! The events of `--output json`.

use crate::page::{page, rows, section};
use infra_tests::Project;
use std::collections::BTreeSet;

#[test]
fn every_event_is_documented() {
    let text = page("docs/events.md");
    let project = Project::new(
        "
[tasks.hello]
help = 'Say hello'
sh = 'echo hello; echo again >&2'
[tasks.wrong]
run = ['false']
retries = { attempts = 2, backoff = '1ms' }
[tasks.after]
needs = ['wrong']
run = ['true']
",
    );
    let output = project.infra(&["-o", "json", "run", "hello", "after", "--keep-going"]).output().expect_code(1);
    let mut seen = BTreeSet::new();
    for line in output.stderr.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let kind = event["type"].as_str().unwrap();
        let section = section(&text, &format!("## {kind}"));
        let mut documented: BTreeSet<String> = rows(section).iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
        documented.insert("type".to_owned());
        for field in event.as_object().unwrap().keys() {
            assert!(documented.contains(field), "`{field}` of `{kind}` is not documented: {line}");
        }
        if let Some(outcome) = event["outcome"].as_object() {
            assert!(documented.contains(outcome["kind"].as_str().unwrap()), "{line}");
        }
        seen.insert(kind.to_owned());
    }
    for kind in ["run-started", "step-started", "step-log", "step-effect", "step-retry", "step-finished", "run-finished"] {
        assert!(seen.contains(kind), "{kind} was not seen: {}", output.stderr);
    }
}
