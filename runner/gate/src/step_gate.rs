use crate::gate::Gate;
use crate::reaper::Reaper;
use crate::{Decision, GateError, Permit, Simulated};
use infra_effect::{Durability, Effect, Grants, Key, Nature, ProcessGrant, Refusal, Simulation, Trace};
use infra_event::{EffectAction, EffectId, Event, Mode, StepId, Timestamp};
use infra_journal::{EffectRecord, EffectState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Where a step's events go.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// How long undoing may take in all.
const SETTLE: Duration = Duration::from_secs(30);

/// The gate of one attempt of one step.
pub struct StepGate {
    gate: Gate,
    step: StepId,
    grants: Arc<Grants>,
    events: EventSink,
    pub(crate) reaper: Reaper,
    writes: AtomicU64,
    unforeseen: AtomicBool,
    /// What is asked of the world, where somebody wants to know.
    trace: Option<Mutex<Trace>>,
}

impl StepGate {
    pub(crate) fn new(gate: Gate, step: StepId, grants: Arc<Grants>, events: EventSink) -> Self {
        Self {
            gate,
            step,
            grants,
            events,
            reaper: Reaper::default(),
            writes: AtomicU64::new(0),
            unforeseen: AtomicBool::new(false),
            trace: None,
        }
    }

    /// The same, which remembers what is asked of the world.
    pub(crate) fn traced(self) -> Self {
        Self { trace: Some(Mutex::default()), ..self }
    }

    /// Remembers what a result may depend on, where that is wanted.
    pub fn remember(&self, what: impl FnOnce(&mut Trace)) {
        if let Some(trace) = &self.trace {
            what(&mut trace.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// What was asked of the world until now.
    #[must_use]
    pub fn take_trace(&self) -> Trace {
        let mut all = Trace::default();
        self.remember(|trace| all = std::mem::take(trace));
        all
    }

    /// The run's gate.
    #[must_use]
    pub const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The grants of the Infrafile.
    #[must_use]
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Sends an event of this step.
    pub fn emit(&self, event: Event) {
        (self.events)(event);
    }

    /// The step.
    #[must_use]
    pub const fn step(&self) -> StepId {
        self.step
    }

    /// How many writes were performed, or in a plan would be.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// Whether the step, in a plan, has met something of which only the run shows what it does. What it may have written is not known.
    #[must_use]
    pub fn unforeseen(&self) -> bool {
        self.unforeseen.load(Ordering::Relaxed)
    }

    /// Asks both keys, without recording or performing anything: for effects that are part of another, as each file that a search finds.
    #[must_use]
    pub fn allows(&self, effect: &Effect) -> bool {
        self.keys(effect).is_ok()
    }

    /// Admits an effect, and records its intent: when this returns, a write's intent is as durable as the effect table says.
    ///
    /// # Errors
    /// When a key refuses it, or its intent cannot be recorded.
    pub async fn admit(self: &Arc<Self>, mut effect: Effect) -> Result<Decision, GateError> {
        let id = self.gate.next_effect();
        let grant = match self.keys(&effect).and_then(|()| self.process_grant(&effect)) {
            Ok(grant) => grant,
            Err(refusal) => {
                self.remember(|trace| trace.refused.push(effect.clone()));
                self.record(&effect, id, EffectState::Refused, Some(refusal.line.clone()));
                self.tell(&effect, id, EffectAction::Refused);
                return Err(refusal.into());
            }
        };
        if let (Effect::Process(process), Some(grant)) = (&mut effect, &grant) {
            process.unconfined = !grant.confine;
        }
        self.remember(|trace| trace.effects.push(effect.clone()));
        let row = effect.row();
        let pure = grant.as_ref().is_some_and(|grant| grant.pure && grant.confine);
        let plan = self.gate.mode() == Mode::Plan;
        if plan && row.nature == Nature::Write && !pure {
            self.writes.fetch_add(1, Ordering::Relaxed);
            self.unforeseen.fetch_or(row.simulation == Simulation::Unknown, Ordering::Relaxed);
            self.tell(&effect, id, EffectAction::Planned);
            return Ok(Decision::Simulate(Simulated { effect }));
        }
        let intended = row.nature == Nature::Write && !plan;
        if intended {
            self.record(&effect, id, EffectState::Intended, None);
        }
        // A step that is cancelled while its intent becomes durable drops the permit: the effect was never sent.
        let permit = Permit::new(Arc::clone(self), effect, id, grant, plan);
        if intended {
            self.commit(row.durability == Durability::Durable).await?;
            self.writes.fetch_add(u64::from(!pure), Ordering::Relaxed);
        }
        Ok(Decision::Perform(permit))
    }

    /// Undoes what was under way when the step was cancelled. The step ends after it.
    pub async fn settle(&self) {
        let waiting = self.reaper.take();
        let longest = waiting.iter().filter_map(|compensation| compensation.patience).fold(SETTLE, Duration::max);
        let deadline = tokio::time::Instant::now() + longest;
        for compensation in waiting {
            let undone = tokio::time::timeout_at(deadline, (compensation.undo)()).await;
            let (state, detail) = match undone {
                Ok(Ok(())) => (EffectState::Settled, None),
                Ok(Err(error)) => (EffectState::InDoubt, Some(error.message)),
                Err(_) => (EffectState::InDoubt, Some("undoing it took too long".to_owned())),
            };
            if let Some(journal) = &self.gate.0.config.journal {
                let detail = detail.map(|detail| self.gate.masker().mask(&detail).into_owned());
                journal.effect_end(compensation.effect, state, detail);
            }
        }
    }

    fn keys(&self, effect: &Effect) -> Result<(), Refusal> {
        self.grants.check(effect, Key::Infrafile)?;
        self.gate.0.config.policy.check(effect)
    }

    /// The first grant for a program that both keys hold.
    fn process_grant(&self, effect: &Effect) -> Result<Option<ProcessGrant>, Refusal> {
        let Effect::Process(process) = effect else { return Ok(None) };
        let policy = &self.gate.0.config.policy;
        let granted = self.grants.process_grants(process).find_map(|grant| policy.process(process, grant));
        if granted.is_some() {
            return Ok(granted);
        }
        // Each key allows the program by itself, so it is what the program could reach that the policy does not hold.
        let line = self.grants.process_grants(process).next().map(ProcessGrant::line).unwrap_or_default();
        let summary = format!("{} with what its grant lets it reach", effect.summary());
        Err(Refusal { kind: effect.kind(), summary, key: Key::Policy, line })
    }

    fn record(&self, effect: &Effect, id: EffectId, state: EffectState, detail: Option<String>) {
        let Some(journal) = &self.gate.0.config.journal else { return };
        let masker = self.gate.masker();
        let ended = (state != EffectState::Intended).then(Timestamp::now);
        journal.effect(EffectRecord {
            id,
            step: self.step,
            kind: effect.kind().name().to_owned(),
            target: masker.mask(&effect.target()).into_owned(),
            effect: masker.mask_json(serde_json::to_value(effect).unwrap_or_default()),
            state,
            started: Timestamp::now(),
            ended,
            detail: detail.map(|detail| masker.mask(&detail).into_owned()),
        });
    }

    async fn commit(&self, durable: bool) -> Result<(), GateError> {
        let Some(journal) = &self.gate.0.config.journal else { return Ok(()) };
        let (sender, receiver) = tokio::sync::oneshot::channel();
        journal.commit(durable, move |result| {
            let _ = sender.send(result);
        });
        match receiver.await {
            Ok(result) => Ok(result?),
            Err(_) => Err(infra_journal::JournalError::Write("its writer has ended".to_owned()).into()),
        }
    }

    pub(crate) fn ended(&self, effect: &Effect, id: EffectId, action: EffectAction, state: EffectState, detail: Option<String>) {
        let intended = effect.row().nature == Nature::Write && self.gate.mode() != Mode::Plan;
        if let Some(journal) = self.gate.0.config.journal.as_ref().filter(|_| intended) {
            let detail = detail.map(|detail| self.gate.masker().mask(&detail).into_owned());
            journal.effect_end(id, state, detail);
        } else {
            self.record(effect, id, state, detail);
        }
        self.tell(effect, id, action);
    }

    fn tell(&self, effect: &Effect, id: EffectId, action: EffectAction) {
        let masker = self.gate.masker();
        (self.events)(Event::StepEffect {
            step: self.step,
            effect: id,
            kind: effect.kind().name().to_owned(),
            target: masker.mask(&effect.target()).into_owned(),
            write: effect.row().nature == Nature::Write,
            action,
            summary: masker.mask(&effect.summary()).into_owned(),
        });
    }
}

impl std::fmt::Debug for StepGate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepGate").field("step", &self.step).finish_non_exhaustive()
    }
}
