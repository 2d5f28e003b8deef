use crate::attempts::Attempts;
use crate::board::{Board, Next};
use crate::exit_rule::exit_code;
use crate::{Events, Executor, Interrupt, Interruption};
use infra_event::{ErrorCode, Event, ExitCode, Mode, Outcome, RunOutcome, StepId, TaskError, Timestamp};
use infra_plan::{EvaluateError, Plan, Step, Work};
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

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
                    self.abandon();
                    return interruption;
                }
            }
            self.start_what_can(interruption);
            if self.board.running() == 0 && self.board.waiting().is_empty() {
                return interruption;
            }
            tokio::select! {
                Some(ended) = self.running.join_next() => if let Ok((step, outcome)) = ended { self.ended(step, outcome) },
                Ok(()) = interruptions.changed() => {}
                else => return interruption,
            }
        }
    }

    fn start_what_can(&mut self, interruption: Interruption) {
        let plan = Arc::clone(&self.plan);
        loop {
            let stopping = match interruption {
                Interruption::None if self.failed && !self.options.keep_going => Some("another step failed"),
                Interruption::None => None,
                _ => Some("the run was interrupted"),
            };
            let mut moved = false;
            for id in self.board.waiting() {
                let Some(step) = plan.step(id) else { continue };
                match self.board.next(step, stopping) {
                    Next::Wait => {}
                    Next::End(outcome) => {
                        self.finish(step, outcome);
                        moved = true;
                    }
                    Next::Start if step.skip.is_some() || step.work == Work::Nothing => {
                        self.finish(step, without_work(step));
                        moved = true;
                    }
                    Next::Start if self.board.running() < self.options.jobs.max(1) => moved |= self.start(step),
                    Next::Start => {}
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// Whether the step has ended at once.
    fn start(&mut self, step: &Step) -> bool {
        let prepared = match step.prepare(&self.board) {
            Ok(prepared) => prepared,
            Err(EvaluateError::Unknown { origin }) => return self.not_known(step, &origin),
            Err(error) => {
                let error = TaskError::new(ErrorCode::INVALID, error.to_string())
                    .hint("`infra list --json` shows what tasks take; look at the output of the needed task");
                self.finish(step, Outcome::Failed { error });
                return true;
            }
        };
        if let Some(origin) = prepared.args.unknown() {
            let origin = origin.to_owned();
            return self.not_known(step, &origin);
        }
        self.board.start(step);
        let cancel = if step.finalizes.is_empty() { self.steps.child_token() } else { CancellationToken::new() };
        let attempts = Attempts {
            plan: Arc::clone(&self.plan),
            step: step.id,
            prepared: Arc::new(prepared),
            executor: Arc::clone(&self.executor),
            events: Arc::clone(&self.events),
            cancel,
        };
        self.running.spawn(attempts.run());
        false
    }

    fn not_known(&mut self, step: &Step, origin: &str) -> bool {
        self.finish(step, Outcome::Unknown { because: format!("`${{{origin}}}` is known only when its task has run") });
        true
    }

    /// Ends a step that never started.
    fn finish(&mut self, step: &Step, outcome: Outcome) {
        (self.events)(Event::StepFinished { step: step.id, at: Timestamp::now(), duration_ms: 0, outcome: outcome.clone() });
        self.ended(step.id, outcome);
    }

    fn ended(&mut self, id: StepId, outcome: Outcome) {
        match &outcome {
            Outcome::Failed { .. } => self.failed = true,
            Outcome::Succeeded { output, changed } => {
                self.changed |= changed;
                if let Some(step) = self.plan.step(id).filter(|step| step.requested) {
                    self.outputs.push((step.name.clone(), output.clone()));
                }
            }
            // What cannot be known before it is applied may change anything.
            Outcome::Unknown { .. } => self.changed = true,
            _ => {}
        }
        self.board.end(id, outcome);
    }

    /// The second interruption: what has not ended ends here.
    fn abandon(&mut self) {
        let plan = Arc::clone(&self.plan);
        for step in &plan.steps {
            if self.board.is_running(step.id) {
                self.finish(step, Outcome::Cancelled);
            } else if self.board.waiting().contains(&step.id) {
                self.finish(step, Outcome::NotRun { because: "the run was interrupted".to_owned() });
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

fn without_work(step: &Step) -> Outcome {
    match &step.skip {
        Some(reason) => Outcome::Skipped { reason: reason.clone() },
        None => Outcome::Succeeded { output: Json::Null, changed: false },
    }
}
