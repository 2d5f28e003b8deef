use crate::{
    Report, Style,
    clean_text::{clean_lines, clean_text},
    duration_text::duration_text,
    progress_text::progress_text,
    record::{Record, capped},
    step_line::up_to_date,
    style::{ACCENT, BAD, DIM, NAMES, WARN},
    summary::Summary,
};
use infra_event::{EffectAction, Event, LogStream, NoticeLevel, Outcome, StepId};
use std::{
    collections::HashMap,
    io::Write,
    time::{Duration, Instant},
};

/// A progress line is written this often at most.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);
const REPEATED_LOG_LINES: usize = 10;

/// Lines for pipes and continuous integration: nothing moves, every line names its task.
#[must_use]
pub fn plain(style: Style, out: Box<dyn Write + Send>) -> Box<dyn Report> {
    Box::new(Plain { out, style, record: Record::default(), bars: HashMap::new() })
}

struct Plain {
    out: Box<dyn Write + Send>,
    style: Style,
    record: Record,
    /// When each open progress line was last written.
    bars: HashMap<(StepId, u32), Instant>,
}

impl Report for Plain {
    fn event(&mut self, event: &Event) {
        self.record.observe(event);
        let lines = if self.record.shows(event, &self.style) { self.lines(event) } else { Vec::new() };
        if !lines.is_empty() {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            // A reader that has gone away is no reason to stop the run.
            let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        }
    }

    fn finish(&mut self) {
        let _ = self.out.flush();
    }
}

impl Plain {
    fn lines(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::RunStarted { .. } => Vec::new(),
            Event::Notice { level, text } => notice_lines(*level, text, &self.style),
            Event::StepStarted { step, attempt: 1, .. } => vec![self.line(*step, "started")],
            Event::StepStarted { step, attempt, .. } => vec![self.line(*step, &format!("started, attempt {attempt}"))],
            Event::StepLog { stream: LogStream::Debug, .. } if self.style.verbose == 0 => Vec::new(),
            Event::StepLog { step, stream, text } => vec![self.line(*step, &log_text(*stream, text, &self.style))],
            Event::StepProgress { step, bar, label, position, total, unit, finished } => {
                let now = Instant::now();
                let last = *self.bars.entry((*step, *bar)).or_insert(now);
                if *finished {
                    self.bars.remove(&(*step, *bar));
                } else if now.duration_since(last) < PROGRESS_EVERY {
                    return Vec::new();
                } else {
                    self.bars.insert((*step, *bar), now);
                }
                let text = format!("{} {}", capped(label), progress_text(*position, *total, *unit));
                vec![self.line(*step, text.trim_end())]
            }
            Event::StepEffect { step, kind, target, action, .. } if self.style.verbose >= 2 => {
                vec![self.line(*step, &self.style.paint(DIM, &effect_text(kind, target, *action)))]
            }
            Event::StepEffect { .. } => Vec::new(),
            Event::StepRetry { step, attempt, delay_ms, error } => {
                vec![self.line(
                    *step,
                    &format!("failed (attempt {attempt}): {}; again in {}", clean_text(&error.message), wait_text(*delay_ms)),
                )]
            }
            Event::StepFinished { step, duration_ms, outcome, .. } => {
                self.bars.retain(|(of, _), _| of != step);
                vec![self.line(*step, &self.outcome_text(outcome, *duration_ms))]
            }
            Event::RunFinished { duration_ms, outcome, .. } => Summary {
                record: &self.record,
                style: &self.style,
                columns: self.style.columns(),
                outcome: *outcome,
                duration_ms: *duration_ms,
                log_lines: if self.record.steps.len() > 1 { REPEATED_LOG_LINES } else { 0 },
                log_shown: None,
                only_failures: false,
            }
            .lines(),
        }
    }

    fn line(&self, step: StepId, text: &str) -> String {
        format!("{} {text}", self.style.paint(ACCENT, &format!("[{}]", self.record.name(step))))
    }

    fn outcome_text(&self, outcome: &Outcome, duration_ms: u64) -> String {
        let duration = duration_text(duration_ms);
        match outcome {
            Outcome::Succeeded { changed: true, .. } => format!("done in {duration} (changed)"),
            Outcome::Succeeded { changed: false, .. } => format!("done in {duration} (no changes)"),
            Outcome::UpToDate { restored, .. } => up_to_date(*restored).to_owned(),
            Outcome::Skipped { reason } => format!("skipped: {}", clean_text(reason)),
            // The plan itself tells why.
            Outcome::Failed { .. } if self.record.is_plan() => self.style.paint(BAD, "failed"),
            Outcome::Failed { error } => self.style.paint(BAD, &format!("failed in {duration}: {}", clean_text(&error.message))),
            Outcome::Cancelled => format!("cancelled after {duration}"),
            Outcome::NotRun { because } => format!("not run: {}", clean_text(because)),
            Outcome::Unknown { because } => format!("known only when applied: {}", clean_text(because)),
        }
    }
}

/// A log line, with its level where that is worth a word.
pub(crate) fn log_text(stream: LogStream, text: &str, style: &Style) -> String {
    let text = capped(text);
    match stream {
        LogStream::Warning => format!("{} {text}", style.paint(WARN, "warning:")),
        LogStream::Error => format!("{} {text}", style.paint(BAD, "error:")),
        LogStream::Debug => style.paint(DIM, &text),
        LogStream::Shown => shown_text(&text, style),
        LogStream::Info | LogStream::Stdout | LogStream::Stderr => text,
    }
}

/// Of `NAME | text` each name has a colour of its own, the same in every line.
fn shown_text(text: &str, style: &Style) -> String {
    let Some((name, rest)) = text.split_once(" | ") else { return text.to_owned() };
    let sum = name.trim_end().bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    format!("{} {rest}", style.paint(NAMES[sum % NAMES.len()], &format!("{name} |")))
}

/// An effect in one line: `docker.container.create infra-postgres (performed)`.
pub(crate) fn effect_text(kind: &str, target: &str, action: EffectAction) -> String {
    let action = match action {
        EffectAction::Performed => "performed",
        EffectAction::Failed => "failed",
        EffectAction::Planned => "planned",
        EffectAction::Refused => "refused",
        EffectAction::Cancelled => "cancelled",
    };
    format!("{} {} ({action})", clean_text(kind), clean_text(target))
}

/// A notice; its further lines are indented.
pub(crate) fn notice_lines(level: NoticeLevel, text: &str, style: &Style) -> Vec<String> {
    let (color, word) = match level {
        NoticeLevel::Info => (ACCENT, "note:"),
        NoticeLevel::Warning => (WARN, "warning:"),
    };
    let mut lines = clean_lines(text);
    let first = format!("{} {}", style.paint(color, word), lines.next().unwrap_or_default());
    std::iter::once(first).chain(lines.map(|line| format!("  {line}"))).collect()
}

/// How long a retry waits: `2 s`.
pub(crate) fn wait_text(delay_ms: u64) -> String {
    if delay_ms == 0 {
        "less than 1ms".to_owned()
    } else if delay_ms < 60_000 && delay_ms.is_multiple_of(1000) {
        format!("{} s", delay_ms / 1000)
    } else {
        duration_text(delay_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{failing_run, finished, plan_started, progress, run_finished, run_started, shown, started};
    use infra_event::RunOutcome;
    use insta::assert_snapshot;

    fn plain_text(style: Style, events: &[Event]) -> String {
        shown(|out| plain(style, out), events)
    }

    #[test]
    fn a_failing_run_in_plain_lines() {
        let style = Style { width: Some(60), ..Style::default() };
        assert_snapshot!(plain_text(style, &failing_run()), @"
        warning: Landlock is missing:
          programs are less confined
        [doctor] started
        [doctor] docker 20.10 red
        [doctor] done in 3.2s (no changes)
        [images] started
        [images] warning: registry is slow
        [images] failed (attempt 1): no route; again in 2 s
        [images] started, attempt 2
        [images] layer 1 3.4/3.4 MB
        [images] connect: refused
        [images] failed in 3.2s: cannot pull postgres:16 from registry.example:5000 no route to host
        [services-setup-with-a-very-long-name-indeed] skipped: `when` is false
        [endpoints] not run: images failed

        ✓ doctor                      done          3.2s  no changes
        ✗ images                      failed        3.2s
        - services-setup-with-a-ver…  skipped
        · endpoints                   not run

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
    fn a_run_of_one_step_has_no_table() {
        let events = [run_started(&["hello"]), started(0, 1), finished(0, true), run_finished(RunOutcome::Succeeded)];
        assert_snapshot!(plain_text(Style::default(), &events), @"
        [hello] started
        [hello] done in 3.2s (changed)
        Done: 1 task in 12.3s
        ");
    }

    #[test]
    fn progress_without_a_number_ends_with_its_label() {
        let healthy = progress(0, 1, "postgres: healthy", 0, None, true);
        let events = [run_started(&["services"]), started(0, 1), healthy, finished(0, true)];
        assert!(plain_text(Style::default(), &events).contains("[services] postgres: healthy\n"));
    }

    #[test]
    fn a_plan_shows_its_steps_only_when_asked() {
        let mut events = failing_run();
        events[0] = plan_started(&["doctor", "images", "services", "endpoints"]);
        assert_eq!(plain_text(Style::default(), &events), "warning: Landlock is missing:\n  programs are less confined\n");
        let verbose = plain_text(Style { verbose: 1, ..Style::default() }, &events);
        assert!(verbose.contains("[doctor] socket found\n") && verbose.contains("[images] failed\n"), "{verbose}");
        assert!(!verbose.contains("cannot pull"), "{verbose}");
    }

    #[test]
    fn verbose_shows_debug_lines() {
        let style = Style { verbose: 1, ..Style::default() };
        assert!(plain_text(style, &failing_run()).contains("[doctor] socket found\n"));
    }

    #[test]
    fn nothing_of_a_guest_reaches_the_terminal_as_control() {
        let text = plain_text(Style::default(), &failing_run());
        assert!(!text.chars().any(|char| char.is_control() && char != '\n'), "{text:?}");
    }

    #[test]
    fn colours_come_only_when_wanted() {
        let style = Style { color: true, ..Style::default() };
        assert!(plain_text(style, &failing_run()).contains("\u{1b}[31mfailed in 3.2s"));
    }

    #[test]
    fn waits_are_short() {
        assert_eq!([2_000, 1_500, 300, 90_000, 0].map(wait_text), ["2 s", "1.5s", "300ms", "1m 30s", "less than 1ms"]);
    }

    #[test]
    fn a_name_in_front_of_a_shown_line_is_coloured() {
        let style = Style { color: true, ..Style::default() };
        let painted = log_text(LogStream::Shown, "db  | a | b", &style);
        assert!(painted.starts_with("\u{1b}[") && painted.ends_with("m a | b"), "{painted:?}");
        let name = |text: &str| text.split(" |").next().unwrap_or_default().to_owned();
        assert_eq!(name(&painted), name(&log_text(LogStream::Shown, "db  | other", &style)));
        assert_eq!(log_text(LogStream::Shown, "db | \u{1b}[31mred", &Style::default()), "db | red");
        assert_eq!(log_text(LogStream::Info, "db | plain", &style), "db | plain");
    }
}
