//! The inner parts of a run, one by one: `cargo bench -p infra-bench`.
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something is wrong")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::BoxFuture;
use infra_effect::{Effect, FileEffect, FileVerb, FilesGrant, Grants, PathPattern};
use infra_engine::{Attempt, Executor, Finished, Interrupt, Options};
use infra_event::{Event, LogStream, Mode, Outcome, RunId, StepId, StepInfo, Timestamp};
use infra_gate::{Decision, Gate, GateConfig, Masker, Policy, StepGate};
use infra_infrafile::{Infrafile, Request};
use infra_journal::Journal;
use infra_plan::Plan;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

const TASKS: usize = 1_000;

/// A file with tasks, each of which needs the one before.
fn file(directory: &Path) -> Request {
    let mut text = "[project]\nname = \"bench\"\n".to_owned();
    for task in 0..TASKS {
        let _ = write!(text, "\n[tasks.t{task}]\nuses = \"./noop.wasm\"\n");
        if let Some(before) = task.checked_sub(1) {
            let _ = writeln!(text, "needs = [\"t{before}\"]");
        }
    }
    let file = directory.join("Infrafile.toml");
    std::fs::write(&file, text).unwrap();
    Request { file, ..Request::default() }
}

fn last() -> Vec<String> {
    vec![format!("t{}", TASKS - 1)]
}

fn plan(infrafile: &Infrafile) -> Arc<Plan> {
    Arc::new(infra_plan::build(infrafile, &last()).unwrap())
}

fn parse_and_plan(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    let request = file(directory.path());
    let infrafile = infra_infrafile::load(&request).unwrap();
    let mut group = criterion.benchmark_group("tasks");
    group.throughput(Throughput::Elements(TASKS as u64));
    group.bench_function("parse", |bencher| bencher.iter(|| infra_infrafile::load(&request).unwrap()));
    group.bench_function("plan", |bencher| bencher.iter(|| plan(&infrafile)));
    let plan = plan(&infrafile);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    group.bench_function("dispatch", |bencher| {
        bencher.iter(|| {
            let options = Options { mode: Mode::Run, jobs: 2, keep_going: false };
            runtime.block_on(infra_engine::run(
                Arc::clone(&plan),
                options,
                Arc::new(Nothing),
                Arc::new(|_| {}),
                &Interrupt::default(),
            ))
        });
    });
    group.finish();
}

/// Steps that end at once.
struct Nothing;

impl Executor for Nothing {
    fn execute(&self, _: Attempt) -> BoxFuture<'static, Finished> {
        Box::pin(async { Finished::run(Ok(serde_json::Value::Null), false) })
    }
}

fn steps() -> Event {
    let step = |id: u32| StepInfo {
        step: StepId(id),
        name: format!("t{id}"),
        task: format!("t{id}"),
        needs: vec![],
        requested: false,
        finalizer: false,
        digest: None,
    };
    Event::RunStarted {
        run: RunId::generate(),
        at: Timestamp::now(),
        project: "bench".to_owned(),
        tasks: last(),
        params: std::collections::BTreeMap::new(),
        mode: Mode::Run,
        steps: (0..1_000).map(step).collect(),
        about: infra_event::RunAbout::default(),
    }
}

fn ended(id: u32) -> [Event; 2] {
    let outcome = Outcome::Succeeded { output: serde_json::Value::Null, changed: false };
    [
        Event::StepStarted { step: StepId(id), at: Timestamp::now(), attempt: 1 },
        Event::StepFinished { step: StepId(id), at: Timestamp::now(), duration_ms: 1, outcome },
    ]
}

fn journal(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.sqlite");
    let mut group = criterion.benchmark_group("journal");
    group.throughput(Throughput::Elements(TASKS as u64));
    group.sample_size(20);
    group.bench_function("steps", |bencher| {
        bencher.iter_batched(
            || Journal::open(&path, RunId::generate(), Path::new("/p")).unwrap(),
            |journal| {
                journal.handle().record(&steps());
                (0..1_000).flat_map(ended).for_each(|event| journal.handle().record(&event));
                drop(journal);
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn step_gate(journal: Option<&Journal>) -> Arc<StepGate> {
    let files = FilesGrant { read: vec![PathPattern("src/**".to_owned())], write: vec![PathPattern("build/**".to_owned())] };
    let grants = Arc::new(Grants { files, ..Grants::default() });
    let journal = journal.map(Journal::handle);
    let config = GateConfig { mode: Mode::Run, policy: Policy::default(), journal, masker: Masker::default() };
    Gate::new(config).step(StepId(0), grants, Arc::new(|_| {}))
}

fn gate(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(&directory.path().join("journal.sqlite"), RunId::generate(), Path::new("/p")).unwrap();
    journal.handle().record(&steps());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let perform = async |gate: &Arc<StepGate>, verb: FileVerb, path: &str| {
        let effect = Effect::File(FileEffect { verb, path: path.to_owned() });
        if let Ok(Decision::Perform(permit)) = gate.admit(effect).await {
            permit.done(None);
        }
    };
    let mut group = criterion.benchmark_group("gate");
    for (name, journal) in [("read, without a journal", None), ("read", Some(&journal))] {
        let gate = step_gate(journal);
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(perform(&gate, FileVerb::Read, "src/main.rs")));
        });
    }
    let gate = step_gate(Some(&journal));
    group.bench_function("write", |bencher| {
        bencher.iter(|| runtime.block_on(perform(&gate, FileVerb::Write, "build/out")));
    });
    group.finish();
}

fn masking(criterion: &mut Criterion) {
    let masker = Masker::default();
    for secret in 0..50 {
        masker.add(&format!("s3cret-{secret:03}-\"with\" signs&more"));
    }
    let line = "2026-01-01T00:00:00Z INFO a line of a log as programs write it, of a usual length, with nothing to hide in it";
    let mut group = criterion.benchmark_group("masking");
    group.throughput(Throughput::Bytes(line.len() as u64));
    group.bench_function("a line, 50 secrets", |bencher| bencher.iter(|| masker.mask(line).len()));
    group.finish();
}

fn rendering(criterion: &mut Criterion) {
    let first = steps();
    let mut group = criterion.benchmark_group("rendering");
    group.throughput(Throughput::Elements(TASKS as u64));
    group.bench_function("json", |bencher| {
        bencher.iter(|| {
            let mut report = infra_report::json(Box::new(std::io::sink()));
            report.event(&first);
            (0..1_000).flat_map(ended).for_each(|event| report.event(&event));
            report.finish();
        });
    });
    group.bench_function("plain, a log", |bencher| {
        let line = Event::StepLog { step: StepId(1), stream: LogStream::Stdout, text: "a line of a log".to_owned() };
        bencher.iter(|| {
            let mut report = infra_report::plain(infra_report::Style::default(), Box::new(std::io::sink()));
            report.event(&first);
            (0..1_000).for_each(|_| report.event(&line));
            report.finish();
        });
    });
    group.finish();
}

criterion_group!(parts, parse_and_plan, journal, gate, masking, rendering);
criterion_main!(parts);
