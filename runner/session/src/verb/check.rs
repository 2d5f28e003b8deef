use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::request;
use infra_event::ExitCode;
use infra_infrafile::{Infrafile, Origin, ParamKind, ParamValue};
use serde_json::{Value as Json, json};

/// Finds every error in the Infrafile, with each profile.
#[must_use]
pub fn check(global: &Global) -> ExitCode {
    end(global, checked(global))
}

fn checked(global: &Global) -> Result<ExitCode, SessionError> {
    let mut infrafiles = infra_infrafile::check(&request(global, vec![])?)?;
    for infrafile in &mut infrafiles {
        stand_in(infrafile);
        let infrafile = &*infrafile;
        let names: Vec<String> = infrafile.tasks.values().filter(|task| !task.private).map(|task| task.name.clone()).collect();
        // A task whose own parameters have no default can only be planned with them.
        for name in names {
            let needs_values = infrafile.task(&name).is_some_and(|task| task.params.iter().any(|param| param.default.is_none()));
            if !needs_values {
                let plan = infra_plan::build(infrafile, std::slice::from_ref(&name))?;
                crate::components::sources(infrafile, &plan)?;
            }
        }
    }
    if let Some(infrafile) = infrafiles.first() {
        let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
        let (tasks, profiles) = (count(infrafile.tasks.len(), "task"), count(infrafile.profiles.len(), "profile"));
        print(&format!("{}: {tasks}, {profiles}, no errors", infrafile.project));
    }
    Ok(ExitCode::Done)
}

/// Gives parameters that nothing gives a value one that stands for any, so that what uses them can be planned.
fn stand_in(infrafile: &mut Infrafile) {
    for param in infrafile.params.iter().filter(|param| !infrafile.values.contains_key(&param.name)).cloned().collect::<Vec<_>>()
    {
        let one = param.choices.first().cloned();
        let value = match param.kind {
            ParamKind::String => one.unwrap_or_else(|| Json::from(param.name.to_lowercase())),
            ParamKind::Integer => one.unwrap_or_else(|| json!(1)),
            ParamKind::Boolean => json!(false),
            ParamKind::List => one.into_iter().collect(),
        };
        infrafile.values.insert(param.name, ParamValue { value, origin: Origin::Default });
    }
}
