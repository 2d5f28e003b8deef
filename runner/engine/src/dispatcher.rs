use crate::attempts::{Attempts, defect};
use crate::board::Board;
use crate::exit_rule::exit_code;
use crate::first_poll::{FirstPoll, Polled};
use crate::{Events, Executor, Interrupt, Interruption};
use infra_event::{ErrorCode, Event, ExitCode, Mode, Outcome, RunOutcome, StepId, TaskError, Timestamp};
use infra_plan::{EvaluateError, Plan, Step};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// How long what a forced end drops may take.
const DROPPED: Duration = Duration::from_secs(1);

/// How long steps are started, and those that end at once ended, before others have their turn.
const TURN: Duration = Duration::from_millis(1);

/// How a plan is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether effects are performed.
    pub mode: Mode,
    /// How many steps run at once; at least 1.
    pub jobs: usize,
    /// After a failure, go on with what does not depend on it.
    pub keep_going: bool,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// How.
    pub outcome: RunOutcome,
    /// The code that the process ends with.
    pub exit_code: ExitCode,
    /// The outputs of the steps that were named on the command line, by name.
    pub outputs: Vec<(String, Json)>,
    /// Whether any step changed anything; in a plan, whether it would.
    pub changed: bool,
}

/// Runs a plan to its end. The caller has sent [`Event::RunStarted`]; this sends everything after it.
pub async fn run(
    plan: Arc<Plan>,
    options: Options,
    executor: Arc<dyn Executor>,
    events: Events,
    interrupt: &Interrupt,
) -> Summary {
    let started = Instant::now();
    let mut dispatcher = Dispatcher {
        board: Board::new(Arc::clone(&plan), options.mode),
        plan,
        options,
        executor,
        events: Arc::clone(&events),
        running: JoinSet::new(),
        tasks: HashMap::new(),
        since: HashMap::new(),
        first_poll: FirstPoll::default(),
        steps: CancellationToken::new(),
        outputs: vec![],
        changed: false,
        failed: false,
    };
    let interruption = dispatcher.dispatch(interrupt).await;
    let summary = dispatcher.summary(interruption);
    events(Event::RunFinished {
        at: Timestamp::now(),
        duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        outcome: summary.outcome,
        exit_code: summary.exit_code.code(),
    });
    summary
}

struct Dispatcher {
    plan: Arc<Plan>,
    options: Options,
    executor: Arc<dyn Executor>,
    events: Events,
    board: Board,
    running: JoinSet<(StepId, Outcome)>,
    /// The steps of those that run.
    tasks: HashMap<Id, StepId>,
    /// Since when they run.
    since: HashMap<StepId, Instant>,
    first_poll: FirstPoll,
    /// Cancels every step but finalizers.
    steps: CancellationToken,
    outputs: Vec<(String, Json)>,
    changed: bool,
    failed: bool,
}

impl Dispatcher {
    async fn dispatch(&mut self, interrupt: &Interrupt) -> Interruption {
        let mut interruptions = interrupt.subscribe();
        loop {
            let interruption = *interruptions.borrow_and_update();
            match interruption {
                Interruption::None => {}
                Interruption::Graceful { .. } => self.steps.cancel(),
                Interruption::Forced => {
                    self.running.abort_all();
                    // What is dropped gets the time to drop; what does not yield is left behind.
                    let _ = tokio::time::timeout(DROPPED, self.drain()).await;
                    self.abandon();
                    return interruption;
                }
            }
            let more = self.start_what_can(interruption);
            if self.board.is_done() {
                return interruption;
            }
            if more {
                tokio::task::yield_now().await;
                while let Some(ended) = self.running.try_join_next_with_id() {
                    self.joined(ended);
                }
                continue;
            }
            tokio::select! {
                Some(ended) = self.running.join_next_with_id() => self.joined(ended),
                Ok(()) = interruptions.changed() => {}
                else => return interruption,
            }
        }
    }

    /// Starts what can start; whether there is more to start when others have had their turn.
    fn start_what_can(&mut self, interruption: Interruption) -> bool {
        let plan = Arc::clone(&self.plan);
        let begin = Instant::now();
        loop {
            match interruption {
                Interruption::None if self.failed && !self.options.keep_going => self.board.stop("another step failed"),
                Interruption::None => {}
                _ => self.board.stop("the run was interrupted"),
            }
            if let Some((id, outcome)) = self.board.next_ending() {
                self.finish(id, outcome);
            } else if self.board.running() >= self.options.jobs.max(1) {
                return false;
            } else if begin.elapsed() > TURN {
                return true;
            } else if let Some(step) = self.board.next_start().and_then(|id| plan.step(id)) {
                self.start(step);
            } else {
                return false;
            }
        }
    }

    fn joined(&mut self, ended: Result<(Id, (StepId, Outcome)), JoinError>) {
        match ended {
            Ok((id, (step, outcome))) => {
                self.tasks.remove(&id);
                self.ended(step, outcome);
            }
            Err(error) => {
                let Some(step) = self.tasks.remove(&error.id()) else { return };
                self.finish(step, Outcome::Failed { error: defect(&error.to_string()) });
            }
        }
    }

    fn start(&mut self, step: &Step) {
        let unknown = |origin: &str| Outcome::Unknown { because: format!("`${{{origin}}}` is known only when its task has run") };
        let prepared = match step.prepare(&self.board) {
            Ok(prepared) => prepared,
            Err(EvaluateError::Unknown { origin }) => return self.finish(step.id, unknown(&origin)),
            Err(error) => {
                let error = TaskError::new(ErrorCode::INVALID, error.to_string())
                    .hint("`infra list --json` shows what tasks take; look at the output of the needed task");
                return self.finish(step.id, Outcome::Failed { error });
            }
        };
        if let Some(outcome) = prepared.args.unknown().map(unknown) {
            return self.finish(step.id, outcome);
        }
        self.board.start(step);
        let cancel = if step.finalizes.is_empty() { self.steps.child_token() } else { CancellationToken::new() };
        let attempts = Attempts {
            plan: Arc::clone(&self.plan),
            mode: self.options.mode,
            step: step.id,
            prepared: Arc::new(prepared),
            executor: Arc::clone(&self.executor),
            events: Arc::clone(&self.events),
            cancel,
        };
        let begin = Instant::now();
        match self.first_poll.poll(attempts.run()) {
            Polled::Ended((id, outcome)) => self.ended(id, outcome),
            Polled::Panicked(error) => self.finish(step.id, Outcome::Failed { error }),
            Polled::Goes(attempts) => {
                let task = self.running.spawn(attempts);
                self.tasks.insert(task.id(), step.id);
                self.since.insert(step.id, begin);
            }
        }
    }

    /// Ends a step that has not told its end itself.
    fn finish(&mut self, step: StepId, outcome: Outcome) {
        let took = self.since.get(&step).map_or(Duration::ZERO, Instant::elapsed);
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        (self.events)(Event::StepFinished { step, at: Timestamp::now(), duration_ms, outcome: outcome.clone() });
        self.ended(step, outcome);
    }

    fn ended(&mut self, id: StepId, outcome: Outcome) {
        match &outcome {
            Outcome::Failed { error } => {
                self.failed = true;
                // A task that looks at something tells what it has found, also where that is bad.
                if let Some(result) = error.details.as_ref().and_then(|details| details.get("result")) {
                    self.keep(id, result);
                }
            }
            Outcome::Succeeded { output, changed } => {
                self.changed |= changed;
                self.keep(id, output);
            }
            Outcome::UpToDate { output, restored } => {
                self.changed |= restored;
                self.keep(id, output);
            }
            // What cannot be known before it is applied may change anything.
            Outcome::Unknown { .. } => self.changed = true,
            _ => {}
        }
        self.since.remove(&id);
        self.board.end(id, outcome);
    }

    /// Keeps the output of a step that was named on the command line.
    fn keep(&mut self, id: StepId, output: &Json) {
        if let Some(step) = self.plan.step(id).filter(|step| step.requested) {
            self.outputs.push((step.name.clone(), output.clone()));
        }
    }

    /// Waits for steps that were dropped. One that ended just before has told so.
    async fn drain(&mut self) {
        while let Some(ended) = self.running.join_next().await {
            if let Ok((step, outcome)) = ended {
                self.ended(step, outcome);
            }
        }
    }

    /// The second interruption: what has not ended ends here.
    fn abandon(&mut self) {
        let plan = Arc::clone(&self.plan);
        for step in &plan.steps {
            if self.board.is_running(step.id) {
                self.finish(step.id, Outcome::Cancelled);
            } else if !self.board.has_ended(step.id) {
                self.finish(step.id, Outcome::NotRun { because: "the run was interrupted".to_owned() });
            }
        }
    }

    fn summary(self, interruption: Interruption) -> Summary {
        let (outcome, exit_code) = match interruption {
            Interruption::Graceful { terminated: true } => (RunOutcome::Interrupted, ExitCode::Terminated),
            Interruption::Graceful { .. } | Interruption::Forced => (RunOutcome::Interrupted, ExitCode::Interrupted),
            Interruption::None if self.failed => (RunOutcome::Failed, exit_code(self.board.outcomes())),
            Interruption::None => (RunOutcome::Succeeded, ExitCode::Done),
        };
        Summary { outcome, exit_code, outputs: self.outputs, changed: self.changed }
    }
}
