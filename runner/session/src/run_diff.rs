use crate::columns::rows;
use crate::param_text::value;
use crate::told_run::{ToldRun, word};
use infra_event::Outcome;
use infra_journal::StepRecord;
use infra_report::{Style, clean_message, duration_text};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// A duration differs for people by more than this, and by more than a quarter.
const NOTABLE_MS: u64 = 100;

/// What differs between two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RunDiff {
    /// The names of the runs.
    pub runs: [String; 2],
    /// Outcome, tasks, revision, version.
    pub run: Vec<Difference>,
    pub params: Vec<Difference>,
    /// Outcomes, attempts, digests and results of steps.
    pub steps: Vec<Difference>,
    /// How often an effect was performed, failed or refused.
    pub effects: Vec<Difference>,
    /// Of every step that both have, in milliseconds.
    pub durations: Vec<Difference>,
}

/// One thing that differs. Null where a run does not have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Difference {
    pub what: String,
    pub left: Json,
    pub right: Json,
}

impl RunDiff {
    pub(crate) fn between(left: &ToldRun, right: &ToldRun) -> Self {
        let facts = |told: &ToldRun| {
            let (run, about) = (&told.run, &told.run.about);
            let facts = [
                ("outcome", json!(run.outcome)),
                ("exit code", json!(run.exit_code)),
                ("tasks", json!(run.tasks)),
                ("mode", json!(run.mode)),
                ("revision", json!(about.revision)),
                ("version", json!(about.version)),
            ];
            facts.map(|(name, fact)| (name.to_owned(), fact)).into_iter().collect::<BTreeMap<_, _>>()
        };
        let params = |told: &ToldRun| -> BTreeMap<String, Json> {
            told.run.params.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        Self {
            runs: [left.run.run.to_string(), right.run.run.to_string()],
            run: differences(&facts(left), &facts(right)),
            params: differences(&params(left), &params(right)),
            steps: differences(&step_facts(left), &step_facts(right)),
            effects: differences(&effect_counts(left), &effect_counts(right)),
            durations: differences(&durations(left), &durations(right))
                .into_iter()
                .filter(|difference| !difference.left.is_null() && !difference.right.is_null())
                .collect(),
        }
    }

    /// For people.
    pub(crate) fn text(&self, style: &Style) -> String {
        let mut out = format!("{}  {}", style.heading(&self.runs[0]), style.heading(&self.runs[1]));
        let head = out.len();
        let mut section = |heading: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                out.push_str(&format!("\n\n{}", style.heading(heading)));
                for line in lines {
                    out.push_str(&format!("\n  {}", clean_message(&line)));
                }
            }
        };
        let told = |differences: &[Difference]| rows(differences.iter().map(|difference| difference.row(shown)).collect());
        section("Run", told(&self.run));
        section("Parameters", told(&self.params));
        section("Steps", told(&self.steps));
        let count = |count: &Json| count.as_u64().map_or_else(|| "never".to_owned(), |count| format!("{count} ×"));
        section("Effects", rows(self.effects.iter().map(|effect| effect.row(count)).collect()));
        let took = |took: &Json| took.as_u64().map(duration_text).unwrap_or_default();
        let notable = self.durations.iter().filter(|duration| duration.is_notable());
        section("Durations", rows(notable.map(|duration| duration.row(took)).collect()));
        if out.len() == head {
            out.push_str("\n\nNothing differs.");
        }
        out
    }
}

impl Difference {
    fn row(&self, text: impl Fn(&Json) -> String) -> Vec<String> {
        vec![self.what.clone(), text(&self.left), format!("→ {}", text(&self.right))]
    }

    fn is_notable(&self) -> bool {
        let (Some(left), Some(right)) = (self.left.as_u64(), self.right.as_u64()) else { return false };
        let by = left.abs_diff(right);
        by > NOTABLE_MS && by > left.max(right) / 4
    }
}

fn shown(json: &Json) -> String {
    if json.is_null() { "–".to_owned() } else { value(json) }
}

fn differences(left: &BTreeMap<String, Json>, right: &BTreeMap<String, Json>) -> Vec<Difference> {
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let of = |facts: &BTreeMap<String, Json>, name: &String| facts.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|name| Difference { what: name.clone(), left: of(left, name), right: of(right, name) })
        .filter(|difference| difference.left != difference.right)
        .collect()
}

fn step_facts(told: &ToldRun) -> BTreeMap<String, Json> {
    let mut facts = BTreeMap::new();
    for step in &told.steps {
        let name = &step.name;
        facts.insert(name.clone(), json!(ending(step)));
        facts.insert(format!("{name}: attempts"), json!(step.attempts));
        facts.insert(format!("{name}: digest"), json!(step.digest));
        if let Some(Outcome::Succeeded { output, .. }) = &step.outcome {
            let mut result = output.clone();
            // How long a program took says nothing of what came out of it.
            result.as_object_mut().and_then(|result| result.remove("duration_ms"));
            facts.insert(format!("{name}: result"), result);
        }
    }
    facts
}

fn ending(step: &StepRecord) -> String {
    let word = word(step.outcome.as_ref());
    match &step.outcome {
        Some(Outcome::Succeeded { changed: true, .. }) => format!("{word}, changed"),
        Some(Outcome::Succeeded { changed: false, .. }) => format!("{word}, no changes"),
        Some(Outcome::Failed { error }) => format!("{word}: {}", error.message),
        _ => word,
    }
}

fn effect_counts(told: &ToldRun) -> BTreeMap<String, Json> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for told in &told.effects {
        let effect = &told.effect;
        *counts.entry(format!("[{}] {} {} {}", told.name, effect.state.word(), effect.kind, told.summary)).or_default() += 1;
    }
    counts.into_iter().map(|(effect, count)| (effect, json!(count))).collect()
}

fn durations(told: &ToldRun) -> BTreeMap<String, Json> {
    let run = told.duration_ms().map(|took| ("the run".to_owned(), json!(took)));
    let ran = told.steps.iter().filter(|step| step.started.is_some());
    run.into_iter().chain(ran.filter_map(|step| Some((step.name.clone(), json!(step.duration_ms?))))).collect()
}
