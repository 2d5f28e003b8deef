use crate::lock_queue::LockQueue;
use infra_event::{Mode, Outcome, StepId};
use infra_plan::{Output, Outputs, Plan, Step, Work};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// How far each step is. Every step and every edge is looked at a bounded number of times, however large the plan is.
pub(crate) struct Board {
    plan: Arc<Plan>,
    mode: Mode,
    states: Vec<State>,
    /// How many of the steps that it needs or follows have not ended, for each step.
    open: Vec<usize>,
    /// The steps that need or follow it, for each step.
    dependents: Vec<Vec<StepId>>,
    /// Steps that may start.
    ready: BTreeSet<StepId>,
    /// Steps that may start when nothing else runs: they get the terminal.
    interactive: BTreeSet<StepId>,
    /// Steps that end without anything to do, with how.
    ending: VecDeque<(StepId, Outcome)>,
    locks: LockQueue,
    running: usize,
    unended: usize,
    /// An interactive step has the terminal for itself.
    terminal_taken: bool,
    stopped: bool,
}

enum State {
    /// For others, for a lock, or for its turn.
    Waiting,
    /// It is known how it ends, and not told yet.
    Ending,
    Running,
    Ended(Outcome),
}

impl Board {
    pub(crate) fn new(plan: Arc<Plan>, mode: Mode) -> Self {
        let count = plan.steps.len();
        let (mut open, mut dependents) = (vec![0; count], vec![vec![]; count]);
        for step in &plan.steps {
            for before in step.needs.iter().chain(&step.finalizes) {
                if let (Some(open), Some(dependents)) = (open.get_mut(step.id.index()), dependents.get_mut(before.index())) {
                    *open += 1;
                    dependents.push(step.id);
                }
            }
        }
        let mut board = Self {
            mode,
            states: plan.steps.iter().map(|_| State::Waiting).collect(),
            open,
            dependents,
            ready: BTreeSet::new(),
            interactive: BTreeSet::new(),
            ending: VecDeque::new(),
            locks: LockQueue::default(),
            running: 0,
            unended: count,
            terminal_taken: false,
            stopped: false,
            plan: Arc::clone(&plan),
        };
        for step in &plan.steps {
            if board.open.get(step.id.index()) == Some(&0) {
                board.judge(step);
            }
        }
        board
    }

    pub(crate) const fn running(&self) -> usize {
        self.running
    }

    pub(crate) const fn is_done(&self) -> bool {
        self.unended == 0
    }

    pub(crate) fn is_running(&self, step: StepId) -> bool {
        matches!(self.states.get(step.index()), Some(State::Running))
    }

    pub(crate) fn has_ended(&self, step: StepId) -> bool {
        matches!(self.states.get(step.index()), Some(State::Ended(_)))
    }

    pub(crate) fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.states.iter().filter_map(|state| match state {
            State::Ended(outcome) => Some(outcome),
            _ => None,
        })
    }

    /// From now on nothing new starts but finalizers.
    pub(crate) fn stop(&mut self, because: &str) {
        if std::mem::replace(&mut self.stopped, true) {
            return;
        }
        let plan = Arc::clone(&self.plan);
        let waiting = |state: Option<&State>| matches!(state, Some(State::Waiting));
        for step in plan.steps.iter().filter(|step| step.finalizes.is_empty()) {
            if waiting(self.states.get(step.id.index())) {
                self.end_soon(step.id, Outcome::NotRun { because: because.to_owned() });
            }
        }
        // Those that would have let a finalizer have its lock do not start any more.
        for step in self.locks.wake_all() {
            self.queue(step);
        }
    }

    /// A step that ends without running, and how.
    pub(crate) fn next_ending(&mut self) -> Option<(StepId, Outcome)> {
        self.ending.pop_front()
    }

    /// A step that may start now. It is out of the queue: it must be started or ended.
    pub(crate) fn next_start(&mut self) -> Option<StepId> {
        if self.terminal_taken {
            return None;
        }
        loop {
            let alone = self.interactive.first().copied().filter(|_| self.running == 0);
            let next = match (self.ready.first().copied(), alone) {
                (Some(ready), Some(alone)) => Some(ready.min(alone)),
                (ready, alone) => ready.or(alone),
            };
            let step = next?;
            self.ready.remove(&step);
            self.interactive.remove(&step);
            if self.mode == Mode::Plan {
                return Some(step);
            }
            let plan = Arc::clone(&self.plan);
            let locks = plan.step(step).map_or(&[][..], |step| &step.locks);
            match self.locks.wait(step, locks) {
                None => return Some(step),
                Some(woken) => woken.into_iter().for_each(|step| self.queue(step)),
            }
        }
    }

    pub(crate) fn start(&mut self, step: &Step) {
        if self.mode != Mode::Plan {
            self.locks.take(&step.locks);
        }
        self.terminal_taken |= step.interactive;
        self.running += 1;
        self.set(step.id, State::Running);
    }

    pub(crate) fn end(&mut self, id: StepId, outcome: Outcome) {
        if self.has_ended(id) {
            return;
        }
        let plan = Arc::clone(&self.plan);
        let Some(step) = plan.step(id) else { return };
        let held = self.is_running(id);
        if held {
            self.running -= 1;
            self.terminal_taken &= !step.interactive;
        }
        for next in self.locks.release(&step.locks, held) {
            self.queue(next);
        }
        let passes = self.lets_start(&outcome);
        self.unended -= 1;
        self.set(id, State::Ended(outcome));
        let dependents = self.dependents.get_mut(id.index()).map(std::mem::take).unwrap_or_default();
        for dependent in dependents.into_iter().filter_map(|dependent| plan.step(dependent)) {
            let Some(open) = self.open.get_mut(dependent.id.index()) else { continue };
            *open -= 1;
            if *open == 0 || (!passes && dependent.finalizes.is_empty()) {
                self.judge(dependent);
            }
        }
    }

    /// What becomes of a step whose needs have all ended, or one of whose needs did not succeed.
    fn judge(&mut self, step: &Step) {
        if !matches!(self.states.get(step.id.index()), Some(State::Waiting)) {
            return;
        }
        let unmet = step.needs.iter().find_map(|need| Some((need, self.outcome(*need)?)).filter(|(_, it)| !self.lets_start(it)));
        if !step.finalizes.is_empty() && !self.followed_started(step) {
            self.end_soon(step.id, Outcome::NotRun { because: "nothing that it follows was started".to_owned() });
        } else if let Some((need, outcome)) = unmet {
            let name = self.plan.step(*need).map_or("a step", |step| step.name.as_str());
            let because = match outcome {
                Outcome::Failed { .. } => format!("{name} failed"),
                Outcome::Cancelled => format!("{name} was cancelled"),
                _ => format!("{name} was not run"),
            };
            self.end_soon(step.id, Outcome::NotRun { because });
        } else if let Some(reason) = &step.skip {
            self.end_soon(step.id, Outcome::Skipped { reason: reason.clone() });
        } else if step.work == Work::Nothing {
            self.end_soon(step.id, Outcome::Succeeded { output: serde_json::Value::Null, changed: false });
        } else {
            self.queue(step.id);
        }
    }

    fn queue(&mut self, id: StepId) {
        if matches!(self.states.get(id.index()), Some(State::Waiting)) {
            let interactive = self.plan.step(id).is_some_and(|step| step.interactive);
            if interactive {
                self.interactive.insert(id)
            } else {
                self.ready.insert(id)
            };
        }
    }

    fn end_soon(&mut self, step: StepId, outcome: Outcome) {
        self.ready.remove(&step);
        self.interactive.remove(&step);
        self.set(step, State::Ending);
        self.ending.push_back((step, outcome));
    }

    fn set(&mut self, step: StepId, state: State) {
        if let Some(slot) = self.states.get_mut(step.index()) {
            *slot = state;
        }
    }

    fn outcome(&self, step: StepId) -> Option<&Outcome> {
        match self.states.get(step.index())? {
            State::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Whether any of what a finalizer follows had started.
    fn followed_started(&self, step: &Step) -> bool {
        let started = |outcome: &Outcome| !matches!(outcome, Outcome::NotRun { .. } | Outcome::Skipped { .. });
        step.finalizes.iter().any(|followed| self.outcome(*followed).is_some_and(started))
    }

    fn lets_start(&self, outcome: &Outcome) -> bool {
        outcome.lets_others_start() || (self.mode == Mode::Plan && matches!(outcome, Outcome::Unknown { .. }))
    }
}

impl Outputs for Board {
    fn output(&self, step: StepId) -> Output {
        match self.outcome(step) {
            Some(Outcome::Succeeded { output, .. } | Outcome::UpToDate { output, .. }) => Output::Known(output.clone()),
            Some(Outcome::Unknown { .. }) => Output::Unknown,
            _ => Output::None,
        }
    }
}
