use crate::{
    Style,
    duration_text::elapsed_text,
    estimate::Estimate,
    progress_text::{bar_text, progress_text},
    record::capped,
    short_text::{columns_of, short_text},
    style::{ACCENT, DIM},
};
use infra_event::{Event, Outcome, StepId, Unit};
use std::{collections::BTreeMap, time::Instant};

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const SPINNER_STEP_MS: u128 = 100;
/// Rows that the live lines leave free.
const FREE_ROWS: usize = 4;
const BAR_COLUMNS: usize = 20;
const MIN_BAR_COLUMNS: usize = 4;
/// Narrower lines do not say how long a task usually takes.
const WIDE_COLUMNS: usize = 50;

/// What runs now, and what waits to scroll up.
pub(crate) struct LiveLines {
    running: BTreeMap<StepId, Running>,
    pub scrolled: Vec<String>,
    style: Style,
    started: Instant,
    pub estimate: Estimate,
    /// Whether a step has failed.
    pub failed: bool,
}

struct Running {
    step: StepId,
    name: String,
    since: Instant,
    newest: String,
    bars: BTreeMap<u32, Bar>,
}

struct Bar {
    label: String,
    position: u64,
    total: Option<u64>,
    unit: Unit,
}

impl LiveLines {
    pub fn new(style: Style) -> Self {
        Self {
            running: BTreeMap::new(),
            scrolled: Vec::new(),
            style,
            started: Instant::now(),
            estimate: Estimate::default(),
            failed: false,
        }
    }

    /// Takes note of an event of a step called `name`.
    pub fn observe(&mut self, event: &Event, name: impl FnOnce(StepId) -> String) {
        self.estimate.observe(event);
        match event {
            Event::StepStarted { step, .. } => {
                let running = self.running.entry(*step).or_insert_with(|| Running {
                    step: *step,
                    name: name(*step),
                    since: Instant::now(),
                    newest: String::new(),
                    bars: BTreeMap::new(),
                });
                running.bars.clear();
            }
            Event::StepLog { step, text, .. } => {
                if let Some(running) = self.running.get_mut(step) {
                    let text = capped(text);
                    if !text.trim().is_empty() {
                        running.newest = text;
                    }
                }
            }
            Event::StepProgress { step, bar, label, position, total, unit, finished } => {
                if let Some(running) = self.running.get_mut(step) {
                    let label = capped(label);
                    if *finished {
                        running.bars.remove(bar);
                    } else {
                        running.bars.insert(*bar, Bar { label: label.clone(), position: *position, total: *total, unit: *unit });
                    }
                    running.newest = label;
                }
            }
            Event::StepRetry { step, attempt, .. } => {
                if let Some(running) = self.running.get_mut(step) {
                    running.newest = format!("waits for attempt {}", u64::from(*attempt) + 1);
                    running.bars.clear();
                }
            }
            Event::StepFinished { step, outcome, .. } => {
                self.failed |= matches!(outcome, Outcome::Failed { .. });
                self.running.remove(step);
            }
            Event::RunFinished { .. } => self.running.clear(),
            Event::RunStarted { .. } | Event::Notice { .. } | Event::StepEffect { .. } => {}
        }
    }

    /// The live lines for a terminal of this size. None of them wraps.
    pub fn lines(&self, columns: usize, rows: usize) -> Vec<String> {
        // The last column stays free: some terminals wrap as soon as it is written.
        let columns = columns.saturating_sub(1);
        let mut room = rows.saturating_sub(FREE_ROWS).max(1);
        let estimate = self.estimate.in_words().filter(|_| room > 1 && !self.running.is_empty());
        room -= usize::from(estimate.is_some());
        let spinner = SPINNER[(self.started.elapsed().as_millis() / SPINNER_STEP_MS % SPINNER.len() as u128) as usize];
        let wanted: usize = self.running.values().map(|running| 1 + running.bars.len()).sum();
        // Where not all fit, tasks come before bars, and the last line counts the rest.
        let (with_bars, tasks) = if wanted <= room {
            (true, self.running.len())
        } else if self.running.len() <= room {
            (false, self.running.len())
        } else {
            (false, room - 1)
        };
        let mut bars_room = room - tasks.min(room);
        let mut lines = Vec::with_capacity(room);
        for running in self.running.values().take(tasks) {
            let bars_shown = with_bars || bars_room > 1;
            let repeated = bars_shown && running.bars.values().any(|bar| bar.label == running.newest);
            let newest = if repeated { "" } else { &running.newest };
            lines.push(self.task_line(running, newest, spinner, columns));
            for bar in running.bars.values() {
                if with_bars || bars_room > 1 {
                    lines.push(self.bar_line(bar, spinner, columns));
                    bars_room = bars_room.saturating_sub(1);
                }
            }
        }
        let hidden = wanted - lines.len();
        if hidden > 0 && lines.len() < room {
            lines.push(self.style.paint(DIM, &short_text(&format!("… and {hidden} more"), columns)));
        }
        lines.extend(estimate.map(|text| self.style.paint(DIM, &short_text(&text, columns))));
        lines
    }

    fn task_line(&self, running: &Running, newest: &str, spinner: &str, columns: usize) -> String {
        let mut elapsed = elapsed_text(u64::try_from(running.since.elapsed().as_millis()).unwrap_or(u64::MAX));
        if let Some(usual) = self.estimate.usual(running.step).filter(|_| columns >= WIDE_COLUMNS) {
            elapsed = format!("{elapsed} of about {}", elapsed_text(usual));
        }
        let fixed = 2 + 2 + columns_of(&elapsed);
        let room = columns.saturating_sub(fixed);
        if room == 0 {
            return short_text(&running.name, columns).into_owned();
        }
        // The name keeps at least half of the line.
        let name_room = if newest.is_empty() { room } else { room.saturating_sub(columns_of(newest) + 2).max(room / 2) };
        let name = short_text(&running.name, name_room);
        let newest = short_text(newest, room.saturating_sub(columns_of(&name) + 2));
        let mut line = format!("{} {name}", self.style.paint(ACCENT, spinner));
        if !newest.is_empty() {
            line.push_str("  ");
            line.push_str(&self.style.paint(DIM, &newest));
        }
        line.push_str("  ");
        line.push_str(&elapsed);
        line
    }

    fn bar_line(&self, bar: &Bar, spinner: &str, columns: usize) -> String {
        let counts = progress_text(bar.position, bar.total, bar.unit);
        let Some(total) = bar.total else {
            let counts = if counts.is_empty() { counts } else { format!("  {counts}") };
            let room = columns.saturating_sub(4 + 2 + columns_of(&counts));
            let label = short_text(&bar.label, room);
            let line = format!("    {spinner} {label}{counts}");
            return if columns_of(&line) <= columns { line } else { short_text(&line, columns).into_owned() };
        };
        let room = columns.saturating_sub(4 + 1 + 1 + columns_of(&counts));
        let bar_columns = BAR_COLUMNS.min(room / 2);
        let label = short_text(&bar.label, room - bar_columns);
        if bar_columns < MIN_BAR_COLUMNS {
            return short_text(&format!("    {label} {counts}"), columns).into_owned();
        }
        let (full, empty) = bar_text(bar.position, total, bar_columns);
        format!("    {label} {}{} {counts}", self.style.paint(ACCENT, &full), self.style.paint(DIM, &empty))
    }
}
