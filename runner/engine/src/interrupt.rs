use tokio::sync::watch;

/// How a run is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interruption {
    /// Nothing was said.
    None,
    /// Running steps are cancelled, nothing new starts, finalizers run. The exit code is that of the signal.
    Graceful {
        /// TERM rather than Ctrl-C.
        terminated: bool,
    },
    /// Everything is dropped where it stands.
    Forced,
}

/// Tells a run to stop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Sender<Interruption>);

impl Default for Interrupt {
    fn default() -> Self {
        Self(watch::Sender::new(Interruption::None))
    }
}

impl Interrupt {
    /// Stops gracefully at the first call, and by force at the next.
    pub fn raise(&self, terminated: bool) -> Interruption {
        self.0.send_modify(|now| {
            *now = if *now == Interruption::None { Interruption::Graceful { terminated } } else { Interruption::Forced };
        });
        *self.0.borrow()
    }

    /// What was said last.
    #[must_use]
    pub fn now(&self) -> Interruption {
        *self.0.borrow()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Interruption> {
        self.0.subscribe()
    }
}
