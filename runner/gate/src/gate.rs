use crate::{EventSink, Masker, Overlay, Policy, StepGate};
use infra_effect::Grants;
use infra_event::{EffectId, Mode, StepId};
use infra_journal::JournalHandle;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a run's gate is made of.
#[derive(Debug)]
pub struct GateConfig {
    /// Whether effects are performed or simulated.
    pub mode: Mode,
    /// The second key.
    pub policy: Policy,
    /// Where effects are recorded; a plan records nothing.
    pub journal: Option<JournalHandle>,
    /// Takes secrets out of what is recorded.
    pub masker: Masker,
}

/// The gate of one run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gate(pub(crate) Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: GateConfig,
    pub(crate) overlay: Overlay,
    next: AtomicU64,
}

impl Gate {
    /// A gate.
    #[must_use]
    pub fn new(config: GateConfig) -> Self {
        Self(Arc::new(Shared { config, overlay: Overlay::default(), next: AtomicU64::new(1) }))
    }

    /// The same gate before its first effect, which gets this number.
    #[must_use]
    pub fn counting_from(self, first: EffectId) -> Self {
        self.0.next.store(first.0, Ordering::Relaxed);
        self
    }

    /// The gate of one attempt of a step, which has these grants.
    #[must_use]
    pub fn step(&self, step: StepId, grants: Arc<Grants>, events: EventSink) -> Arc<StepGate> {
        Arc::new(StepGate::new(self.clone(), step, grants, events))
    }

    /// The same, which remembers what the step asks of the world.
    #[must_use]
    pub fn traced_step(&self, step: StepId, grants: Arc<Grants>, events: EventSink) -> Arc<StepGate> {
        Arc::new(StepGate::new(self.clone(), step, grants, events).traced())
    }

    /// What the plan would make and remove.
    #[must_use]
    pub fn overlay(&self) -> &Overlay {
        &self.0.overlay
    }

    /// Takes secrets out.
    #[must_use]
    pub fn masker(&self) -> &Masker {
        &self.0.config.masker
    }

    /// Whether effects are performed or simulated.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.0.config.mode
    }

    pub(crate) fn next_effect(&self) -> EffectId {
        EffectId(self.0.next.fetch_add(1, Ordering::Relaxed))
    }
}
