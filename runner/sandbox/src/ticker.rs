use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use wasmtime::EngineWeak;

/// How often a guest that does not call the host gives way.
const TICK: Duration = Duration::from_millis(20);

/// Advances the epoch of the engines while guests run; asleep otherwise.
#[derive(Debug)]
pub(crate) struct Ticker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    running: AtomicUsize,
    stopped: Mutex<bool>,
    changed: Condvar,
}

/// While it lives, the epoch advances.
#[derive(Debug)]
pub(crate) struct Ticking(Arc<Shared>);

impl Ticker {
    pub(crate) fn new(engines: Vec<EngineWeak>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { running: AtomicUsize::new(0), stopped: Mutex::new(false), changed: Condvar::new() });
        let ticker = Arc::clone(&shared);
        std::thread::Builder::new().name("epoch".to_owned()).spawn(move || ticker.tick(&engines))?;
        Ok(Self(shared))
    }

    pub(crate) fn start(&self) -> Ticking {
        if self.0.running.fetch_add(1, Ordering::AcqRel) == 0 {
            let _stopped = self.0.stopped.lock().unwrap_or_else(PoisonError::into_inner);
            self.0.changed.notify_one();
        }
        Ticking(Arc::clone(&self.0))
    }
}

impl Shared {
    fn tick(&self, engines: &[EngineWeak]) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        while !*stopped {
            stopped = if self.running.load(Ordering::Acquire) == 0 {
                self.changed.wait(stopped).unwrap_or_else(PoisonError::into_inner)
            } else {
                let (guard, _) = self.changed.wait_timeout(stopped, TICK).unwrap_or_else(PoisonError::into_inner);
                engines.iter().filter_map(EngineWeak::upgrade).for_each(|engine| engine.increment_epoch());
                guard
            };
        }
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        *self.0.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}
