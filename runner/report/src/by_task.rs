use crate::{
    Report, Style,
    clean_text::clean_text,
    plain::{effect_text, log_text, notice_lines, wait_text},
    progress_text::progress_text,
    record::{Record, capped},
    step_line::step_line,
    style::DIM,
    summary::Summary,
};
use infra_event::{Event, LogStream, Outcome, StepId};
use std::{collections::BTreeMap, io::Write};

/// The lines of a task stand together when it has ended, under the line that says how. Those of failures come last.
#[must_use]
pub fn by_task(style: Style, out: Box<dyn Write + Send>) -> Box<dyn Report> {
    Box::new(ByTask { out, style, record: Record::default(), lines: BTreeMap::new(), failures: vec![] })
}

struct ByTask {
    out: Box<dyn Write + Send>,
    style: Style,
    record: Record,
    /// Of tasks that run.
    lines: BTreeMap<StepId, Vec<String>>,
    failures: Vec<String>,
}

impl Report for ByTask {
    fn event(&mut self, event: &Event) {
        self.record.observe(event);
        if self.record.shows(event, &self.style) {
            self.tell(event);
        }
    }

    fn finish(&mut self) {
        let _ = self.out.flush();
    }
}

impl ByTask {
    fn tell(&mut self, event: &Event) {
        match event {
            Event::Notice { level, text } => {
                let lines = notice_lines(*level, text, &self.style);
                self.write(&lines);
            }
            Event::StepLog { stream: LogStream::Debug, .. } if self.style.verbose == 0 => {}
            Event::StepLog { step, stream, text } => self.keep(*step, log_text(*stream, text, &self.style)),
            Event::StepProgress { step, label, position, total, unit, finished: true, .. } => {
                let text = format!("{} {}", capped(label), progress_text(*position, *total, *unit));
                self.keep(*step, text.trim_end().to_owned());
            }
            Event::StepEffect { step, kind, target, action, .. } if self.style.verbose >= 2 => {
                self.keep(*step, self.style.paint(DIM, &effect_text(kind, target, *action)));
            }
            Event::StepRetry { step, attempt, delay_ms, error } => {
                let (why, wait) = (clean_text(&error.message), wait_text(*delay_ms));
                self.keep(*step, format!("attempt {attempt} failed: {why}; again in {wait}"));
            }
            Event::StepFinished { step, outcome, .. } => self.ended(*step, outcome),
            Event::RunFinished { duration_ms, outcome, .. } => {
                let mut lines = std::mem::take(&mut self.failures);
                let summary = Summary {
                    record: &self.record,
                    style: &self.style,
                    columns: self.style.columns(),
                    outcome: *outcome,
                    duration_ms: *duration_ms,
                    log_lines: 0,
                    log_shown: None,
                    only_failures: false,
                };
                lines.extend(summary.lines());
                self.write(&lines);
            }
            Event::RunStarted { .. } | Event::StepStarted { .. } | Event::StepProgress { .. } | Event::StepEffect { .. } => {}
        }
    }

    fn keep(&mut self, step: StepId, line: String) {
        self.lines.entry(step).or_default().push(line);
    }

    fn ended(&mut self, step: StepId, outcome: &Outcome) {
        let own = self.lines.remove(&step).unwrap_or_default();
        // The summary names or counts what did not run.
        let Some(record) = self.record.steps.get(&step).filter(|_| !matches!(outcome, Outcome::NotRun { .. })) else { return };
        let mut lines = vec![step_line(record, outcome, &self.style, self.style.columns())];
        lines.extend(own.into_iter().map(|line| format!("  {line}")));
        if matches!(outcome, Outcome::Failed { .. }) {
            self.failures.extend(lines);
        } else {
            self.write(&lines);
        }
    }

    fn write(&mut self, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        // A reader that has gone away is no reason to stop the run.
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{failed, finished, log, outcome, run_finished, run_started, shown, started};
    use infra_event::RunOutcome;
    use insta::assert_snapshot;

    #[test]
    fn lines_stand_together_and_failures_come_last() {
        let events = [
            run_started(&["one", "two", "three", "four"]),
            started(0, 1),
            started(1, 1),
            log(0, LogStream::Stdout, "one a"),
            log(1, LogStream::Stderr, "two a"),
            log(0, LogStream::Stdout, "one \u{1b}[31mb"),
            outcome(1, failed("port is taken")),
            started(2, 1),
            log(2, LogStream::Info, "three a"),
            finished(2, true),
            log(0, LogStream::Debug, "not seen"),
            finished(0, false),
            run_finished(RunOutcome::Failed),
        ];
        assert_snapshot!(shown(|out| by_task(Style::default(), out), &events), @"
        ✓ three  3.2s
          three a
        ✓ one  3.2s  no changes
          one a
          one b
        ✗ two  3.2s  port is taken
          two a

        ✓ one    done          3.2s  no changes
        ✗ two    failed        3.2s
        ✓ three  done          3.2s  changed
        · four   not run

        ✗ two: port is taken
          hint: start the daemon

        Failed: 1 of 4 tasks in 12.3s, 1 not run
        Resume with: infra resume 20261121-023653-1a2b3c
        ");
    }
}
