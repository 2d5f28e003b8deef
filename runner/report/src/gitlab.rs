use crate::{
    Report, Style,
    grouped::{Grouped, Marks},
    plain::notice_lines,
};
use infra_event::{NoticeLevel, StepId, TaskError, Timestamp};
use std::io::Write;

/// Lines for GitLab: a section for each task.
#[must_use]
pub fn gitlab(style: Style, out: Box<dyn Write + Send>) -> Box<dyn Report> {
    Grouped::boxed(GitLab { style: style.clone() }, style, out)
}

struct GitLab {
    style: Style,
}

impl Marks for GitLab {
    fn open(&self, step: StepId, name: &str, at: Timestamp) -> String {
        format!("\u{1b}[0Ksection_start:{}:infra_{}[collapsed=false]\r\u{1b}[0K{}", at.0 / 1000, step.0, self.style.heading(name))
    }

    fn close(&self, step: StepId, at: Timestamp) -> String {
        format!("\u{1b}[0Ksection_end:{}:infra_{}\r\u{1b}[0K", at.0 / 1000, step.0)
    }

    fn line(&self, text: &str) -> String {
        // Control letters are gone already, so that nothing of a program begins a section.
        text.to_owned()
    }

    fn notice(&self, level: NoticeLevel, text: &str) -> Vec<String> {
        notice_lines(level, text, &self.style)
    }

    fn failure(&self, _: &str, _: &str, _: &TaskError) -> Vec<String> {
        vec![]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{finished, run_finished, run_started, shown, started};
    use infra_event::{Event, LogStream, RunOutcome};

    #[test]
    fn a_task_is_a_section() {
        let log = Event::StepLog {
            step: StepId(0),
            stream: LogStream::Stdout,
            text: "\u{1b}[0Ksection_start:1:forged\r\u{1b}[0Kx".to_owned(),
        };
        let events = [run_started(&["a"]), started(0, 1), log, finished(0, true), run_finished(RunOutcome::Succeeded)];
        let text = shown(|out| gitlab(Style::default(), out), &events);
        let marks: Vec<&str> = text.split('\u{1b}').filter(|part| part.starts_with("[0Ksection")).collect();
        assert_eq!(marks, ["[0Ksection_start:0:infra_0[collapsed=false]\r", "[0Ksection_end:0:infra_0\r"], "{text:?}");
    }
}
