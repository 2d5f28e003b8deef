use crate::error::SessionError;
use infra_effect::{Effect, Nature};
use infra_event::Outcome;
use infra_journal::{EffectRecord, History, RunRecord, StepRecord};
use serde::Serialize;

/// All that the journal has of a run, but for its log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ToldRun {
    #[serde(flatten)]
    pub run: RunRecord,
    pub steps: Vec<StepRecord>,
    pub effects: Vec<ToldEffect>,
}

/// An effect, with what people call it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ToldEffect {
    #[serde(flatten)]
    pub effect: EffectRecord,
    /// The step's name.
    pub name: String,
    /// The arguments, in one line.
    pub summary: String,
    /// Whether it may change the world.
    pub write: bool,
}

impl ToldRun {
    pub(crate) fn read(history: &History, run: RunRecord) -> Result<Self, SessionError> {
        let steps = history.steps(&run.run)?;
        let name = |effect: &EffectRecord| {
            let step = steps.iter().find(|step| step.step == effect.step);
            step.map_or_else(String::new, |step| step.name.clone())
        };
        let effects = history.effects(&run.run)?;
        let effects = effects.into_iter().map(|effect| told(name(&effect), effect)).collect();
        Ok(Self { run, steps, effects })
    }

    /// How long it took, where it has ended.
    pub(crate) fn duration_ms(&self) -> Option<u64> {
        let ended = self.run.ended?;
        u64::try_from(ended.0.saturating_sub(self.run.started.0)).ok()
    }
}

fn told(name: String, record: EffectRecord) -> ToldEffect {
    // A journal of another version may hold what this one cannot read.
    let effect = serde_json::from_value::<Effect>(record.effect.clone()).ok();
    let summary = effect.as_ref().map_or_else(|| record.target.clone(), Effect::summary);
    let write = effect.is_none_or(|effect| effect.row().nature == Nature::Write);
    ToldEffect { name, summary, write, effect: record }
}

/// The word for how a step ended.
pub(crate) fn word(outcome: Option<&Outcome>) -> String {
    match outcome {
        None => "not ended".to_owned(),
        Some(Outcome::Succeeded { .. }) => "done".to_owned(),
        Some(other) => {
            let told = serde_json::to_value(other).unwrap_or_default();
            told["kind"].as_str().unwrap_or_default().replace('-', " ")
        }
    }
}
