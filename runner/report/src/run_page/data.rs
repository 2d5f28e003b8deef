use crate::clean_text::clean_text;
use crate::critical_path::{Span, critical_path};
use infra_event::{Outcome, StepId, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The last lines of a step's log that the page holds, and of all steps together.
const STEP_LINES: usize = 2_000;
const ALL_LINES: usize = 50_000;
/// The letters of a line, and of a result, that it holds.
const LINE_LETTERS: usize = 2_000;
const RESULT_LETTERS: usize = 20_000;
/// The effects of a step that it holds.
const STEP_EFFECTS: usize = 1_000;

/// A run, as its page shows it.
#[derive(Clone, Debug, Default)]
pub struct RunPage {
    /// The run's name.
    pub run: String,
    /// The project's name.
    pub project: String,
    /// `run`, `plan` or `resume`.
    pub mode: String,
    /// How it ended: `succeeded`, `failed`, `interrupted`, `running`, `killed`.
    pub outcome: String,
    /// The code that the process ended with.
    pub exit_code: Option<u8>,
    /// The tasks that were named.
    pub tasks: Vec<String>,
    /// When it started.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The version of the runner.
    pub version: String,
    /// The revision of the repository.
    pub revision: Option<String>,
    /// Name, value and origin of each parameter.
    pub params: Vec<(String, Json, String)>,
    /// The steps.
    pub steps: Vec<PageStep>,
}

/// A step.
#[derive(Clone, Debug)]
pub struct PageStep {
    /// The step.
    pub step: StepId,
    /// The name that people see.
    pub name: String,
    /// The task.
    pub task: String,
    /// The steps that had to end first.
    pub needs: Vec<StepId>,
    /// The digest of its component.
    pub digest: Option<String>,
    /// How many attempts were made.
    pub attempts: u32,
    /// When the first started.
    pub started: Option<Timestamp>,
    /// How long all took.
    pub duration_ms: Option<u64>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// What it did.
    pub effects: Vec<PageEffect>,
    /// Its log.
    pub log: Vec<PageLine>,
}

/// An effect.
#[derive(Clone, Debug)]
pub struct PageEffect {
    /// `docker.container.create`.
    pub kind: String,
    /// The arguments, in one line.
    pub summary: String,
    /// `performed`, `failed` and others.
    pub state: String,
    /// Whether it may change the world.
    pub write: bool,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// More about its end.
    pub detail: Option<String>,
}

/// A line of a log.
#[derive(Clone, Debug)]
pub struct PageLine {
    /// As in events.
    pub stream: String,
    /// The text.
    pub text: String,
}

impl RunPage {
    pub(super) fn json(&self) -> Json {
        let critical = self.critical();
        let each = STEP_LINES.min(ALL_LINES / self.steps.len().max(1)).max(20);
        let since = |at: Timestamp| at.0.saturating_sub(self.started.0).max(0);
        let steps: Vec<Json> = self.steps.iter().map(|step| step.json(&since, critical.contains(&step.step), each)).collect();
        let params: Vec<Json> = self.params.iter().map(|(name, value, origin)| json!([name, shown(value), origin])).collect();
        json!({
            "run": self.run, "project": clean(&self.project), "mode": self.mode, "outcome": self.outcome, "code": self.exit_code,
            "tasks": self.tasks, "started": self.started.0, "duration": self.duration_ms, "version": self.version,
            "revision": self.revision, "params": params, "steps": steps,
        })
    }

    fn critical(&self) -> BTreeSet<StepId> {
        let span = |step: &PageStep| {
            let started = u64::try_from(step.started?.0).ok()?;
            let ended = started.saturating_add(step.duration_ms?);
            Some((step.step, Span { needs: step.needs.clone(), started, ended }))
        };
        let spans: BTreeMap<StepId, Span> = self.steps.iter().filter_map(span).collect();
        critical_path(&spans).into_iter().collect()
    }
}

impl PageStep {
    fn json(&self, since: &impl Fn(Timestamp) -> i64, critical: bool, lines: usize) -> Json {
        let (state, text, hint) = ending(self.outcome.as_ref());
        let output = match &self.outcome {
            Some(Outcome::Succeeded { output, .. }) if !output.is_null() => Some(shown(output)),
            _ => None,
        };
        let changed = matches!(self.outcome, Some(Outcome::Succeeded { changed: true, .. }));
        let left = self.log.len().saturating_sub(lines);
        let log: Vec<Json> =
            self.log.iter().skip(left).map(|line| json!([line.stream, cut(&clean(&line.text), LINE_LETTERS)])).collect();
        let effects: Vec<Json> = self.effects.iter().take(STEP_EFFECTS).map(PageEffect::json).collect();
        json!({
            "id": self.step.0, "name": clean(&self.name), "task": clean(&self.task), "needs": self.needs, "digest": self.digest,
            "attempts": self.attempts, "start": self.started.map(since), "duration": self.duration_ms, "state": state, "text": text,
            "hint": hint, "changed": changed, "critical": critical, "output": output, "log": log, "left": left,
            "effects": effects, "leftEffects": self.effects.len().saturating_sub(STEP_EFFECTS),
        })
    }
}

impl PageEffect {
    fn json(&self) -> Json {
        json!({
            "kind": self.kind, "summary": cut(&clean(&self.summary), LINE_LETTERS), "state": self.state, "write": self.write,
            "duration": self.duration_ms, "detail": self.detail.as_ref().map(|detail| cut(&clean(detail), LINE_LETTERS)),
        })
    }
}

/// The state, what there is to say of it, and what to do.
fn ending(outcome: Option<&Outcome>) -> (String, Option<String>, Option<String>) {
    let Some(outcome) = outcome else { return ("not ended".to_owned(), None, None) };
    let told = serde_json::to_value(outcome).unwrap_or_default();
    let kind = told["kind"].as_str().unwrap_or_default();
    let state = if kind == "succeeded" { "done".to_owned() } else { kind.replace('-', " ") };
    match outcome {
        Outcome::Failed { error } => (state, Some(lines(&error.message)), error.hint.as_ref().map(|hint| lines(hint))),
        Outcome::Skipped { reason } => (state, Some(lines(reason)), None),
        Outcome::NotRun { because } | Outcome::Unknown { because } => (state, Some(lines(because)), None),
        _ => (state, None, None),
    }
}

fn clean(text: &str) -> String {
    clean_text(text).into_owned()
}

fn lines(text: &str) -> String {
    cut(&crate::clean_message(text), RESULT_LETTERS)
}

fn shown(value: &Json) -> String {
    let text = value.as_str().map_or_else(|| serde_json::to_string_pretty(value).unwrap_or_default(), str::to_owned);
    lines(&text)
}

fn cut(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
