//! A plan in a few words, and an executor that does what it is told and writes down what it saw.

use futures_util::future::BoxFuture;
use infra_engine::{Attempt, Events, Executor, Finished, Interrupt, Options, Summary, run};
use infra_event::{Event, Mode, Outcome, StepId, TaskError};
use infra_infrafile::{Location, Retries, Spanned};
use infra_plan::{Expression, Plan, Step, Work};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A step that needs these.
pub fn step(name: &str, needs: &[u32]) -> Step {
    let uses = Spanned { value: "fake".to_owned(), at: Location::default() };
    Step {
        needs: needs.iter().copied().map(StepId).collect(),
        work: Work::Component { uses, args: Expression::Literal(json!({})), program: None },
        ..Step::nothing(name)
    }
}

/// A finalizer of these.
pub fn finalizer(name: &str, finalizes: &[u32]) -> Step {
    Step { finalizes: finalizes.iter().copied().map(StepId).collect(), ..step(name, &[]) }
}

pub fn plan(steps: impl IntoIterator<Item = Step>) -> Arc<Plan> {
    let number = |(id, step): (usize, Step)| Step { id: StepId(u32::try_from(id).unwrap()), ..step };
    Arc::new(Plan { steps: steps.into_iter().enumerate().map(number).collect(), ..Plan::default() })
}

/// What an attempt does.
#[derive(Clone)]
pub enum Act {
    /// Succeeds after this long.
    Succeed(Duration),
    /// Fails at once with this error.
    Fail(TaskError),
    /// Fails when others have started.
    FailSoon(TaskError),
    /// Fails at once in as many attempts, then succeeds.
    FailFirst(u32, TaskError),
    /// Runs until it is cancelled.
    Hang,
    /// Runs for ever, whatever is said.
    Deaf,
    /// Holds up everything for so long, then runs for ever.
    Busy(Duration),
    /// Panics before it is a future.
    PanicAtOnce,
    /// Panics after it has started.
    PanicLater,
    /// Ends when its time is up, as the sandbox does.
    UntilTimeout,
}

/// Drops tell that nothing runs on.
struct Alive(Arc<Mutex<Seen>>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.lock().unwrap().alive -= 1;
    }
}

#[derive(Default)]
pub struct Seen {
    pub started: Vec<String>,
    pub ended: Vec<String>,
    pub together: usize,
    pub alive: usize,
    /// Pairs that ran at the same time.
    pub pairs: Vec<(String, String)>,
    running: Vec<String>,
    pub limits: Vec<Option<Duration>>,
    pub at: Vec<tokio::time::Instant>,
}

pub struct Stage {
    pub plan: Arc<Plan>,
    acts: HashMap<String, Act>,
    pub seen: Arc<Mutex<Seen>>,
    pub events: Arc<Mutex<Vec<Event>>>,
    pub options: Options,
    pub interrupt: Interrupt,
    /// Interrupts when this step starts, as often as said.
    interrupt_at: Option<(String, u32)>,
}

impl Stage {
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan,
            acts: HashMap::new(),
            seen: Arc::default(),
            events: Arc::default(),
            options: Options { mode: Mode::Run, jobs: 4, keep_going: false },
            interrupt: Interrupt::default(),
            interrupt_at: None,
        }
    }

    pub fn act(mut self, name: &str, act: Act) -> Self {
        self.acts.insert(name.to_owned(), act);
        self
    }

    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.jobs = jobs;
        self
    }

    pub fn keep_going(mut self) -> Self {
        self.options.keep_going = true;
        self
    }

    pub fn mode(mut self, mode: Mode) -> Self {
        self.options.mode = mode;
        self
    }

    pub fn interrupt_at(mut self, name: &str, times: u32) -> Self {
        self.interrupt_at = Some((name.to_owned(), times));
        self
    }

    pub async fn run(&self) -> Summary {
        let events: Events = {
            let all = Arc::clone(&self.events);
            Arc::new(move |event| all.lock().unwrap().push(event))
        };
        let executor = Fake {
            plan: Arc::clone(&self.plan),
            acts: self.acts.clone(),
            seen: Arc::clone(&self.seen),
            interrupt: self.interrupt.clone(),
            interrupt_at: self.interrupt_at.clone(),
        };
        let run = run(Arc::clone(&self.plan), self.options.clone(), Arc::new(executor), events, &self.interrupt);
        // Far more than anything here takes; with a paused clock it costs nothing.
        tokio::time::timeout(Duration::from_secs(1_000_000), run).await.expect("the run ends")
    }

    /// How each step ended, exactly once.
    pub fn outcomes(&self) -> HashMap<String, Outcome> {
        let mut outcomes = HashMap::new();
        for event in self.events.lock().unwrap().iter() {
            if let Event::StepFinished { step, outcome, .. } = event {
                let name = self.plan.step(*step).unwrap().name.clone();
                assert!(outcomes.insert(name.clone(), outcome.clone()).is_none(), "{name} ended twice");
            }
        }
        assert_eq!(outcomes.len(), self.plan.steps.len(), "every step ends");
        outcomes
    }

    /// One word for the end of each step, in the order of the plan.
    pub fn words(&self) -> String {
        let outcomes = self.outcomes();
        let word = |step: &Step| match &outcomes[&step.name] {
            Outcome::Succeeded { .. } => "done",
            Outcome::UpToDate { .. } => "up to date",
            Outcome::Skipped { .. } => "skipped",
            Outcome::Failed { .. } => "failed",
            Outcome::Cancelled => "cancelled",
            Outcome::NotRun { .. } => "not-run",
            Outcome::Unknown { .. } => "unknown",
        };
        self.plan.steps.iter().map(|step| format!("{}:{}", step.name, word(step))).collect::<Vec<_>>().join(" ")
    }

    pub fn started(&self) -> Vec<String> {
        self.seen.lock().unwrap().started.clone()
    }

    pub fn because(&self, name: &str) -> String {
        match &self.outcomes()[name] {
            Outcome::NotRun { because } => because.clone(),
            other => panic!("{name}: {other:?}"),
        }
    }
}

struct Fake {
    plan: Arc<Plan>,
    acts: HashMap<String, Act>,
    seen: Arc<Mutex<Seen>>,
    interrupt: Interrupt,
    interrupt_at: Option<(String, u32)>,
}

impl Executor for Fake {
    fn execute(&self, attempt: Attempt) -> BoxFuture<'static, Finished> {
        let name = self.plan.step(attempt.step).unwrap().name.clone();
        let act = self.acts.get(&name).cloned().unwrap_or(Act::Succeed(Duration::from_millis(10)));
        if let Act::PanicAtOnce = act {
            panic!("at once");
        }
        let (seen, interrupt) = (Arc::clone(&self.seen), self.interrupt.clone());
        let interrupt_times = self.interrupt_at.as_ref().filter(|(at, _)| *at == name).map_or(0, |(_, times)| *times);
        Box::pin(async move {
            {
                let mut seen = seen.lock().unwrap();
                seen.alive += 1;
                let pairs: Vec<_> = seen.running.iter().map(|other| (other.clone(), name.clone())).collect();
                seen.pairs.extend(pairs);
                seen.running.push(name.clone());
                seen.started.push(name.clone());
                seen.together = seen.together.max(seen.running.len());
                seen.limits.push(attempt.time_limit);
                seen.at.push(tokio::time::Instant::now());
            }
            let _alive = Alive(Arc::clone(&seen));
            for _ in 0..interrupt_times {
                interrupt.raise(false);
            }
            let result = act.perform(&attempt).await;
            let mut seen = seen.lock().unwrap();
            seen.running.retain(|running| *running != name);
            seen.ended.push(name);
            Finished::run(result.clone(), result.is_ok())
        })
    }
}

impl Act {
    async fn perform(self, attempt: &Attempt) -> Result<Json, TaskError> {
        let cancelled = || TaskError::new(infra_event::ErrorCode::CANCELLED, "cancelled");
        match self {
            Self::Succeed(time) => {
                tokio::time::sleep(time).await;
                Ok(json!({ "step": attempt.step.0 }))
            }
            Self::Fail(error) => Err(error),
            Self::FailSoon(error) => {
                tokio::task::yield_now().await;
                Err(error)
            }
            Self::FailFirst(times, error) if attempt.number <= times => Err(error),
            Self::FailFirst(..) => Ok(Json::Null),
            Self::Hang => {
                attempt.cancel.cancelled().await;
                Err(cancelled())
            }
            Self::Deaf => std::future::pending().await,
            Self::Busy(time) => {
                std::thread::sleep(time);
                std::future::pending().await
            }
            Self::PanicAtOnce => unreachable!("it has panicked"),
            Self::PanicLater => {
                tokio::task::yield_now().await;
                panic!("later")
            }
            Self::UntilTimeout => {
                tokio::time::sleep(attempt.time_limit.expect("a limit")).await;
                Err(TaskError::new(infra_event::ErrorCode::TIMEOUT, "out of time"))
            }
        }
    }
}

pub fn error(code: &str) -> TaskError {
    TaskError::new(code, "it went wrong")
}

pub fn retries(attempts: u32, backoff_ms: u64, limit_ms: u64) -> Retries {
    Retries { attempts, backoff: Duration::from_millis(backoff_ms), limit: Duration::from_millis(limit_ms) }
}
