use crate::{
    Style,
    clean_text::clean_text,
    failure_text::failure_lines,
    record::Record,
    short_text::{columns_of, count_of, short_text},
    style::{BAD, BOLD, DIM, GOOD, WARN},
    wrapped::wrapped,
};
use anstyle::Style as Ansi;
use infra_event::{EffectAction, Event, Outcome, StepId};
use std::collections::BTreeMap;

const LOG_LINES: usize = 10;

/// What `infra plan` says: the writes of each step, what is not known before it runs, and how much it is altogether.
#[must_use]
pub fn plan(events: &[Event], style: &Style) -> String {
    let mut record = Record::default();
    let mut writes: BTreeMap<StepId, Vec<String>> = BTreeMap::new();
    for event in events {
        record.observe(event);
        match event {
            // An attempt starts from the beginning.
            Event::StepStarted { step, .. } => {
                writes.remove(step);
            }
            Event::StepEffect { step, kind, target, write: true, action: EffectAction::Planned, summary, .. } => {
                let line = write_line(kind, target, summary, style);
                writes.entry(*step).or_default().push(line);
            }
            _ => {}
        }
    }
    let changes: usize = writes.values().map(Vec::len).sum();
    let mut lines = Vec::new();
    let mut unchanged = Vec::new();
    let mut unforeseen = 0;
    for (step, of_step) in &record.steps {
        let mine = writes.get(step).map(Vec::as_slice).unwrap_or_default();
        let note = match &of_step.outcome {
            Some(Outcome::Succeeded { changed: true, .. }) if mine.is_empty() => {
                unforeseen += 1;
                Some((WARN, "changes something that is seen only when it runs".to_owned()))
            }
            Some(Outcome::Succeeded { .. } | Outcome::UpToDate { .. }) => None,
            Some(Outcome::Skipped { reason }) => Some((DIM, format!("skipped: {}", clean_text(reason)))),
            Some(Outcome::Unknown { because }) => {
                // One whose changes are known is counted among those.
                unforeseen += usize::from(mine.is_empty());
                Some((WARN, format!("known only when applied: {}", clean_text(because))))
            }
            Some(Outcome::NotRun { because }) => Some((DIM, format!("not planned: {}", clean_text(because)))),
            Some(Outcome::Failed { error }) => {
                if !mine.is_empty() {
                    lines.push(style.paint(BOLD, &of_step.name));
                    lines.extend(mine.iter().flat_map(|line| wrapped(line, style.columns())));
                }
                lines.extend(failure_lines(of_step, error, style, style.columns(), LOG_LINES));
                continue;
            }
            Some(Outcome::Cancelled) => Some((WARN, "interrupted".to_owned())),
            None => Some((DIM, "not planned".to_owned())),
        };
        if mine.is_empty() && note.is_none() {
            unchanged.push(of_step.name.as_str());
            continue;
        }
        let name = style.paint(BOLD, &of_step.name);
        lines.push(note.map_or_else(|| name.clone(), |(color, note)| format!("{name}  {}", style.paint(color, &note))));
        lines.extend(mine.iter().flat_map(|line| wrapped(line, style.columns())));
    }
    if !unchanged.is_empty() && (changes > 0 || !lines.is_empty()) {
        lines.push(style.paint(DIM, &unchanged_line(&unchanged, style)));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(verdict(&record, changes, writes.len(), unforeseen, style));
    lines.join("\n")
}

/// `No changes: doctor, images.` in one line.
fn unchanged_line(names: &[&str], style: &Style) -> String {
    let line = format!("No changes: {}.", names.join(", "));
    match style.columns() {
        Some(columns) if columns_of(&line) > columns => {
            let more = format!(" ({} in all)", names.len());
            format!("{}{more}", short_text(&line, columns.saturating_sub(columns_of(&more))))
        }
        _ => line,
    }
}

/// `  + docker.container.create infra-postgres (postgres:16)`.
fn write_line(kind: &str, target: &str, summary: &str, style: &Style) -> String {
    let (kind, target, summary) = (clean_text(kind), clean_text(target), clean_text(summary));
    let summary = summary.strip_prefix(&*kind).map_or(&*summary, str::trim_start);
    let what = if summary.is_empty() {
        target.into_owned()
    } else if summary.contains(&*target) {
        summary.to_owned()
    } else {
        format!("{target} ({summary})")
    };
    let (color, mark) = mark(&kind);
    format!("  {} {kind} {what}", style.paint(color, mark))
}

/// `-` takes something away, `~` runs something or changes what is there, `+` adds.
fn mark(kind: &str) -> (Ansi, &'static str) {
    match kind.rsplit('.').next().unwrap_or(kind) {
        "remove" | "delete" | "stop" | "kill" | "prune" | "disconnect" | "uninstall" => (BAD, "-"),
        "run" | "exec" | "write" | "update" | "patch" | "apply" | "restart" | "rollback" | "scale" | "tag" => (WARN, "~"),
        _ => (GOOD, "+"),
    }
}

fn verdict(record: &Record, changes: usize, tasks: usize, unforeseen: usize, style: &Style) -> String {
    let failed = record.count(|outcome| matches!(outcome, Outcome::Failed { .. }));
    let missing = record.count(|outcome| matches!(outcome, Outcome::NotRun { .. } | Outcome::Cancelled))
        + record.steps.values().filter(|step| step.outcome.is_none()).count();
    let mut rest = Vec::new();
    if unforeseen > 0 {
        rest.push(format!("{} known only when applied", count_of(unforeseen, "task")));
    }
    if failed > 0 {
        rest.push(format!("{} failed", count_of(failed, "task")));
    }
    if missing > 0 {
        rest.push(format!("{} not planned", count_of(missing, "task")));
    }
    if changes == 0 && rest.is_empty() {
        let text = match record.steps.len() {
            0 => "nothing to do.".to_owned(),
            1 => "1 task is up to date.".to_owned(),
            all => format!("all {all} tasks are up to date."),
        };
        return format!("{} {text}", style.paint(BOLD, "No changes:"));
    }
    let mut text = format!("{} in {}", count_of(changes, "change"), count_of(tasks, "task"));
    for part in rest {
        text.push_str("; ");
        text.push_str(&part);
    }
    format!("{} {text}.", style.paint(BOLD, "Plan:"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{effect, failed, finished, outcome, plan_started, started};
    use insta::assert_snapshot;

    #[test]
    fn a_plan_names_each_write_and_counts_them() {
        let events = [
            plan_started(&["doctor", "images", "services", "endpoints", "cluster", "clean", "late"]),
            finished(0, false),
            effect(1, "docker.image.pull", "postgres:16", true, EffectAction::Planned, "postgres:16"),
            effect(1, "docker.image.inspect", "postgres:16", false, EffectAction::Performed, "postgres:16"),
            finished(1, true),
            effect(2, "docker.container.create", "infra-postgres", true, EffectAction::Planned, "infra-postgres (postgres:16)"),
            effect(2, "docker.container.remove", "old\x1b[2J", true, EffectAction::Planned, ""),
            effect(2, "process.run", "mkdir", true, EffectAction::Planned, "process.run mkdir -p /data"),
            finished(2, true),
            outcome(3, Outcome::Skipped { reason: "`when` is false".into() }),
            outcome(4, Outcome::Unknown { because: "needs.services.port".into() }),
            outcome(5, failed("the daemon does not answer")),
            outcome(6, Outcome::NotRun { because: "clean failed".into() }),
        ];
        assert_snapshot!(plan(&events, &Style::default()), @"
        images
          + docker.image.pull postgres:16
        services
          + docker.container.create infra-postgres (postgres:16)
          - docker.container.remove old
          ~ process.run mkdir -p /data
        endpoints  skipped: `when` is false
        cluster  known only when applied: needs.services.port
        ✗ clean: the daemon does not answer
          hint: start the daemon
        late  not planned: clean failed
        No changes: doctor.

        Plan: 4 changes in 2 tasks; 1 task known only when applied; 1 task failed; 1 task not planned.
        ");
    }

    #[test]
    fn a_task_whose_changes_are_known_is_not_counted_as_unknown_too() {
        let events = [
            plan_started(&["script", "late"]),
            effect(0, "process.run", "sh", true, EffectAction::Planned, "sh -c x"),
            outcome(0, Outcome::Unknown { because: "sh is unknown until applied".into() }),
            outcome(1, Outcome::Unknown { because: "needs.script.port".into() }),
        ];
        let told = plan(&events, &Style::default());
        assert!(told.ends_with("Plan: 1 change in 1 task; 1 task known only when applied."), "{told}");
    }

    #[test]
    fn a_plan_without_writes_says_so() {
        let events = [plan_started(&["doctor", "images"]), finished(0, false), finished(1, false)];
        assert_eq!(plan(&events, &Style::default()), "No changes: all 2 tasks are up to date.");
        let events = [plan_started(&["doctor"]), finished(0, false)];
        assert_eq!(plan(&events, &Style::default()), "No changes: 1 task is up to date.");
        assert_eq!(plan(&[], &Style::default()), "No changes: nothing to do.");
    }

    #[test]
    fn writes_of_an_attempt_that_is_repeated_are_counted_once() {
        let pull = || effect(0, "docker.image.pull", "a", true, EffectAction::Planned, "a");
        let events = [plan_started(&["images"]), started(0, 1), pull(), started(0, 2), pull(), finished(0, true)];
        assert_eq!(plan(&events, &Style::default()), "images\n  + docker.image.pull a\n\nPlan: 1 change in 1 task.");
    }

    #[test]
    fn the_line_of_unchanged_tasks_fits() {
        let names: Vec<_> = (0..40).map(|number| format!("task-{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let line = unchanged_line(&names, &Style { width: Some(60), ..Style::default() });
        assert!(columns_of(&line) <= 60, "{line}");
        assert!(line.ends_with("… (40 in all)"), "{line}");
    }
}
