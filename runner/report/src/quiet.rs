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
        if let Event::RunFinished { duration_ms, outcome, .. } = event {
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
            let text: String = summary.lines().iter().skip_while(|line| line.is_empty()).map(|line| format!("{line}\n")).collect();
            let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        }
    }

    fn finish(&mut self) {
        let _ = self.out.flush();
    }
}
