use super::block_on;
use super::history::open;
use super::run::{RunRequest, run_words};
use crate::Global;
use crate::directories::Directories;
use crate::error::{SessionError, end};
use crate::project::load;
use crate::rooms;
use crate::status;
use infra_effect::{Effect, EffectKind};
use infra_event::{ExitCode, Mode, Outcome};
use infra_host::docker::Settled;
use infra_infrafile::Infrafile;
use infra_journal::{EffectRecord, History, RunRecord};
use serde_json::Value as Json;
use std::collections::HashMap;

/// Goes on with a run that failed, was interrupted or was killed.
#[must_use]
pub fn resume(global: &Global, run: Option<&str>, yes: bool, wait: bool) -> ExitCode {
    end(global, block_on(resume_run(global, run, yes, wait)))
}

async fn resume_run(global: &Global, run: Option<&str>, yes: bool, wait: bool) -> Result<ExitCode, SessionError> {
    let infrafile = load(global, vec![])?;
    let history = open()?;
    let record = history.run(&infrafile.root, run.unwrap_or("last"))?;
    match record.outcome.as_str() {
        "succeeded" => {
            status::say(global, format!("The run {} succeeded: there is nothing to resume.", record.run));
            return Ok(ExitCode::Done);
        }
        "running" => {
            return Err(SessionError::usage(format!("the run {} is still under way", record.run), "wait, or interrupt it"));
        }
        _ => {}
    }
    settle(global, &infrafile, &history, &record).await?;
    let before: HashMap<String, Outcome> =
        history.steps(&record.run)?.into_iter().filter_map(|step| Some((step.name, step.outcome?))).collect();
    status::say(global, format!("Resuming {}: infra run {}", record.run, record.tasks.join(" ")));
    let request = RunRequest { words: words(&record), yes, wait, ..RunRequest::default() };
    run_words(global, &request, Mode::Resume, before).await
}

/// The words that the run was started with.
fn words(record: &RunRecord) -> Vec<String> {
    let mut words = record.tasks.clone();
    for (name, value) in record.params.as_object().into_iter().flatten() {
        let text = match value {
            Json::String(text) => text.clone(),
            Json::Array(items) => items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join(","),
            Json::Null => continue,
            other => other.to_string(),
        };
        words.push(format!("{name}={text}"));
    }
    words
}

/// Finds out what became of the writes that were under way when the runner died.
async fn settle(global: &Global, infrafile: &Infrafile, history: &History, record: &RunRecord) -> Result<(), SessionError> {
    let in_doubt = history.in_doubt(&record.run)?;
    if in_doubt.is_empty() {
        return Ok(());
    }
    let host = rooms::open(infrafile, &Directories::find()?, 1)?;
    for effect in in_doubt {
        let found = what_happened(&host, infrafile, record, &effect).await?;
        status::say(global, format!("settled: {} {}: {found}", effect.kind, effect.target));
        history.settle(&record.run, effect.id, &found)?;
    }
    Ok(())
}

async fn what_happened(
    host: &infra_host::Host,
    infrafile: &Infrafile,
    record: &RunRecord,
    effect: &EffectRecord,
) -> Result<String, SessionError> {
    Ok(match serde_json::from_value::<Effect>(effect.effect.clone()) {
        Ok(docker @ Effect::Docker { .. }) => {
            in_words(host.world().docker.settle(&infrafile.project, &docker, &record.run, effect.id).await?)
        }
        Ok(kubernetes @ Effect::Kubernetes { kind: EffectKind::KubernetesRun, .. }) => {
            in_words(host.world().kubernetes.settle(&kubernetes, &record.run, effect.id).await?)
        }
        // Applying twice is applying once, so a task that goes on finds out by itself.
        Ok(Effect::Kubernetes { .. }) => "the cluster has it, or not yet".to_owned(),
        Ok(Effect::Http { .. }) => "the server may have done it: look there".to_owned(),
        // The effects of services have numbers of their own.
        Ok(Effect::Process(_)) if effect.id.0 >> 32 > 0 => {
            "it belongs to a service, which `infra ps` shows where it lives".to_owned()
        }
        Ok(Effect::Process(_)) => "the program was killed with the runner".to_owned(),
        Ok(Effect::Secret(_)) => "it went where the effect that used it went, or nowhere".to_owned(),
        Ok(Effect::File(_)) => "the file has its old content or its new".to_owned(),
        Err(_) => "it cannot be read any more".to_owned(),
    })
}

fn in_words(settled: Settled) -> String {
    let words = match settled {
        Settled::Happened => "it happened",
        Settled::NotHappened => "it did not happen",
        Settled::Undone => "it was half done, and is undone",
    };
    words.to_owned()
}
