use super::history::open;
use super::print;
use super::show::told;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::start;
use crate::status;
use crate::told_run::ToldRun;
use infra_event::{ExitCode, StepId};
use infra_journal::LogRecord;
use infra_report::{PageEffect, PageLine, PageStep, RunPage};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes a run as a page. `-` is standard output.
#[must_use]
pub fn report(global: &Global, run: Option<&str>, html: &Path) -> ExitCode {
    end(global, written(global, run, html))
}

fn written(global: &Global, run: Option<&str>, html: &Path) -> Result<ExitCode, SessionError> {
    let told = told(global, run)?;
    let log = open()?.logs(&told.run.run)?;
    let page = infra_report::run_page(&page(told, log));
    if html == Path::new("-") {
        print(&page);
        return Ok(ExitCode::Done);
    }
    let path = start(global)?.join(html);
    path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, page)).map_err(|error| {
        SessionError::Failed {
            message: format!("the page {} cannot be written: {error}", path.display()),
            hint: Some("name another file; `-` is standard output".to_owned()),
            code: ExitCode::InputOutput,
        }
    })?;
    status::say(global, format!("Wrote {}", html.display()));
    Ok(ExitCode::Done)
}

fn page(told: ToldRun, log: Vec<LogRecord>) -> RunPage {
    let mut lines: BTreeMap<StepId, Vec<PageLine>> = BTreeMap::new();
    for line in log {
        lines.entry(line.step).or_default().push(PageLine { stream: line.stream, text: line.text });
    }
    let mut effects: BTreeMap<StepId, Vec<PageEffect>> = BTreeMap::new();
    let duration_ms = told.duration_ms();
    for told in told.effects {
        let effect = told.effect;
        effects.entry(effect.step).or_default().push(PageEffect {
            kind: effect.kind,
            summary: told.summary,
            state: effect.state.word().to_owned(),
            write: told.write,
            duration_ms: effect.ended.and_then(|ended| u64::try_from(ended.0.saturating_sub(effect.started.0)).ok()),
            detail: effect.detail,
        });
    }
    let run = told.run;
    let origin = |name: &String| run.about.origins.get(name).cloned().unwrap_or_default();
    let params = run.params.as_object().into_iter().flatten();
    RunPage {
        params: params.map(|(name, value)| (name.clone(), value.clone(), origin(name))).collect(),
        run: run.run.to_string(),
        project: run.project,
        mode: run.mode,
        outcome: run.outcome,
        exit_code: run.exit_code,
        tasks: run.tasks,
        started: run.started,
        duration_ms,
        version: run.about.version,
        revision: run.about.revision,
        steps: told
            .steps
            .into_iter()
            .map(|step| PageStep {
                effects: effects.remove(&step.step).unwrap_or_default(),
                log: lines.remove(&step.step).unwrap_or_default(),
                step: step.step,
                name: step.name,
                task: step.task,
                needs: step.needs,
                digest: step.digest,
                attempts: step.attempts,
                started: step.started,
                duration_ms: step.duration_ms,
                outcome: step.outcome,
            })
            .collect(),
    }
}
