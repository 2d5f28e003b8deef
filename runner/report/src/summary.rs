use crate::{
    Style,
    critical_path::{Span, critical_path},
    duration_text::duration_text,
    failure_text::failure_lines,
    record::{Record, StepRecord},
    short_text::{columns_of, count_of, padded, short_text},
    step_line::{sign, up_to_date},
    style::{ACCENT, BAD, BOLD, DIM, GOOD, WARN},
};
use infra_event::{Outcome, RunOutcome, StepId};
use std::collections::BTreeMap;

/// More steps than these that did not run are only counted.
const NOT_RUN_ROWS: usize = 3;
/// A run that took less, in milliseconds, needs no explanation.
const WORTH_A_PATH: u64 = 1_000;
const STATE_COLUMNS: usize = 9;
const DURATION_COLUMNS: usize = 7;

/// How a run ended, for people.
pub(crate) struct Summary<'a> {
    pub record: &'a Record,
    pub style: &'a Style,
    pub columns: Option<usize>,
    pub outcome: RunOutcome,
    pub duration_ms: u64,
    /// How many of its last log lines each failed step shows.
    pub log_lines: usize,
    /// The step whose log stands right above and need not be repeated.
    pub log_shown: Option<StepId>,
    /// Whether steps that did not fail appear.
    pub only_failures: bool,
}

impl Summary<'_> {
    /// The lines, without their ends.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.only_failures && self.record.steps.len() > 1 {
            lines.push(String::new());
            lines.extend(self.table());
        }
        for (step, record) in &self.record.steps {
            if let Some(Outcome::Failed { error }) = &record.outcome {
                let log_lines = if self.log_shown == Some(*step) { 0 } else { self.log_lines };
                lines.push(String::new());
                lines.extend(failure_lines(record, error, self.style, self.columns, log_lines));
            }
        }
        if self.outcome != RunOutcome::Succeeded || !self.only_failures {
            lines.push(String::new());
            lines.extend(self.critical().filter(|_| !self.only_failures));
            lines.push(self.verdict());
        }
        if let Some(command) = self.resume_command() {
            const LEAD: &str = "Resume with: ";
            let painted = self.style.paint(ACCENT, &command);
            // The command stays in one piece: a person copies it.
            if self.columns.is_some_and(|room| columns_of(LEAD) + columns_of(&command) > room) {
                lines.extend([LEAD.trim_end().to_owned(), painted]);
            } else {
                lines.push(format!("{LEAD}{painted}"));
            }
        }
        // One step needs no space between its line and the verdict.
        if self.record.steps.len() <= 1 && lines.len() == 2 {
            lines.remove(0);
        }
        lines
    }

    fn table(&self) -> Vec<String> {
        let fixed = 2 + 2 + STATE_COLUMNS + 2 + DURATION_COLUMNS + 2 + "no changes".len();
        let room = self.columns.map_or(usize::MAX, |columns| columns.saturating_sub(fixed).max(8));
        let width = self.record.steps.values().map(|record| columns_of(&record.name)).max().unwrap_or(0).min(room);
        let not_run = self.record.count(|outcome| matches!(outcome, Outcome::NotRun { .. }));
        let counted = not_run > NOT_RUN_ROWS;
        let mut lines: Vec<_> = self
            .record
            .steps
            .values()
            .filter(|record| !(counted && matches!(record.outcome, Some(Outcome::NotRun { .. }))))
            .map(|record| self.row(record, width))
            .collect();
        if counted {
            lines.push(self.style.paint(DIM, &format!("· {not_run} not run")));
        }
        lines.extend(self.whole(width));
        lines
    }

    /// The task that was asked for, where it only stands for others and not all of them are done.
    fn whole(&self, width: usize) -> Option<String> {
        let name = self.record.whole.as_ref().filter(|_| self.outcome != RunOutcome::Succeeded)?;
        let name = padded(&short_text(name, width.max(columns_of(name).min(self.columns.unwrap_or(usize::MAX) / 2))), width);
        Some(format!("{} {name}  {}", self.style.paint(DIM, "·"), self.style.paint(DIM, "not done")))
    }

    fn row(&self, record: &StepRecord, width: usize) -> String {
        let (mark, color, state) = record.outcome.as_ref().map_or(("·", DIM, "not run"), sign);
        let ran = matches!(record.outcome, Some(Outcome::Succeeded { .. } | Outcome::Failed { .. } | Outcome::Cancelled));
        let duration = if ran { duration_text(record.duration_ms) } else { String::new() };
        let changed = match &record.outcome {
            Some(Outcome::Succeeded { changed: true, .. }) => "changed".to_owned(),
            Some(Outcome::Succeeded { changed: false, .. }) => self.style.paint(DIM, "no changes"),
            Some(Outcome::UpToDate { restored, .. }) => self.style.paint(DIM, up_to_date(*restored)),
            _ => String::new(),
        };
        let name = padded(&short_text(&record.name, width), width);
        let state = self.style.paint(color, &padded(state, STATE_COLUMNS));
        let row = format!("{} {name}  {state}  {duration:>DURATION_COLUMNS$}  {changed}", self.style.paint(color, mark));
        row.trim_end().to_owned()
    }

    /// The steps that decided how long the run took, where that is not plain to see: others ran beside them.
    fn critical(&self) -> Option<String> {
        if self.duration_ms < WORTH_A_PATH {
            return None;
        }
        let span = |(id, record): (&StepId, &StepRecord)| {
            let started = u64::try_from(record.started?.0).ok()?;
            let ended = started.saturating_add(record.duration_ms);
            Some((*id, Span { needs: record.needs.clone(), started, ended }))
        };
        let spans: BTreeMap<StepId, Span> = self.record.steps.iter().filter_map(span).collect();
        let path = critical_path(&spans);
        if path.len() < 2 || path.len() == spans.len() {
            return None;
        }
        let took: u64 = path.iter().filter_map(|step| Some(self.record.steps.get(step)?.duration_ms)).sum();
        let names: Vec<String> = path.iter().map(|step| self.record.name(*step)).collect();
        let text = format!("Critical path, {}: {}", duration_text(took), names.join(" → "));
        let room = self.columns.unwrap_or(usize::MAX);
        Some(self.style.paint(DIM, &short_text(&text, room)))
    }

    fn verdict(&self) -> String {
        let record = self.record;
        let all = record.steps.len();
        let failed = record.count(|outcome| matches!(outcome, Outcome::Failed { .. }));
        let not_run = record.count(|outcome| matches!(outcome, Outcome::NotRun { .. }))
            + record.steps.values().filter(|step| step.outcome.is_none()).count();
        let duration = duration_text(self.duration_ms);
        let (color, word, mut text) = match self.outcome {
            RunOutcome::Succeeded => (GOOD, "Done:", format!("{} in {duration}", count_of(all, "task"))),
            RunOutcome::Failed => (BAD, "Failed:", format!("{failed} of {} in {duration}", count_of(all, "task"))),
            RunOutcome::Interrupted => {
                let done = record.count(Outcome::lets_others_start);
                (WARN, "Interrupted:", format!("{done} of {} done in {duration}", count_of(all, "task")))
            }
        };
        if self.outcome == RunOutcome::Interrupted && failed > 0 {
            text.push_str(&format!(", {failed} failed"));
        }
        let fresh = record.count(|outcome| matches!(outcome, Outcome::UpToDate { .. }));
        if fresh > 0 {
            text.push_str(&format!(", {fresh} up to date"));
        }
        if not_run > 0 {
            text.push_str(&format!(", {not_run} not run"));
        }
        format!("{} {text}", self.style.paint(color.effects(BOLD.get_effects()), word))
    }

    fn resume_command(&self) -> Option<String> {
        let performs = self.record.mode.is_some_and(|mode| mode.performs());
        let run = self.record.run.as_ref().filter(|_| performs && self.outcome != RunOutcome::Succeeded)?;
        Some(format!("infra resume {run}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use infra_event::Timestamp;

    fn lines(steps: &[(u32, &[u32], i64, u64)], columns: Option<usize>) -> Vec<String> {
        let mut record = Record::default();
        for (id, needs, started, duration_ms) in steps {
            let step = StepRecord {
                name: format!("s{id}"),
                needs: needs.iter().copied().map(StepId).collect(),
                started: Some(Timestamp(*started)),
                duration_ms: *duration_ms,
                outcome: Some(Outcome::Succeeded { output: serde_json::Value::Null, changed: true }),
                ..StepRecord::default()
            };
            record.steps.insert(StepId(*id), step);
        }
        let style = Style::default();
        let (outcome, duration_ms) = (RunOutcome::Succeeded, 1_005);
        let summary = Summary {
            record: &record,
            style: &style,
            columns,
            outcome,
            duration_ms,
            log_lines: 0,
            log_shown: None,
            only_failures: false,
        };
        summary.lines()
    }

    /// The last lines of a run of one failed step that was asked for as `asked`.
    fn failed(columns: usize, asked: Option<&str>) -> Vec<String> {
        let mut record = Record::default();
        let run = "20261121-023653-1a2b3c".parse().unwrap();
        record.observe(&crate::recorded::run_started(&["a", "b"]));
        (record.run, record.whole) = (Some(run), asked.map(str::to_owned));
        let error = infra_event::TaskError::new("failed", "no");
        record.observe(&crate::recorded::outcome(0, Outcome::Failed { error }));
        let (style, outcome) = (Style::default(), RunOutcome::Failed);
        let columns = Some(columns);
        Summary {
            record: &record,
            style: &style,
            columns,
            outcome,
            duration_ms: 5,
            log_lines: 0,
            log_shown: None,
            only_failures: false,
        }
        .lines()
    }

    #[test]
    fn the_command_that_resumes_stays_in_one_piece() {
        assert_eq!(failed(60, None).last().unwrap(), "Resume with: infra resume 20261121-023653-1a2b3c");
        assert_eq!(failed(40, None)[failed(40, None).len() - 2..], ["Resume with:", "infra resume 20261121-023653-1a2b3c"]);
    }

    #[test]
    fn a_task_that_only_stands_for_others_is_named_where_it_is_not_done() {
        let lines = failed(60, Some("everything"));
        assert!(lines.contains(&"· everything  not done".to_owned()), "{lines:?}");
        assert!(!failed(60, None).iter().any(|line| line.contains("not done")));
    }

    #[test]
    fn the_critical_path_is_told_where_others_ran_beside_it() {
        let beside = lines(&[(0, &[], 0, 5), (1, &[], 0, 900), (2, &[0, 1], 900, 100)], None);
        assert!(beside.contains(&"Critical path, 1.0s: s1 → s2".to_owned()), "{beside:?}");
        let narrow = lines(&[(0, &[], 0, 5), (1, &[], 0, 900), (2, &[0, 1], 900, 100)], Some(20));
        assert!(
            narrow.iter().all(|line| columns_of(line) <= 40) && narrow.iter().any(|line| line.starts_with("Critical path,")),
            "{narrow:?}"
        );
        for plain in [lines(&[(0, &[], 0, 5), (1, &[0], 5, 9)], None), lines(&[(0, &[], 0, 5), (1, &[], 0, 9)], None)] {
            assert!(!plain.iter().any(|line| line.contains("Critical")), "{plain:?}");
        }
    }
}
