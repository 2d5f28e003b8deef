use super::handshake::{ARGUMENT, NAME, STAY, Told};
use super::log_file::LogFile;
use super::order::Order;
use super::{Health, Place, Probe, Record};
use crate::directories::Directories;
use crate::error::SessionError;
use crate::{Global, components, rooms};
use infra_effect::Grants;
use infra_event::{EffectId, ErrorCode, Event, ExitCode, LogStream, Mode, TaskError, Timestamp};
use infra_gate::{EventSink, Gate, GateConfig, Masker};
use infra_host::{Call, Host};
use infra_journal::{History, Journal};
use infra_sandbox::Component;
use std::io::{BufRead as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A service that lived this long before it failed is started again without a long wait.
const SETTLED: Duration = Duration::from_secs(60);

/// Becomes the supervisor of a service where this process was started as one. Call it first in `main`.
#[must_use]
pub fn service_main() -> Option<ExitCode> {
    let mut args = std::env::args_os();
    if !(args.next().is_some_and(|name| name == NAME) && args.next().is_some_and(|argument| argument == ARGUMENT)) {
        return None;
    }
    // Ctrl-C in the terminal of the run is not for it.
    let _ = rustix::process::setsid();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let order = read.ok().and_then(|_| serde_json::from_str::<Order>(&line).ok());
    let Some(order) = order else { return Some(ExitCode::Usage) };
    Some(match crate::verb::block_on(supervise(order)) {
        Ok(code) => code,
        Err(error) => {
            let code = error.exit_code();
            tell(&Told::Failed(TaskError::new(ErrorCode::FAILED, error.to_string())));
            code
        }
    })
}

/// Tells the runner, where it still listens.
fn tell(told: &Told) {
    let line = serde_json::to_string(told).unwrap_or_default();
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

struct Held {
    order: Order,
    place: Place,
    record: Record,
    host: Host,
    component: Component,
    gate: Gate,
    probe: Probe,
    cancel: CancellationToken,
    events: EventSink,
}

/// How one start ended.
enum End {
    Stopped,
    Ended,
    Failed(TaskError),
}

async fn supervise(order: Order) -> Result<ExitCode, SessionError> {
    let directories = Directories::find()?;
    let global = Global { directory: Some(order.site.root.clone()), policy: order.policy.clone(), ..Global::default() };
    let policy = rooms::policy(&global, &directories)?.protecting(&order.site.protect).confirmed(order.site.confirmed.clone());
    let probe = Probe::parse(order.ready.as_deref())?;
    if probe.answers().await {
        let address = order.ready.as_deref().unwrap_or_default();
        let error = TaskError::new(ErrorCode::CONFLICT, format!("something else answers at {address} already"));
        return Err(error.hint("stop it, or give the service another port").into());
    }
    let host = rooms::open_site(&order.site, &directories, 1)?;
    let component = load(&order, &host)?;
    let task = order.invocation.task.clone();
    let place = Place::of(&directories, &order.site.root, &task);
    let in_place = |error: std::io::Error| SessionError::input_output(format!("{}: {error}", place.parent().display()));
    let _alive = place.hold().map_err(in_place)?;
    let log = LogFile::begin(&place.log(), order.invocation.limits.log).map_err(in_place)?;
    let (_journal, gate) = gate(&order, &directories, policy);
    let (cancel, told) = (CancellationToken::new(), Arc::new(AtomicBool::new(true)));
    stop_on_signals(&cancel);
    stop_with_runner(&cancel, &told);
    let record = Record {
        task,
        run: order.invocation.run.clone(),
        definition: order.definition().to_string(),
        pid: std::process::id(),
        since: Timestamp::now(),
        health: Health::Starting,
        restarts: 0,
        ready: order.ready.clone(),
        log: place.log(),
        last_error: None,
    };
    place.write(&record).map_err(in_place)?;
    let events = events(log, told);
    let mut held = Held { order, place, record, host, component, gate, probe, cancel, events };
    Ok(held.hold().await)
}

impl Held {
    async fn hold(&mut self) -> ExitCode {
        let mut failures = 0;
        loop {
            let begin = std::time::Instant::now();
            let was_ready = self.record.health == Health::Restarting;
            let (end, ready) = self.once(was_ready).await;
            let error = match end {
                End::Stopped => {
                    self.place.forget();
                    return ExitCode::Done;
                }
                End::Ended if ready || was_ready => {
                    self.note(Health::Ended, None);
                    return ExitCode::Done;
                }
                End::Ended => TaskError::new(ErrorCode::FAILED, "the service ended before it was ready"),
                End::Failed(error) => error,
            };
            self.say(&format!("it failed: {}", error.message));
            if !ready && !was_ready {
                self.place.forget();
                tell(&Told::Failed(error));
                return ExitCode::Failed;
            }
            if !self.order.restart || hopeless(&error.code) {
                self.note(Health::Failed, Some(error.message));
                return ExitCode::Failed;
            }
            failures = if begin.elapsed() > SETTLED { 1 } else { failures + 1 };
            self.record.restarts += 1;
            self.note(Health::Restarting, Some(error.message));
            let millis = Duration::from_millis;
            let wait = infra_engine::backoff(millis(self.order.backoff_ms), millis(self.order.backoff_limit_ms), failures);
            self.say(&format!("it is started again in {} ms", wait.as_millis()));
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.cancel.cancelled() => {
                    self.place.forget();
                    return ExitCode::Done;
                }
            }
        }
    }

    /// Runs the task once, to its end. Says whether it was ready meanwhile.
    async fn once(&mut self, again: bool) -> (End, bool) {
        let mut invocation = self.order.invocation.clone();
        // The file that takes the lines has the limit.
        invocation.limits.log = u64::MAX / 2;
        let grants: Grants = serde_json::from_value(invocation.grants.clone()).unwrap_or_default();
        let call = Call {
            invocation,
            grants: Arc::new(grants),
            time_limit: None,
            cancel: self.cancel.clone(),
            events: Arc::clone(&self.events),
        };
        let (host, component, gate, probe) = (self.host.clone(), self.component.clone(), self.gate.clone(), self.probe.clone());
        let mut run = Box::pin(async move { host.run(&component, call, &gate).await });
        let mut wait = Box::pin(async move { probe.wait().await });
        let (mut ready, cancel) = (false, self.cancel.clone());
        let finished = loop {
            tokio::select! {
                biased;
                finished = &mut run => break finished,
                () = &mut wait, if !ready => {
                    ready = true;
                    let error = self.record.last_error.take();
                    self.note(Health::Ready, error);
                    if !again {
                        tell(&Told::Ready);
                    }
                }
                () = cancel.cancelled(), if self.record.health != Health::Stopping => self.note(Health::Stopping, None),
            }
        };
        let end = match finished.result {
            _ if cancel.is_cancelled() => End::Stopped,
            Ok(_) => End::Ended,
            Err(error) => End::Failed(error),
        };
        (end, ready)
    }

    fn note(&mut self, health: Health, error: Option<String>) {
        self.record.health = health;
        self.record.last_error = error;
        let _ = self.place.write(&self.record);
    }

    fn say(&self, text: &str) {
        let step = self.order.invocation.step;
        (self.events)(Event::StepLog { step, stream: LogStream::Info, text: text.to_owned() });
    }
}

fn load(order: &Order, host: &Host) -> Result<Component, SessionError> {
    let source = infra_components::parse(&order.uses, &order.site.root)
        .map_err(|error| TaskError::new(ErrorCode::COMPONENT, error.to_string()))?;
    let component = components::load_one(None, host.sandbox(), &source, &order.uses)?;
    if component.digest() != order.invocation.component {
        let error = TaskError::new(ErrorCode::CONFLICT, format!("`{}` has changed since the run has begun", order.uses));
        return Err(error.hint("run it again").into());
    }
    Ok(component)
}

/// The gate of the service: what it does stands in the journal with the run that started it, as long as the journal has that run.
fn gate(order: &Order, directories: &Directories, policy: infra_gate::Policy) -> (Option<Journal>, Gate) {
    let (path, call) = (directories.journal(), &order.invocation);
    let known = History::open(&path).is_ok_and(|history| history.run(&order.site.root, call.run.as_str()).is_ok());
    let journal = known.then(|| Journal::open(&path, call.run.clone(), &order.site.root).ok()).flatten();
    let handle = journal.as_ref().map(Journal::handle);
    let gate = Gate::new(GateConfig { mode: Mode::Run, policy, journal: handle, masker: Masker::default() });
    // Its effects have numbers of their own, which no other step of the run has.
    let first = (u64::from(call.step.0) + 1) << 32 | u64::from(call.attempt & 0xff) << 24;
    (journal, gate.counting_from(EffectId(first)))
}

/// Carries the log to its file; until the service is let go, to the runner too.
fn events(log: LogFile, told: Arc<AtomicBool>) -> EventSink {
    let log = Mutex::new(log);
    Arc::new(move |event| {
        if let Event::StepLog { text, .. } = &event {
            log.lock().unwrap_or_else(PoisonError::into_inner).line(text);
        }
        if told.load(Ordering::Relaxed) {
            tell(&Told::Event(Box::new(event)));
        }
    })
}

fn stop_on_signals(cancel: &CancellationToken) {
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let (cancel, Ok(mut signal)) = (cancel.clone(), signal(kind)) else { continue };
        tokio::spawn(async move {
            signal.recv().await;
            cancel.cancel();
        });
    }
}

/// Until the runner says that the service may stay, it ends with the runner.
fn stop_with_runner(cancel: &CancellationToken, told: &Arc<AtomicBool>) {
    let (cancel, told) = (cancel.clone(), Arc::clone(told));
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = std::io::stdin().lock().read_line(&mut line);
        told.store(false, Ordering::Relaxed);
        if line.trim_end() != STAY {
            cancel.cancel();
        }
    });
}

/// Started again, it fails the same way.
fn hopeless(code: &str) -> bool {
    [ErrorCode::DENIED, ErrorCode::INVALID, ErrorCode::UNSUPPORTED, ErrorCode::COMPONENT, ErrorCode::NOT_FOUND, ErrorCode::DEFECT]
        .contains(&code)
}
