use crate::State;
use crate::bindings::infra::task::ui::{Host, HostProgress, Level, Unit};
use infra_event::{Event, LogStream};
use std::time::{Duration, Instant};
use wasmtime::component::Resource;

/// How often a progress line may move: more than this nobody sees.
const PAUSE: Duration = Duration::from_millis(50);

/// The longest label, in characters.
const LABEL: usize = 200;

/// A progress line.
#[derive(Debug)]
pub struct Progress {
    bar: u32,
    label: String,
    position: u64,
    total: Option<u64>,
    unit: infra_event::Unit,
    finished: bool,
    told: Instant,
}

impl Host for State {
    fn log(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.count()?;
        let stream = match level {
            Level::Debug => LogStream::Debug,
            Level::Info => LogStream::Info,
            Level::Warning => LogStream::Warning,
            Level::Error => LogStream::Error,
        };
        self.log.add(stream, &message);
        Ok(())
    }

    fn show(&mut self, text: String) -> wasmtime::Result<()> {
        self.count()?;
        self.log.add(LogStream::Shown, &text);
        Ok(())
    }
}

impl HostProgress for State {
    fn new(&mut self, label: String, total: Option<u64>, unit: Unit) -> wasmtime::Result<Resource<Progress>> {
        self.count()?;
        self.bars += 1;
        let unit = match unit {
            Unit::Items => infra_event::Unit::Items,
            Unit::Bytes => infra_event::Unit::Bytes,
        };
        let label = self.short(&label);
        let progress = Progress { bar: self.bars, label, position: 0, total, unit, finished: false, told: Instant::now() };
        self.tell(&progress);
        Ok(self.table.push(progress)?)
    }

    fn set_label(&mut self, progress: Resource<Progress>, label: String) -> wasmtime::Result<()> {
        let label = self.short(&label);
        self.change(&progress, |progress| progress.label = label)
    }

    fn set_total(&mut self, progress: Resource<Progress>, total: Option<u64>) -> wasmtime::Result<()> {
        self.change(&progress, |progress| progress.total = total)
    }

    fn set_position(&mut self, progress: Resource<Progress>, position: u64) -> wasmtime::Result<()> {
        self.change(&progress, |progress| progress.position = position)
    }

    fn finish(&mut self, progress: Resource<Progress>) -> wasmtime::Result<()> {
        self.change(&progress, |progress| progress.finished = true)
    }

    fn drop(&mut self, progress: Resource<Progress>) -> wasmtime::Result<()> {
        let mut progress = self.table.delete(progress)?;
        if !progress.finished {
            progress.finished = true;
            self.tell(&progress);
        }
        Ok(())
    }
}

impl State {
    fn change(&mut self, progress: &Resource<Progress>, change: impl FnOnce(&mut Progress)) -> wasmtime::Result<()> {
        self.count()?;
        let progress = self.table.get_mut(progress)?;
        if !progress.finished {
            change(progress);
            if progress.finished || progress.told.elapsed() >= PAUSE {
                progress.told = Instant::now();
                let event = event(&self.gate, progress);
                self.gate.emit(event);
            }
        }
        Ok(())
    }

    /// Masked before it is cut: a part of a secret is not found any more.
    fn short(&self, label: &str) -> String {
        self.gate.gate().masker().mask(label).chars().take(LABEL).collect()
    }

    fn tell(&self, progress: &Progress) {
        self.gate.emit(event(&self.gate, progress));
    }
}

fn event(gate: &infra_gate::StepGate, progress: &Progress) -> Event {
    Event::StepProgress {
        step: gate.step(),
        bar: progress.bar,
        label: gate.gate().masker().mask(&progress.label).into_owned(),
        position: progress.position,
        total: progress.total,
        unit: progress.unit,
        finished: progress.finished,
    }
}
