use super::{block_on, print};
use crate::Global;
use crate::ask_secret::asker;
use crate::confirm::confirm;
use crate::error::{SessionError, end};
use crate::freshness::Freshness;
use crate::global::Ci;
use crate::learning::Learning;
use crate::locks::{Locks, Wanted};
use crate::plan_first;
use crate::prepare::{Prepared, Purpose, prepare};
use crate::protect;
use crate::report_files::ReportFiles;
use crate::reporting::Reporting;
use crate::revision::revision;
use crate::signals;
use crate::status;
use crate::step_executor::{Parts, StepExecutor};
use crate::usual;
use crate::words::Words;
use infra_engine::{Interrupt, Options, Summary};
use infra_event::{Event, ExitCode, Mode, NoticeLevel, Outcome, RunAbout, Timestamp};
use infra_gate::{Gate, GateConfig, Masker};
use infra_infrafile::Infrafile;
use infra_journal::{Journal, JournalError, JournalHandle};
use infra_plan::{Plan, Work};
use infra_report::Report;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// `infra run`
#[derive(Clone, Debug, Default)]
pub struct RunRequest {
    /// Tasks, and parameters as `NAME=VALUE`.
    pub words: Vec<String>,
    /// How many steps run at once.
    pub jobs: Option<usize>,
    /// Go on with what does not depend on a failure.
    pub keep_going: bool,
    /// Run what is up to date as well.
    pub force: bool,
    /// Answer every confirmation.
    pub yes: bool,
    /// Show the plan and ask before anything runs.
    pub plan_first: bool,
    /// Wait for locks that other runs hold.
    pub wait: bool,
    /// Write the results as JSON.
    pub json: bool,
    /// Write a JUnit file.
    pub junit: Option<PathBuf>,
    /// Write a trace for Perfetto.
    pub trace: Option<PathBuf>,
}

/// Runs tasks.
#[must_use]
pub fn run(global: &Global, request: &RunRequest) -> ExitCode {
    end(global, block_on(run_words(global, request, Mode::Run, HashMap::new())))
}

/// Runs the words of a request; for a resumed run, knowing how steps ended before.
pub(crate) async fn run_words(
    global: &Global,
    request: &RunRequest,
    mode: Mode,
    before: HashMap<String, Outcome>,
) -> Result<ExitCode, SessionError> {
    let words = Words::parse(&request.words);
    if request.plan_first {
        plan_first::may_ask(request.yes)?;
    }
    let prepared = prepare(global, &words, Purpose::Run, None).await?;
    run_prepared(global, request, mode, before, prepared, None).await
}

/// Runs what is prepared.
pub(crate) async fn run_prepared(
    global: &Global,
    request: &RunRequest,
    mode: Mode,
    before: HashMap<String, Outcome>,
    mut prepared: Prepared,
    learning: Option<Arc<Learning>>,
) -> Result<ExitCode, SessionError> {
    // What is planned first is not changed by another run meanwhile: it keeps its locks until the end.
    let early = if request.plan_first { Some(locks(global, request, &prepared).await?) } else { None };
    if request.plan_first
        && let Some(code) = plan_first::show_and_ask(global, &prepared, request.yes).await?
    {
        return Ok(code);
    }
    confirm(&prepared.plan, request.yes).await?;
    let confirmed = protect::ask(&prepared).await?;
    prepared.policy = prepared.policy.confirmed(confirmed);
    let locks = match early {
        Some(locks) => locks,
        None => locks(global, request, &prepared).await?,
    };
    let options = Options { mode, jobs: request.jobs.unwrap_or_else(processors), keep_going: request.keep_going };
    let plan = Arc::clone(&prepared.plan);
    let files = ReportFiles { junit: request.junit.clone(), trace: request.trace.clone() }.open(global)?;
    let quiet = learning.is_some();
    let summary = perform(global, prepared, options, before, files, request, learning).await?;
    drop(locks);
    if !quiet {
        write_outputs(global, &plan, &summary, request.json);
    }
    Ok(summary.exit_code)
}

async fn locks(global: &Global, request: &RunRequest, prepared: &Prepared) -> Result<Locks, SessionError> {
    let wanted = Wanted {
        directory: prepared.directories.locks(),
        root: &prepared.infrafile.root,
        names: prepared.plan.steps.iter().flat_map(|step| &step.locks).collect(),
        tasks: &prepared.plan.requested,
        wait: request.wait,
    };
    Locks::take(global, wanted).await
}

async fn perform(
    global: &Global,
    mut prepared: Prepared,
    options: Options,
    before: HashMap<String, Outcome>,
    files: Vec<Box<dyn Report>>,
    request: &RunRequest,
    learning: Option<Arc<Learning>>,
) -> Result<Summary, SessionError> {
    let journal = prepared.journal.take().ok_or_else(|| SessionError::input_output("the journal is not being opened"))?;
    let journal = journal.wait().map_err(|error| SessionError::input_output(error.to_string()))?;
    let handle = journal.handle();
    let reporting = Reporting::start(global, &prepared.infrafile, files);
    let events = reporting.events(Some(handle.clone()));
    let masker = Masker::default();
    if global.service() == Ci::GitHub {
        masker.tell(|secret| eprint!("{}", infra_report::github_mask(secret)));
    }
    let gate =
        Gate::new(GateConfig { mode: options.mode, policy: prepared.policy.clone(), journal: Some(handle.clone()), masker });
    // A run that is told of is in the journal: whatever happens then, `infra history` has it.
    let first = started(&prepared, options.mode);
    handle.record(&first);
    commit(&handle).await.map_err(|error| SessionError::input_output(error.to_string()))?;
    reporting.events(None)(usual::told(global, first, &prepared.infrafile.root));
    for text in notices(&prepared, &journal) {
        events(Event::Notice { level: NoticeLevel::Warning, text });
    }
    let interrupt = Interrupt::default();
    signals::listen(interrupt.clone());
    let services = prepared.services(global)?;
    let freshness = Freshness::open(
        &prepared.infrafile,
        &prepared.plan,
        &prepared.host,
        &prepared.policy,
        &prepared.directories,
        request.force,
    )?;
    let parts = Parts {
        run: prepared.run.clone(),
        plan: Arc::clone(&prepared.plan),
        components: prepared.components,
        host: prepared.host,
        gate,
        policy: prepared.policy,
        events: Arc::clone(&events),
        lender: reporting.lender(),
        services,
        freshness: freshness.clone(),
        before,
        learning,
    };
    parts.host.world().secrets.ask_with(asker(reporting.lender(), request.yes));
    let executor = Arc::new(StepExecutor(Arc::new(parts)));
    let summary = infra_engine::run(prepared.plan, options, executor, events, &interrupt).await;
    if let Some(freshness) = freshness {
        let _ = freshness.index.tidy();
    }
    let (sender, receiver) = tokio::sync::oneshot::channel();
    handle.finish(move |result| {
        let _ = sender.send(result);
    });
    let kept = receiver.await.unwrap_or(Ok(()));
    reporting.finish();
    if let Some(error) = kept.err().map(|error| error.to_string()).or_else(|| handle.failure()) {
        status::warn(global, format!("the journal is incomplete: {error}"));
    }
    Ok(summary)
}

/// Waits until all that was recorded is kept.
async fn commit(journal: &JournalHandle) -> Result<(), JournalError> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    journal.commit(false, move |result| {
        let _ = sender.send(result);
    });
    receiver.await.unwrap_or(Ok(()))
}

/// The first event of a run.
pub(crate) fn started(prepared: &Prepared, mode: Mode) -> Event {
    let mut params: BTreeMap<String, Json> = prepared.plan.params.clone();
    let assigned = prepared.infrafile.assignments.iter().map(|(name, value)| (name.clone(), Json::String(value.clone())));
    params.extend(assigned);
    let mut steps = prepared.plan.infos();
    for (info, step) in steps.iter_mut().zip(&prepared.plan.steps) {
        if let Work::Component { uses, .. } = &step.work {
            info.digest = prepared.components.get(&uses.value).map(infra_sandbox::Component::digest);
        }
    }
    Event::RunStarted {
        run: prepared.run.clone(),
        at: Timestamp::now(),
        project: prepared.infrafile.project.clone(),
        tasks: prepared.plan.requested.clone(),
        params,
        mode,
        steps,
        about: RunAbout {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: revision(&prepared.infrafile.root),
            origins: origins(&prepared.infrafile),
            ..RunAbout::default()
        },
    }
}

/// Where the value of each parameter comes from.
fn origins(infrafile: &Infrafile) -> BTreeMap<String, String> {
    let mut origins: BTreeMap<String, String> =
        infrafile.values.iter().map(|(name, value)| (name.clone(), super::explain::origin(&value.origin))).collect();
    origins.extend(infrafile.assignments.keys().map(|name| (name.clone(), "command line".to_owned())));
    origins
}

/// What a person should know before the first step.
fn notices(prepared: &Prepared, journal: &Journal) -> Vec<String> {
    let support = &prepared.host.world().programs.support;
    let mut notices = support.missing();
    if let Some(aside) = &journal.set_aside {
        notices.push(format!("the journal was damaged; it is kept as {}, and a new one is begun", aside.display()));
    }
    notices
}

fn write_outputs(global: &Global, plan: &Plan, summary: &Summary, json: bool) {
    if json {
        let outputs: serde_json::Map<String, Json> = summary.outputs.iter().cloned().collect();
        let shown = match summary.outputs.as_slice() {
            [(_, output)] => output.clone(),
            _ => Json::Object(outputs),
        };
        print(&serde_json::to_string_pretty(&shown).unwrap_or_default());
        return;
    }
    let style = global.result_style();
    for (name, output) in &summary.outputs {
        let shown = if runs_a_program(plan, name) { output.get("stdout").unwrap_or(&Json::Null) } else { output };
        if let Some(text) = infra_report::output(shown, &style) {
            print(&text);
        }
    }
}

/// What such a step says for people is in its log, or is what it kept of its program's output.
fn runs_a_program(plan: &Plan, name: &str) -> bool {
    let step = plan.steps.iter().find(|step| step.name == name);
    step.is_some_and(|step| matches!(&step.work, Work::Component { uses, .. } if uses.value == "std/process"))
}

pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
