use super::run::{RunRequest, processors, started};
use super::{block_on, print};
use crate::Global;
use crate::error::{SessionError, end};
use crate::freshness::Freshness;
use crate::learning::Learning;
use crate::prepare::{Prepared, Purpose, prepare};
use crate::reporting::Reporting;
use crate::signals;
use crate::step_executor::{Parts, StepExecutor};
use crate::words::Words;
use infra_engine::{Events, Interrupt, Options, Summary};
use infra_event::{Event, ExitCode, Mode};
use infra_gate::{Gate, GateConfig, Masker};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// `infra plan`
#[derive(Clone, Debug, Default)]
pub struct PlanRequest {
    /// Tasks, and parameters as `NAME=VALUE`.
    pub words: Vec<String>,
    /// End with 2 where something would change.
    pub detailed_exitcode: bool,
    /// Write the events as JSON.
    pub json: bool,
}

impl From<RunRequest> for PlanRequest {
    fn from(request: RunRequest) -> Self {
        Self { words: request.words, detailed_exitcode: false, json: request.json }
    }
}

/// Shows what a run would do, without doing it.
#[must_use]
pub fn plan(global: &Global, request: &PlanRequest) -> ExitCode {
    end(global, block_on(plan_words(global, request)))
}

async fn plan_words(global: &Global, request: &PlanRequest) -> Result<ExitCode, SessionError> {
    let prepared = prepare(global, &Words::parse(&request.words), Purpose::Plan, None).await?;
    let planned = plan_prepared(global, &prepared, None).await?;
    if request.json {
        print(&serde_json::to_string_pretty(&planned.events).unwrap_or_default());
    } else {
        print(&infra_report::plan(&planned.events, &global.result_style()));
    }
    Ok(match planned.summary.exit_code {
        ExitCode::Done if request.detailed_exitcode && planned.summary.changed => ExitCode::Changes,
        code => code,
    })
}

/// What a plan has found.
pub(crate) struct Planned {
    /// All that happened in it.
    pub events: Vec<Event>,
    /// How it ended.
    pub summary: Summary,
}

/// Plans what is prepared; the rooms stay as they are, so that it may be run afterwards.
pub(crate) async fn plan_prepared(
    global: &Global,
    prepared: &Prepared,
    learning: Option<Arc<Learning>>,
) -> Result<Planned, SessionError> {
    let reporting = Reporting::start(global, &prepared.infrafile, vec![]);
    let seen: Arc<Mutex<Vec<Event>>> = Arc::default();
    let events: Events = {
        let (seen, report) = (Arc::clone(&seen), reporting.events(None));
        Arc::new(move |event: Event| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
            report(event);
        })
    };
    let config = GateConfig { mode: Mode::Plan, policy: prepared.policy.clone(), journal: None, masker: Masker::default() };
    events(started(prepared, Mode::Plan));
    let interrupt = Interrupt::default();
    signals::listen(interrupt.clone());
    let services = prepared.services(global)?;
    let freshness =
        Freshness::open(&prepared.infrafile, &prepared.plan, &prepared.host, &prepared.policy, &prepared.directories, false)?;
    let parts = Parts {
        run: prepared.run.clone(),
        plan: Arc::clone(&prepared.plan),
        components: prepared.components.clone(),
        host: prepared.host.clone(),
        gate: Gate::new(config),
        policy: prepared.policy.clone(),
        events: Arc::clone(&events),
        lender: reporting.lender(),
        services,
        freshness,
        before: HashMap::new(),
        learning,
    };
    let executor = Arc::new(StepExecutor(Arc::new(parts)));
    // What a step would make, later steps see: they go one after the other.
    let options = Options { mode: Mode::Plan, jobs: processors(), keep_going: true };
    let summary = infra_engine::run(Arc::clone(&prepared.plan), options, executor, events, &interrupt).await;
    reporting.finish();
    let events = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Planned { events, summary })
}
