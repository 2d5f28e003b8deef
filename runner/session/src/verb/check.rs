use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::request;
use infra_event::ExitCode;

/// Finds every error in the Infrafile, with each profile.
#[must_use]
pub fn check(global: &Global) -> ExitCode {
    end(global, checked(global))
}

fn checked(global: &Global) -> Result<ExitCode, SessionError> {
    let infrafiles = infra_infrafile::check(&request(global, vec![])?)?;
    for infrafile in &infrafiles {
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
