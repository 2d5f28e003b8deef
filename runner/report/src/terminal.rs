use crate::{
    Report, Style,
    clean_text::clean_text,
    failure_text::log_tail_lines,
    live_lines::LiveLines,
    plain::{effect_text, log_text, notice_lines, plain, wait_text},
    progress_signal::ProgressSignal,
    record::{KEPT_LINES, Record},
    screen::{Screen, StandardError},
    step_line::step_line,
    style::{ACCENT, DIM, WARN},
    summary::Summary,
    wrapped::wrapped,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use infra_event::{Event, LogStream, Outcome, StepId};
use std::{
    fmt, io,
    io::IsTerminal as _,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

const DRAWS_PER_SECOND: u8 = 20;
const DRAW_EVERY: Duration = Duration::from_millis(50);
const TICK_EVERY: Duration = Duration::from_millis(100);
const REPEATED_LOG_LINES: usize = 10;

/// Live lines on the standard error; where that is no terminal, plain lines.
#[must_use]
pub fn terminal(style: Style) -> Box<dyn Report> {
    if io::stderr().is_terminal() {
        let mut terminal = Terminal::new(style, Screen::new(Arc::new(StandardError)));
        *lock(&terminal.display.signal) = ProgressSignal::detect();
        terminal.start_ticker();
        Box::new(terminal)
    } else {
        plain(style, Box::new(io::stderr()))
    }
}

/// The terminal report. indicatif clears, redraws and throttles; [`LiveLines`] says what is drawn.
pub(crate) struct Terminal {
    record: Record,
    style: Style,
    display: Arc<Display>,
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
    /// The failed step whose log scrolled up last.
    log_shown: Option<StepId>,
    finished: bool,
}

struct Display {
    live: Arc<Mutex<LiveLines>>,
    /// All live lines are one bar of several lines, so that they are cut to the terminal's size at each draw.
    bar: ProgressBar,
    screen: Screen,
    signal: Mutex<ProgressSignal>,
    /// When the last flush was. Held while lines scroll up, so that they stay in order.
    flushed: Mutex<Option<Instant>>,
}

impl Display {
    fn live(&self) -> MutexGuard<'_, LiveLines> {
        lock(&self.live)
    }

    /// Scrolls up what waits and draws the live lines.
    fn flush(&self) {
        let mut flushed = lock(&self.flushed);
        let scrolled = std::mem::take(&mut self.live().scrolled);
        if scrolled.is_empty() {
            self.bar.tick();
        } else {
            self.bar.println(scrolled.join("\n"));
        }
        let (percent, failed) = {
            let live = self.live();
            (live.estimate.percent(), live.failed)
        };
        if let Some(signal) = lock(&self.signal).show(percent, failed) {
            self.screen.signal(&signal);
        }
        *flushed = Some(Instant::now());
    }

    /// The terminal shows no progress any more.
    fn clear_signal(&self) {
        if let Some(signal) = lock(&self.signal).clear() {
            self.screen.signal(&signal);
        }
    }

    fn flush_if_due(&self) {
        let due = lock(&self.flushed).is_none_or(|last| last.elapsed() >= DRAW_EVERY);
        if due {
            self.flush();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Terminal {
    pub fn new(style: Style, screen: Screen) -> Self {
        let live = Arc::new(Mutex::new(LiveLines::new(style.clone())));
        let drawn = (Arc::clone(&live), screen.clone());
        let draw = move |_: &ProgressState, out: &mut dyn fmt::Write| {
            let (rows, columns) = drawn.1.size();
            let lines = lock(&drawn.0).lines(columns.into(), rows.into());
            let _ = out.write_str(&lines.join("\n"));
        };
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), DRAWS_PER_SECOND);
        let template = ProgressStyle::with_template("{live}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, target).with_style(template.with_key("live", draw));
        let display = Arc::new(Display { live, bar, screen, signal: Mutex::default(), flushed: Mutex::new(None) });
        Self { record: Record::default(), style, display, ticker: None, log_shown: None, finished: false }
    }

    /// Starts the thread that keeps the spinners and clocks moving.
    fn start_ticker(&mut self) {
        let display = Arc::clone(&self.display);
        let (sender, receiver) = channel::<()>();
        let run = move || {
            while receiver.recv_timeout(TICK_EVERY) == Err(RecvTimeoutError::Timeout) {
                display.flush();
            }
        };
        // Without the thread the lines move with each event only.
        if let Ok(handle) = std::thread::Builder::new().name("report".to_owned()).spawn(run) {
            self.ticker = Some((sender, handle));
        }
    }

    /// The lines that scroll up because of an event.
    fn scrolled(&mut self, event: &Event) -> Vec<String> {
        let columns = usize::from(self.display.screen.size().1).saturating_sub(1);
        match event {
            Event::RunStarted { .. } | Event::StepStarted { .. } | Event::StepProgress { .. } => Vec::new(),
            Event::Notice { level, text } => {
                notice_lines(*level, text, &self.style).iter().flat_map(|line| wrapped(line, Some(columns))).collect()
            }
            Event::StepLog { step, stream, text } => {
                let wanted = match stream {
                    LogStream::Warning | LogStream::Error | LogStream::Shown => true,
                    _ => self.style.verbose > 0,
                };
                let line = self.line(*step, &log_text(*stream, text, &self.style));
                match stream {
                    _ if !wanted => Vec::new(),
                    // What a program writes stays as it is: it may be a table.
                    LogStream::Stdout | LogStream::Stderr | LogStream::Shown => vec![line],
                    _ => wrapped(&line, Some(columns)),
                }
            }
            Event::StepEffect { step, kind, target, action, .. } if self.style.verbose >= 2 => {
                vec![self.line(*step, &self.style.paint(DIM, &effect_text(kind, target, *action)))]
            }
            Event::StepEffect { .. } => Vec::new(),
            Event::StepRetry { step, attempt, delay_ms, error } => {
                let failed = self.style.paint(WARN, &format!("failed (attempt {attempt})"));
                let (name, wait) = (self.record.name(*step), wait_text(*delay_ms));
                wrapped(&format!("{name} {failed}: {}; again in {wait}", clean_text(&error.message)), Some(columns))
            }
            // The summary names or counts them.
            Event::StepFinished { outcome: Outcome::NotRun { .. }, .. } => Vec::new(),
            Event::StepFinished { step, outcome, .. } => {
                let Some(record) = self.record.steps.get(step) else { return Vec::new() };
                let mut lines = vec![step_line(record, outcome, &self.style, Some(columns))];
                if self.style.verbose == 0 {
                    lines.extend(log_tail_lines(&record.log, &self.style, KEPT_LINES));
                }
                lines
            }
            Event::RunFinished { duration_ms, outcome, .. } => Summary {
                record: &self.record,
                style: &self.style,
                columns: Some(columns),
                outcome: *outcome,
                duration_ms: *duration_ms,
                log_lines: if self.style.verbose == 0 || self.record.steps.len() > 1 { REPEATED_LOG_LINES } else { 0 },
                log_shown: self.log_shown,
                only_failures: false,
            }
            .lines(),
        }
    }

    fn line(&self, step: StepId, text: &str) -> String {
        let name = self.style.paint(ACCENT, &format!("[{}]", self.record.name(step)));
        format!("{name} {text}")
    }
}

impl Report for Terminal {
    fn event(&mut self, event: &Event) {
        self.record.observe(event);
        let lines = if self.record.shows(event, &self.style) { self.scrolled(event) } else { Vec::new() };
        let mut live = self.display.live();
        live.observe(event, |step| self.record.name(step));
        if lines.is_empty() {
            drop(live);
            // Lines that are only kept wait for the next tick.
            if !matches!(event, Event::StepLog { .. }) {
                self.display.flush_if_due();
            }
            return;
        }
        live.scrolled.extend(lines);
        drop(live);
        self.log_shown = match event {
            Event::StepFinished { step, outcome: Outcome::Failed { .. }, .. } => Some(*step),
            _ => None,
        };
        if matches!(event, Event::RunFinished { .. }) { self.display.flush() } else { self.display.flush_if_due() }
    }

    fn finish(&mut self) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        if let Some((stop, ticker)) = self.ticker.take() {
            drop(stop);
            let _ = ticker.join();
        }
        self.display.flush();
        self.display.clear_signal();
        self.display.bar.finish_and_clear();
        self.display.screen.end_line();
    }

    fn suspend(&mut self, run: &mut dyn FnMut()) {
        self.display.flush();
        self.display.clear_signal();
        let screen = self.display.screen.clone();
        self.display.bar.suspend(|| {
            screen.end_line();
            run();
        });
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.finish();
    }
}

#[cfg(test)]
#[path = "terminal_tests.rs"]
mod tests;
