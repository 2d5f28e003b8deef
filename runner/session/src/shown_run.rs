use crate::columns::rows;
use crate::param_text::value;
use crate::told_run::{ToldEffect, ToldRun, word};
use crate::verb::history::time;
use infra_event::Outcome;
use infra_journal::{EffectState, StepRecord};
use infra_report::{Style, clean_message, duration_text};

/// A result longer than this is cut; `--json` has it all.
const RESULT_LETTERS: usize = 200;

/// A run, for people.
pub(crate) fn text(told: &ToldRun, style: &Style) -> String {
    let mut out = style.heading(told.run.run.as_str());
    out.push_str(&format!("  {}", ending(told)));
    let mut section = |heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("\n\n{}", style.heading(heading)));
            for line in lines {
                out.push_str(&format!("\n  {}", clean_message(&line)));
            }
        }
    };
    section("Run", about(told));
    section("Parameters", parameters(told));
    section("Steps", rows(told.steps.iter().map(step).collect()));
    section("Failures", told.steps.iter().flat_map(failure).collect());
    section("Effects", effects(told, style.verbose > 0));
    section("Results", told.steps.iter().filter_map(result).collect());
    out
}

fn ending(told: &ToldRun) -> String {
    let took = told.duration_ms().map(|took| format!(" in {}", duration_text(took))).unwrap_or_default();
    let code = told.run.exit_code.filter(|code| *code > 0).map(|code| format!(", exit code {code}")).unwrap_or_default();
    format!("{}{took}{code}", told.run.outcome)
}

fn about(told: &ToldRun) -> Vec<String> {
    let run = &told.run;
    let mut lines = vec![format!("infra {} {}", run.mode, run.tasks.join(" ")), format!("started {}", time(run.started))];
    lines.extend(run.about.revision.iter().map(|revision| format!("revision {revision}")));
    if !run.about.version.is_empty() {
        lines.push(format!("infra {}", run.about.version));
    }
    lines
}

fn parameters(told: &ToldRun) -> Vec<String> {
    let params = told.run.params.as_object().into_iter().flatten();
    let row = |(name, given): (&String, &serde_json::Value)| {
        vec![format!("{name} = {}", value(given)), told.run.about.origins.get(name).cloned().unwrap_or_default()]
    };
    rows(params.map(row).collect())
}

fn step(step: &StepRecord) -> Vec<String> {
    let ran = step.started.is_some();
    let took = step.duration_ms.filter(|_| ran).map(duration_text).unwrap_or_default();
    let attempts = if step.attempts > 1 { format!("{} attempts", step.attempts) } else { String::new() };
    let more = match &step.outcome {
        Some(Outcome::Succeeded { changed, .. }) => if *changed { "changed" } else { "no changes" }.to_owned(),
        Some(Outcome::Skipped { reason }) => reason.clone(),
        Some(Outcome::NotRun { because } | Outcome::Unknown { because }) => because.clone(),
        _ => String::new(),
    };
    let more = [attempts, more].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    vec![step.name.clone(), word(step.outcome.as_ref()), took, more]
}

fn failure(step: &StepRecord) -> Vec<String> {
    let Some(Outcome::Failed { error }) = &step.outcome else { return vec![] };
    let mut lines = vec![format!("{}: {} ({})", step.name, error.message, error.code)];
    lines.extend(error.hint.iter().map(|hint| format!("  hint: {hint}")));
    lines
}

/// Writes, and all that did not go well. Reads are counted unless they are wanted.
fn effects(told: &ToldRun, all: bool) -> Vec<String> {
    let shown = |effect: &&ToldEffect| all || effect.write || effect.effect.state != EffectState::Performed;
    let row = |told: &ToldEffect| {
        let effect = &told.effect;
        let took = effect.ended.map(|ended| u64::try_from(ended.0.saturating_sub(effect.started.0)).unwrap_or(0));
        let detail = effect.detail.as_ref().map(|detail| format!("  {detail}")).unwrap_or_default();
        vec![
            format!("[{}]", told.name),
            effect.state.word().to_owned(),
            effect.kind.clone(),
            took.map(duration_text).unwrap_or_default(),
            format!("{}{detail}", told.summary),
        ]
    };
    let mut lines = rows(told.effects.iter().filter(shown).map(row).collect());
    let hidden = told.effects.len() - lines.len();
    if hidden > 0 {
        lines.push(format!("{hidden} {}; `-v` shows all", if hidden == 1 { "read" } else { "reads" }));
    }
    lines
}

fn result(step: &StepRecord) -> Option<String> {
    let Some(Outcome::Succeeded { output, .. }) = &step.outcome else { return None };
    if output.is_null() {
        return None;
    }
    let text = output.to_string();
    let short: String = text.chars().take(RESULT_LETTERS).collect();
    let cut = if short.len() < text.len() { "…" } else { "" };
    Some(format!("{}: {short}{cut}", step.name))
}
