use infra_event::{Mode, Outcome, StepId};
use infra_plan::{Output, Outputs, Plan, Step};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// How far each step is.
pub(crate) struct Board {
    plan: Arc<Plan>,
    mode: Mode,
    states: Vec<State>,
    /// Steps that wait, by their place in the plan.
    waiting: BTreeSet<StepId>,
    locks: HashSet<String>,
    running: usize,
    /// An interactive step has the terminal for itself.
    terminal_taken: bool,
}

enum State {
    Waiting,
    Running,
    Ended(Outcome),
}

/// What a waiting step may do now.
pub(crate) enum Next {
    Wait,
    Start,
    End(Outcome),
}

impl Board {
    pub(crate) fn new(plan: Arc<Plan>, mode: Mode) -> Self {
        let states = plan.steps.iter().map(|_| State::Waiting).collect();
        let waiting = plan.steps.iter().map(|step| step.id).collect();
        Self { plan, mode, states, waiting, locks: HashSet::new(), running: 0, terminal_taken: false }
    }

    pub(crate) fn waiting(&self) -> Vec<StepId> {
        self.waiting.iter().copied().collect()
    }

    pub(crate) const fn running(&self) -> usize {
        self.running
    }

    pub(crate) fn is_running(&self, step: StepId) -> bool {
        matches!(self.states.get(step.0 as usize), Some(State::Running))
    }

    pub(crate) fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.states.iter().filter_map(|state| match state {
            State::Ended(outcome) => Some(outcome),
            _ => None,
        })
    }

    pub(crate) fn start(&mut self, step: &Step) {
        self.waiting.remove(&step.id);
        self.locks.extend(step.locks.iter().cloned());
        self.terminal_taken |= step.interactive;
        self.running += 1;
        self.set(step.id, State::Running);
    }

    pub(crate) fn end(&mut self, step: StepId, outcome: Outcome) {
        self.waiting.remove(&step);
        if let (Some(State::Running), Some(ended)) = (self.states.get(step.0 as usize), self.plan.step(step)) {
            self.running -= 1;
            for lock in &ended.locks {
                self.locks.remove(lock);
            }
            self.terminal_taken &= !ended.interactive;
        }
        self.set(step, State::Ended(outcome));
    }

    fn set(&mut self, step: StepId, state: State) {
        if let Some(slot) = self.states.get_mut(step.0 as usize) {
            *slot = state;
        }
    }

    fn outcome(&self, step: StepId) -> Option<&Outcome> {
        match self.states.get(step.0 as usize)? {
            State::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// `stopping` says why nothing new starts but finalizers.
    pub(crate) fn next(&self, step: &Step, stopping: Option<&str>) -> Next {
        let finalizer = !step.finalizes.is_empty();
        if finalizer {
            match self.followed(step) {
                Some(true) => {}
                Some(false) => return Next::End(Outcome::NotRun { because: "nothing that it follows was started".to_owned() }),
                None => return Next::Wait,
            }
        }
        let mut ready = true;
        for need in &step.needs {
            match self.outcome(*need) {
                None => ready = false,
                Some(outcome) if self.lets_start(outcome) => {}
                Some(outcome) => {
                    let name = self.plan.step(*need).map_or("a step", |step| step.name.as_str());
                    let because = match outcome {
                        Outcome::Failed { .. } => format!("{name} failed"),
                        Outcome::Cancelled => format!("{name} was cancelled"),
                        _ => format!("{name} was not run"),
                    };
                    return Next::End(Outcome::NotRun { because });
                }
            }
        }
        if let (Some(because), false) = (stopping, finalizer) {
            return Next::End(Outcome::NotRun { because: because.to_owned() });
        }
        let free = !step.locks.iter().any(|lock| self.locks.contains(lock)) || self.mode == Mode::Plan;
        let terminal = !self.terminal_taken && (!step.interactive || self.running == 0);
        if ready && free && terminal { Next::Start } else { Next::Wait }
    }

    /// Whether what a finalizer follows has ended, and any of it had started.
    fn followed(&self, step: &Step) -> Option<bool> {
        let mut started = false;
        for followed in &step.finalizes {
            started |= !matches!(self.outcome(*followed)?, Outcome::NotRun { .. } | Outcome::Skipped { .. });
        }
        Some(started)
    }

    fn lets_start(&self, outcome: &Outcome) -> bool {
        outcome.lets_others_start() || (self.mode == Mode::Plan && matches!(outcome, Outcome::Unknown { .. }))
    }
}

impl Outputs for Board {
    fn output(&self, step: StepId) -> Output {
        match self.outcome(step) {
            Some(Outcome::Succeeded { output, .. }) => Output::Known(output.clone()),
            Some(Outcome::Unknown { .. }) => Output::Unknown,
            _ => Output::None,
        }
    }
}
