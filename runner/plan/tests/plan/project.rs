//! An Infrafile in a directory of its own, and what its plan says.

use infra_event::{StepId, Value};
use infra_infrafile::{Diagnostics, Infrafile, Request, load};
use infra_plan::{Output, Outputs, Plan, Prepared, Step, build};
use serde_json::Value as Json;
use std::collections::HashMap;

/// Loads the text, with `NAME=VALUE` words of the command line.
pub fn infrafile(text: &str, words: &[&str]) -> Result<Infrafile, Diagnostics> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("Infrafile.toml");
    std::fs::write(&file, format!("[project]\nname = 'demo'\n{text}")).unwrap();
    let assignments = words.iter().filter_map(|word| word.split_once('=')).map(|(name, value)| (name.into(), value.into()));
    load(&Request { file, assignments: assignments.collect(), ..Request::default() })
}

/// Tasks and `NAME=VALUE`, as on the command line.
pub fn planned(text: &str, words: &[&str]) -> Result<Plan, Diagnostics> {
    let infrafile = infrafile(text, words)?;
    let tasks: Vec<String> = words.iter().filter(|word| !word.contains('=')).map(|word| (*word).to_owned()).collect();
    build(&infrafile, &tasks)
}

pub fn plan(text: &str, words: &[&str]) -> Plan {
    let plan = planned(text, words).unwrap_or_else(|wrong| panic!("{wrong}"));
    for (index, step) in plan.steps.iter().enumerate() {
        assert_eq!(step.id.index(), index);
        for before in step.needs.iter().chain(&step.finalizes) {
            assert!(before.index() < index, "{} comes before a step that it waits for", step.name);
        }
    }
    plan
}

pub fn wrong(text: &str, words: &[&str]) -> String {
    planned(text, words).map(|plan| show(&plan)).unwrap_err().to_string()
}

/// `a, b < a, c < a b, (d)`: each step with what it needs; `!` with what it follows; skipped ones in brackets.
pub fn show(plan: &Plan) -> String {
    let names = |ids: &[StepId]| ids.iter().map(|id| plan.step(*id).unwrap().name.clone()).collect::<Vec<_>>().join(" ");
    let text = |step: &Step| {
        let mut text = if step.skip.is_some() { format!("[{}]", step.name) } else { step.name.clone() };
        if !step.needs.is_empty() {
            text += &format!(" < {}", names(&step.needs));
        }
        if !step.finalizes.is_empty() {
            text += &format!(" ! {}", names(&step.finalizes));
        }
        text
    };
    plan.steps.iter().map(text).collect::<Vec<_>>().join(", ")
}

pub fn find<'a>(plan: &'a Plan, name: &str) -> &'a Step {
    plan.steps.iter().find(|step| step.name == name).unwrap_or_else(|| panic!("{name} is not in {}", show(plan)))
}

/// Outputs of steps by their names; without any, all are unknown, as before a run.
#[derive(Default)]
pub struct Known<'a>(pub Option<(&'a Plan, HashMap<&'a str, Json>)>);

impl<'a> Known<'a> {
    pub fn of(plan: &'a Plan, outputs: impl IntoIterator<Item = (&'a str, Json)>) -> Self {
        Self(Some((plan, outputs.into_iter().collect())))
    }
}

impl Outputs for Known<'_> {
    fn output(&self, step: StepId) -> Output {
        let Some((plan, outputs)) = &self.0 else { return Output::Unknown };
        outputs.get(plan.step(step).unwrap().name.as_str()).map_or(Output::None, |json| Output::Known(json.clone()))
    }
}

pub fn prepared(plan: &Plan, name: &str) -> Prepared {
    find(plan, name).prepare(&Known::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The arguments of a step before anything has run; all are known.
pub fn args(plan: &Plan, name: &str) -> Json {
    match prepared(plan, name).args {
        Value::Json(json) => json,
        other => panic!("{other:?}"),
    }
}
