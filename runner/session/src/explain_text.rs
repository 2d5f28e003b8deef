use crate::columns::rows;
use crate::explained::{Explained, Ordered, Past, Sourced, Valued};
use crate::param_text::value;
use infra_report::{Style, clean_message, duration_text};

/// What is known of a task, for people.
pub(crate) fn text(explained: &Explained, style: &Style) -> String {
    let mut out = style.heading(&explained.task);
    if let Some(help) = &explained.help {
        out.push_str(&format!("  {}", clean_message(help)));
    }
    let mut section = |heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("\n\n{}", style.heading(heading)));
            for line in lines {
                out.push_str(&format!("\n  {}", clean_message(&line)));
            }
        }
    };
    section("Does", vec![explained.does.clone()]);
    section("Component", component(explained));
    let (used, others): (Vec<&Valued>, Vec<&Valued>) = explained.values.iter().partition(|value| value.used);
    section("Values", rows(used.into_iter().map(valued).collect()));
    section("Other parameters of the project", rows(others.into_iter().map(valued).collect()));
    let secret = |secret: &Sourced| vec![secret.name.clone(), secret.from.clone(), secret.declared.clone()];
    section("Secrets", rows(explained.secrets.iter().map(secret).collect()));
    section("Cannot be planned", explained.unplanned.clone());
    section("Order", rows(explained.order.iter().map(ordered).collect()));
    section("Needs", needs(explained));
    section("Granted", explained.granted.clone());
    section("Lacks in `allow`", explained.missing.iter().map(|line| format!("{{ {line} }}")).collect());
    section("Lacks in the policy", explained.missing_in_policy.clone());
    section("Up to date", explained.up_to_date.clone());
    section("Rules", explained.rules.clone());
    section("Limits", rows(explained.limits.iter().map(|(name, limit)| vec![name.clone(), limit.clone()]).collect()));
    section("Last runs", past(&explained.past));
    out
}

fn component(explained: &Explained) -> Vec<String> {
    let mut lines: Vec<String> = explained.component.iter().cloned().collect();
    lines.extend(explained.digest.clone());
    lines.extend(explained.problem.clone());
    lines
}

fn valued(valued: &Valued) -> Vec<String> {
    let shown = valued.value.as_ref().map_or_else(|| "no value".to_owned(), value);
    vec![format!("{} = {shown}", valued.name), valued.origin.clone()]
}

fn ordered(step: &Ordered) -> Vec<String> {
    let mut facts = Vec::new();
    if !step.after.is_empty() {
        facts.push(format!("after {}", step.after.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")));
    }
    if step.whatever_happens {
        facts.push("afterwards, whatever happened".to_owned());
    }
    facts.extend(step.skip.iter().map(|reason| format!("skipped: {reason}")));
    vec![format!("{} {}", step.step, step.name), facts.join("; ")]
}

fn needs(explained: &Explained) -> Vec<String> {
    let mut lines: Vec<String> = explained.needed.iter().map(|needed| needed.line.clone()).collect();
    if explained.late {
        lines.push("more that is known when the steps before have run".to_owned());
    } else if !lines.is_empty() && explained.missing.is_empty() && explained.missing_in_policy.is_empty() {
        lines.push("all of it is granted".to_owned());
    }
    lines
}

fn past(past: &[Past]) -> Vec<String> {
    let row = |past: &Past| {
        let took = past.duration_ms.map(duration_text).unwrap_or_default();
        vec![past.started.clone().unwrap_or_default(), past.outcome.clone(), took, past.name.clone(), past.run.clone()]
    };
    let mut lines = rows(past.iter().map(row).collect());
    let succeeded = past.iter().filter(|past| matches!(past.outcome.as_str(), "changed" | "no changes"));
    let mut durations: Vec<u64> = succeeded.filter_map(|past| past.duration_ms).collect();
    durations.sort_unstable();
    if let Some(middle) = durations.get(durations.len() / 2).filter(|_| durations.len() > 2) {
        lines.push(format!("usually {}", duration_text(*middle)));
    }
    lines
}
