use crate::{
    Report, Style,
    record::{KEPT_LINES, Record},
    summary::Summary,
};
use infra_event::Event;
use std::io::Write;

/// Only failures, at the end.
#[must_use]
pub fn quiet(out: Box<dyn Write + Send>, style: Style) -> Box<dyn Report> {
    Box::new(Quiet { out, style, record: Record::default() })
}

struct Quiet {
    out: Box<dyn Write + Send>,
    style: Style,
    record: Record,
}

impl Report for Quiet {
    fn event(&mut self, event: &Event) {
        self.record.observe(event);
        if let Event::RunFinished { duration_ms, outcome, .. } = event
            && self.record.shows(event, &self.style)
        {
            let summary = Summary {
                record: &self.record,
                style: &self.style,
                columns: self.style.columns(),
                outcome: *outcome,
                duration_ms: *duration_ms,
                log_lines: KEPT_LINES,
                log_shown: None,
                only_failures: true,
            };
            let text: String =
                summary.lines().iter().skip_while(|line| line.is_empty()).map(|line| format!("{line}\n")).collect();
            let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        }
    }

    fn finish(&mut self) {
        let _ = self.out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{failing_run, finished, plan_started, run_finished, run_started, shown, started};
    use infra_event::RunOutcome;
    use insta::assert_snapshot;

    #[test]
    fn only_failures_are_shown() {
        assert_snapshot!(shown(|out| quiet(out, Style::default()), &failing_run()), @"
        ✗ images: cannot pull postgres:16 from registry.example:5000
          no route to host
            registry is slow
            connect: refused
          hint: set IMAGES=debian
          backtrace:
            0: run
            1: main

        Failed: 1 of 4 tasks in 12.3s, 1 not run
        Resume with: infra resume 20261121-023653-1a2b3c
        ");
    }

    #[test]
    fn a_plan_is_silent() {
        let mut events = failing_run();
        events[0] = plan_started(&["doctor", "images"]);
        assert_eq!(shown(|out| quiet(out, Style::default()), &events), "");
    }

    #[test]
    fn success_is_silent() {
        let events = [run_started(&["hello"]), started(0, 1), finished(0, true), run_finished(RunOutcome::Succeeded)];
        assert_eq!(shown(|out| quiet(out, Style::default()), &events), "");
    }
}
