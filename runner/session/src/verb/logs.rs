use super::history::open;
use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::root;
use infra_event::{ExitCode, RunId};
use infra_journal::{History, JournalError, RunRecord, StepRecord};
use std::path::Path;
use std::time::Duration;

/// How often a run that is followed is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// How many runs are looked through for one that has the task.
const LOOKED_AT: usize = 200;

/// `infra logs`
#[derive(Clone, Debug, Default)]
pub struct LogsRequest {
    /// The run; else the last.
    pub run: Option<String>,
    /// Only the lines of this task.
    pub task: Option<String>,
    /// Until the run has ended.
    pub follow: bool,
}

/// Shows the log of a run.
#[must_use]
pub fn logs(global: &Global, request: &LogsRequest) -> ExitCode {
    end(global, shown(global, request))
}

fn shown(global: &Global, request: &LogsRequest) -> Result<ExitCode, SessionError> {
    let history = open()?;
    let (run, task) = named(&history, &root(global)?, request)?;
    let run = run.run;
    let steps = history.steps(&run)?;
    if let Some(task) = &task
        && !has(&steps, task)
    {
        let known: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        return Err(SessionError::usage(format!("the run {run} has no task `{task}`"), format!("it has {}", known.join(", "))));
    }
    let mut seen = 0;
    loop {
        // Looked at before the lines, so that none of its last is missed.
        let ended = !request.follow || !lives(&history, &run)?;
        write(&history, &run, &steps, task.as_deref(), &mut seen)?;
        if ended || super::reader_is_gone() {
            return Ok(ExitCode::Done);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The run, and the task. A single word that names no run may be a task: then it is the last run that has it.
fn named(history: &History, root: &Path, request: &LogsRequest) -> Result<(RunRecord, Option<String>), SessionError> {
    let word = request.run.as_deref().unwrap_or("last");
    match (history.run(root, word), &request.task) {
        (Err(JournalError::NoSuchRun(name)), None) if name != "last" => {
            for run in history.runs(root, LOOKED_AT)? {
                if has(&history.steps(&run.run)?, &name) {
                    return Ok((run, Some(name)));
                }
            }
            Err(JournalError::NoSuchRun(name).into())
        }
        (run, task) => Ok((run?, task.clone())),
    }
}

fn has(steps: &[StepRecord], task: &str) -> bool {
    steps.iter().any(|step| step.name == task || step.task == task)
}

fn lives(history: &History, run: &RunId) -> Result<bool, SessionError> {
    Ok(history.by_id(run)?.is_some_and(|run| run.outcome == "running"))
}

fn write(history: &History, run: &RunId, steps: &[StepRecord], task: Option<&str>, seen: &mut u64) -> Result<(), SessionError> {
    for line in history.logs_after(run, *seen)? {
        *seen = line.seq;
        let step = steps.iter().find(|step| step.step == line.step);
        let (name, of) = step.map_or(("", ""), |step| (step.name.as_str(), step.task.as_str()));
        let text = infra_report::clean_message(&line.text);
        match task {
            Some(task) if task == name => print(&text),
            // A task with a matrix has several steps.
            Some(task) if task == of => print(&format!("[{name}] {text}")),
            Some(_) => {}
            None => print(&format!("[{name}] {text}")),
        }
    }
    Ok(())
}
