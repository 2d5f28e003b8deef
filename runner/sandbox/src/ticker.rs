use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use wasmtime::EngineWeak;

/// How often a guest that does not call the host gives way.
const TICK: Duration = Duration::from_millis(20);
/// How many ticks without a guest pass before the ticker sleeps: between short guests, it must not be woken for each.
const LINGER: u32 = 5;

/// Advances the epoch of the engines while guests run; asleep otherwise.
#[derive(Debug)]
pub(crate) struct Ticker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    running: AtomicUsize,
    /// Whether the ticker sleeps, and must be woken.
    asleep: AtomicBool,
    stopped: Mutex<bool>,
    changed: Condvar,
}

/// While it lives, the epoch advances.
#[derive(Debug)]
pub(crate) struct Ticking(Arc<Shared>);

impl Ticker {
    pub(crate) fn new(engines: Vec<EngineWeak>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            running: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            stopped: Mutex::new(false),
            changed: Condvar::new(),
        });
        let ticker = Arc::clone(&shared);
        std::thread::Builder::new().name("epoch".to_owned()).spawn(move || ticker.tick(&engines))?;
        Ok(Self(shared))
    }

    pub(crate) fn start(&self) -> Ticking {
        // One order for both: either the ticker sees the guest before it sleeps, or this sees that it sleeps.
        self.0.running.fetch_add(1, Ordering::SeqCst);
        if self.0.asleep.load(Ordering::SeqCst) {
            let _stopped = self.0.stopped.lock().unwrap_or_else(PoisonError::into_inner);
            self.0.changed.notify_one();
        }
        Ticking(Arc::clone(&self.0))
    }
}

impl Shared {
    fn tick(&self, engines: &[EngineWeak]) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let mut idle = 0;
        while !*stopped {
            idle = if self.running.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
            if idle > LINGER {
                self.asleep.store(true, Ordering::SeqCst);
                let none = |stopped: &mut bool| !*stopped && self.running.load(Ordering::SeqCst) == 0;
                stopped = self.changed.wait_while(stopped, none).unwrap_or_else(PoisonError::into_inner);
                self.asleep.store(false, Ordering::SeqCst);
                idle = 0;
                continue;
            }
            (stopped, _) = self.changed.wait_timeout(stopped, TICK).unwrap_or_else(PoisonError::into_inner);
            engines.iter().filter_map(EngineWeak::upgrade).for_each(|engine| engine.increment_epoch());
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
