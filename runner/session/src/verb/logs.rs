use super::history::open;
use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::load;
use infra_event::ExitCode;

/// Shows the log of a run.
#[must_use]
pub fn logs(global: &Global, run: Option<&str>, task: Option<&str>) -> ExitCode {
    end(global, show(global, run, task))
}

fn show(global: &Global, run: Option<&str>, task: Option<&str>) -> Result<ExitCode, SessionError> {
    let root = load(global, vec![])?.root;
    let history = open()?;
    let run = history.run(&root, run.unwrap_or("last"))?.run;
    let steps = history.steps(&run)?;
    let name = |id| steps.iter().find(|step| step.step == id).map_or("", |step| step.name.as_str());
    if let Some(task) = task
        && !steps.iter().any(|step| step.name == task || step.task == task)
    {
        let known: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        return Err(SessionError::usage(format!("the run {run} has no task `{task}`"), format!("it has {}", known.join(", "))));
    }
    for line in history.logs(&run)? {
        let name = name(line.step);
        match task {
            Some(task) if task == name => print(&infra_report::clean_message(&line.text)),
            Some(_) => {}
            None => print(&format!("[{name}] {}", infra_report::clean_message(&line.text))),
        }
    }
    Ok(ExitCode::Done)
}
