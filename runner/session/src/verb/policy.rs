use super::print;
use crate::directories::Directories;
use crate::error::{SessionError, end};
use crate::grant_lines::grant_lines;
use crate::grant_use::parts;
use crate::project::load;
use crate::{Global, rooms};
use infra_effect::Grants;
use infra_event::ExitCode;
use infra_gate::Policy;
use infra_report::{Style, clean_message};
use serde_json::json;
use std::collections::BTreeMap;

/// Shows the second key: what the policy allows, and what it takes away from each task.
#[must_use]
pub fn policy(global: &Global, as_json: bool) -> ExitCode {
    end(global, shown(global, as_json))
}

fn shown(global: &Global, as_json: bool) -> Result<ExitCode, SessionError> {
    let directories = Directories::find()?;
    let policy = rooms::policy(global, &directories)?;
    let taken = taken_away(global, &policy)?;
    let file = policy.path().map(|path| path.display().to_string());
    let allows = policy.grants().map(grant_lines);
    if as_json {
        let told = json!({ "file": file, "allows": allows, "takes_away": taken });
        print(&serde_json::to_string_pretty(&told).unwrap_or_default());
        return Ok(ExitCode::Done);
    }
    print(&match (file, allows) {
        (Some(file), Some(allows)) => text(&file, &allows, &taken, &global.result_style()),
        _ => format!(
            "There is no policy: what an Infrafile allows is allowed.\n\n  {} would be one; `--policy FILE` names another.",
            directories.policy().display()
        ),
    });
    Ok(ExitCode::Done)
}

/// By task, what the Infrafile grants and the policy does not. Without an Infrafile there is nothing to take from.
fn taken_away(global: &Global, policy: &Policy) -> Result<BTreeMap<String, Vec<String>>, SessionError> {
    let infrafile = match load(global, vec![]) {
        Ok(infrafile) => infrafile,
        Err(SessionError::NoInfrafile) => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let home = std::env::var("HOME").unwrap_or_default();
    let mut taken = BTreeMap::new();
    for task in infrafile.tasks.values() {
        let mut open_to_all = infrafile.clone();
        if let Some(task) = open_to_all.tasks.get_mut(&task.name) {
            task.private = false;
        }
        // With the programs of `run` and `sh`, where what they are is known before a run.
        let plan = infra_plan::build(&open_to_all, std::slice::from_ref(&task.name)).ok();
        let own = plan.iter().flat_map(|plan| &plan.steps).filter(|step| step.task == task.name);
        let mut grants = task.allow.clone();
        for prepared in own.filter_map(|step| step.prepare(&crate::preflight::Nothing).ok()) {
            grants.extend(&prepared.grants);
        }
        let mut lines: Vec<String> = Vec::new();
        for part in parts(&grants.at_home(&home)) {
            let Ok(part) = serde_json::from_value::<Grants>(part) else { continue };
            if !policy.missing(&part).is_empty() {
                let new = grant_lines(&part).into_iter().filter(|line| !lines.contains(line)).collect::<Vec<_>>();
                lines.extend(new);
            }
        }
        if !lines.is_empty() {
            taken.insert(task.name.clone(), lines);
        }
    }
    Ok(taken)
}

fn text(file: &str, allows: &[String], taken: &BTreeMap<String, Vec<String>>, style: &Style) -> String {
    let mut out = format!("{}  {}", style.heading("Policy"), clean_message(file));
    out.push_str(&format!("\n\n{}", style.heading("Allows")));
    for line in allows {
        out.push_str(&format!("\n  {}", clean_message(line)));
    }
    if allows.is_empty() {
        out.push_str("\n  nothing");
    }
    out.push_str(&format!("\n\n{}", style.heading("Takes away")));
    for (task, lines) in taken {
        out.push_str(&format!("\n  {}", clean_message(task)));
        for line in lines {
            out.push_str(&format!("\n    {{ {} }}", clean_message(line)));
        }
    }
    if taken.is_empty() {
        out.push_str("\n  nothing");
    }
    out
}
