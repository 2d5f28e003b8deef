use crate::open::{open, remember_damage, wal};
use crate::{EffectRecord, EffectState, JournalError, ProcessIdentity, Retention};
use infra_event::{EffectId, Event, RunId, StepId, Timestamp};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

/// How long messages that nobody waits for gather, so that the writer is not woken for each.
const GATHER: Duration = Duration::from_millis(2);
/// How many messages one transaction takes, so that the first of them does not wait for ever.
const BATCH: usize = 4096;
/// How many pages the write-ahead log has before it is moved into the file: within a run, and at its end, where the next run is to find
/// little to read.
const LOG: u32 = 2000;
const LOG_AT_END: u32 = 128;

/// The journal of one run, open for writing.
#[derive(Debug)]
pub struct Journal {
    handle: JournalHandle,
    /// Dropped with the journal: it writes what is still to be written.
    _writer: WriterThread,
    /// Where a damaged journal was put, if there was one.
    pub set_aside: Option<PathBuf>,
}

/// A journal that is being opened, on its own thread.
#[derive(Debug)]
pub struct Opening {
    handle: JournalHandle,
    writer: WriterThread,
    opened: Receiver<Result<Option<PathBuf>, JournalError>>,
}

/// Ends with what it still has to write.
#[derive(Debug)]
struct WriterThread {
    messages: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

/// A way to write into the journal; cheap to clone.
#[derive(Clone, Debug)]
pub struct JournalHandle {
    messages: Sender<Message>,
    /// The writer, woken for what somebody waits for.
    writer: Thread,
    /// The first failure of a row that nobody waits for.
    failure: Arc<Mutex<Option<String>>>,
}

type Answer = Box<dyn FnOnce(Result<(), String>) + Send>;

enum Message {
    Event(Box<Event>),
    Effect(Box<EffectRecord>),
    EffectEnd {
        id: EffectId,
        state: EffectState,
        detail: Option<String>,
        ended: Timestamp,
    },
    /// Answers when all before it is committed, and kept as it says.
    Commit {
        keep: Keep,
        answer: Answer,
    },
    Close,
}

/// What a commit outlives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// This process.
    Relaxed,
    /// The machine's end.
    Durable,
    /// What the intents of the run before it do.
    AsIntents,
}

impl Message {
    const fn is_waited_for(&self) -> bool {
        matches!(self, Self::Commit { .. } | Self::Close)
    }
}

impl Journal {
    /// Opens the journal for a run in the project at `root`.
    ///
    /// # Errors
    /// When the file can neither be opened nor set aside.
    pub fn open(path: &Path, run: RunId, root: &Path) -> Result<Self, JournalError> {
        Self::begin(path, run, root, Retention::default())?.wait()
    }

    /// As [`Self::open`], with the runs that are kept.
    ///
    /// # Errors
    /// When the file can neither be opened nor set aside.
    pub fn open_keeping(path: &Path, run: RunId, root: &Path, retention: Retention) -> Result<Self, JournalError> {
        Self::begin(path, run, root, retention)?.wait()
    }

    /// Begins to open it. Meanwhile there is other work.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn begin(path: &Path, run: RunId, root: &Path, retention: Retention) -> Result<Opening, JournalError> {
        let (messages, received) = channel();
        let (told, opened) = channel();
        let failure = Arc::new(Mutex::new(None));
        let (file, root, noted) = (path.to_owned(), root.display().to_string(), Arc::clone(&failure));
        let work = move || match Writer::open(file, run, root, retention, noted) {
            Ok((mut writer, set_aside)) => {
                let _ = told.send(Ok(set_aside));
                writer.work(&received);
            }
            Err(error) => drop(told.send(Err(error))),
        };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(work)
            .map_err(|error| JournalError::Open { path: path.to_owned(), cause: error.to_string() })?;
        let handle = JournalHandle { messages: messages.clone(), writer: thread.thread().clone(), failure };
        Ok(Opening { handle, writer: WriterThread { messages, thread: Some(thread) }, opened })
    }

    /// A way to write into it.
    #[must_use]
    pub fn handle(&self) -> JournalHandle {
        self.handle.clone()
    }
}

impl Opening {
    /// Waits until it is open.
    ///
    /// # Errors
    /// When the file can neither be opened nor set aside.
    pub fn wait(self) -> Result<Journal, JournalError> {
        let set_aside = self.opened.recv().unwrap_or_else(|_| Err(JournalError::Write("its writer has ended".to_owned())))?;
        Ok(Journal { handle: self.handle, _writer: self.writer, set_aside })
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::Close);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

impl JournalHandle {
    /// Records an event, some time soon.
    pub fn record(&self, event: &Event) {
        if !matches!(event, Event::StepProgress { .. }) {
            let _ = self.messages.send(Message::Event(Box::new(event.clone())));
        }
    }

    /// Records an effect, some time soon.
    pub fn effect(&self, effect: EffectRecord) {
        let _ = self.messages.send(Message::Effect(Box::new(effect)));
    }

    /// Records how an effect ended, some time soon.
    pub fn effect_end(&self, id: EffectId, state: EffectState, detail: Option<String>) {
        let _ = self.messages.send(Message::EffectEnd { id, state, detail, ended: Timestamp::now() });
    }

    /// Calls back when all that was recorded before is committed: handed to the operating system, or on the disk where `durable`.
    pub fn commit(&self, durable: bool, answer: impl FnOnce(Result<(), JournalError>) + Send + 'static) {
        self.ask(if durable { Keep::Durable } else { Keep::Relaxed }, answer);
    }

    /// As [`JournalHandle::commit`], at the end of a run: on the disk where an intent of it had to be.
    pub fn finish(&self, answer: impl FnOnce(Result<(), JournalError>) + Send + 'static) {
        self.ask(Keep::AsIntents, answer);
    }

    fn ask(&self, keep: Keep, answer: impl FnOnce(Result<(), JournalError>) + Send + 'static) {
        let answer: Answer = Box::new(move |result| answer(result.map_err(JournalError::Write)));
        if let Err(unsent) = self.messages.send(Message::Commit { keep, answer })
            && let Message::Commit { answer, .. } = unsent.0
        {
            answer(Err("its writer has ended".to_owned()));
        }
        self.writer.unpark();
    }

    /// The first row that was lost, and why.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().ok()?.clone()
    }
}

struct Writer {
    connection: Connection,
    path: PathBuf,
    run: RunId,
    root: String,
    seq: i64,
    /// Steps that have started in this transaction: most end in it, and take one row's change then.
    started: BTreeMap<StepId, (Timestamp, u32)>,
    /// Whether rows were committed that are not synced.
    unsynced: bool,
    /// Whether an intent of this run is on the disk.
    durable: bool,
    retention: Retention,
    /// The write-ahead log, for syncing.
    wal: Option<File>,
    /// How many pages the write-ahead log has.
    pages: Arc<AtomicU32>,
    failure: Arc<Mutex<Option<String>>>,
}

impl Writer {
    fn open(
        path: PathBuf,
        run: RunId,
        root: String,
        retention: Retention,
        failure: Arc<Mutex<Option<String>>>,
    ) -> Result<(Self, Option<PathBuf>), JournalError> {
        let (mut connection, set_aside) = open(&path)?;
        let pages = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&pages);
        let count = move |_: &mut rusqlite::hooks::Wal, now: std::ffi::c_int| {
            counted.store(now.unsigned_abs(), Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(count)).map_err(|error| JournalError::Open { path: path.clone(), cause: error.to_string() })?;
        let writer = Self {
            connection,
            path,
            run,
            root,
            seq: 0,
            started: BTreeMap::new(),
            retention,
            unsynced: false,
            durable: false,
            wal: None,
            pages,
            failure,
        };
        Ok((writer, set_aside))
    }

    fn work(&mut self, messages: &Receiver<Message>) {
        let kept = self.retention.forget(&self.connection);
        self.note(kept.map_err(|error| error.to_string()));
        let mut open = true;
        while open {
            let Ok(first) = messages.recv() else { break };
            if !first.is_waited_for() {
                std::thread::park_timeout(GATHER);
            }
            // What has queued up meanwhile goes into the same transaction.
            let batch: Vec<Message> = std::iter::once(first).chain(messages.try_iter().take(BATCH)).collect();
            open = !batch.iter().any(|message| matches!(message, Message::Close));
            let (answers, result) = self.write_all(batch);
            self.note(result.clone());
            for answer in answers {
                answer(result.clone());
            }
            self.shorten_log(LOG, "PASSIVE");
        }
        // The log is emptied, unless others read it now: the next to open the journal would read what has been moved already.
        let _ = self.connection.busy_timeout(Duration::ZERO);
        self.shorten_log(LOG_AT_END, "TRUNCATE");
    }

    fn write_all(&mut self, batch: Vec<Message>) -> (Vec<Answer>, Result<(), String>) {
        let (mut answers, mut wanted, mut rows) = (Vec::new(), Keep::Relaxed, Vec::new());
        for message in batch {
            match message {
                Message::Commit { keep, answer } => {
                    answers.push(answer);
                    wanted = if wanted == Keep::Durable || keep == Keep::Relaxed { wanted } else { keep };
                }
                Message::Close => {}
                row => rows.push(row),
            }
        }
        let durable = wanted == Keep::Durable || (wanted == Keep::AsIntents && self.durable);
        let mut result = self.commit(rows).map_err(|error| error.to_string());
        if durable && result.is_ok() {
            result = self.sync();
            self.durable = true;
        }
        (answers, result)
    }

    fn commit(&mut self, rows: Vec<Message>) -> rusqlite::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut result = self.connection.execute_batch("BEGIN IMMEDIATE");
        for row in rows {
            result = result.and_then(|()| self.write(row));
        }
        let result = result.and_then(|()| self.starts());
        let result = result.and_then(|()| self.connection.execute_batch("COMMIT"));
        match &result {
            Ok(()) => self.unsynced = true,
            Err(error) => {
                remember_damage(&self.connection, error);
                let _ = self.connection.execute_batch("ROLLBACK");
            }
        }
        result
    }

    /// Writes the starts of steps that have not ended in the same transaction.
    fn starts(&mut self) -> rusqlite::Result<()> {
        let sql = "UPDATE steps SET attempts = ?3, started = coalesce(started, ?4) WHERE run = ?1 AND step = ?2";
        for (step, (at, attempt)) in std::mem::take(&mut self.started) {
            self.connection.prepare_cached(sql)?.execute(params![self.run.as_str(), step.0, attempt, at.0])?;
        }
        Ok(())
    }

    /// Syncs all that was committed. With `synchronous = NORMAL` SQLite commits to the write-ahead log without a sync, and syncs the log
    /// before it moves anything from it into the file: <https://sqlite.org/pragma.html#pragma_synchronous>.
    fn sync(&mut self) -> Result<(), String> {
        if !std::mem::take(&mut self.unsynced) {
            return Ok(());
        }
        let path = wal(&self.path);
        let open = |wal: &mut Option<File>| -> std::io::Result<()> {
            if wal.is_none() {
                *wal = Some(File::open(&path)?);
            }
            wal.as_ref().map_or(Ok(()), File::sync_data)
        };
        open(&mut self.wal).map_err(|error| {
            self.unsynced = true;
            format!("{}: {error}", path.display())
        })
    }

    /// Moves the write-ahead log into the file where it is longer than this. Nobody waits for it, and where it fails the log only stays.
    fn shorten_log(&self, longest: u32, mode: &str) {
        if self.pages.load(Ordering::Relaxed) > longest {
            self.pages.store(0, Ordering::Relaxed);
            let moved = self.connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()));
            if let Err(error) = moved {
                remember_damage(&self.connection, &error);
            }
        }
    }

    fn note(&self, result: Result<(), String>) {
        if let Err(error) = result
            && let Ok(mut failure) = self.failure.lock()
        {
            failure.get_or_insert(error);
        }
    }

    fn write(&mut self, message: Message) -> rusqlite::Result<()> {
        match message {
            Message::Event(event) => self.event(&event),
            Message::Effect(effect) => {
                let sql = "INSERT INTO effects (run, id, step, kind, target, effect, state, started, ended, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
                self.connection.prepare_cached(sql)?.execute(params![
                    self.run.as_str(),
                    effect.id.0,
                    effect.step.0,
                    effect.kind,
                    effect.target,
                    effect.effect.to_string(),
                    effect.state.word(),
                    effect.started.0,
                    effect.ended.map(|ended| ended.0),
                    effect.detail,
                ])?;
                Ok(())
            }
            Message::EffectEnd { id, state, detail, ended } => {
                let sql = "UPDATE effects SET state = ?3, detail = ?4, ended = ?5 WHERE run = ?1 AND id = ?2";
                self.connection.prepare_cached(sql)?.execute(params![self.run.as_str(), id.0, state.word(), detail, ended.0])?;
                Ok(())
            }
            Message::Commit { .. } | Message::Close => Ok(()),
        }
    }

    fn event(&mut self, event: &Event) -> rusqlite::Result<()> {
        let run = self.run.as_str();
        match event {
            Event::RunStarted { at, project, tasks, params: values, mode, steps, about, .. } => {
                let process = ProcessIdentity::current();
                let sql = "INSERT INTO runs (id, project, root, tasks, params, mode, pid, pid_start, started, about) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
                let mode = serde_json::to_value(mode).unwrap_or_default();
                self.connection.execute(
                    sql,
                    params![
                        run,
                        project,
                        self.root,
                        serde_json::to_string(tasks).unwrap_or_default(),
                        serde_json::to_string(values).unwrap_or_default(),
                        mode.as_str().unwrap_or_default(),
                        process.pid,
                        process.start,
                        at.0,
                        serde_json::to_string(about).unwrap_or_default()
                    ],
                )?;
                let sql = "INSERT INTO steps (run, step, name, task, needs, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
                let mut insert = self.connection.prepare_cached(sql)?;
                for step in steps {
                    let needs = serde_json::to_string(&step.needs).unwrap_or_default();
                    let digest = step.digest.map(|digest| digest.to_string());
                    insert.execute(params![run, step.step.0, step.name, step.task, needs, digest])?;
                }
            }
            Event::StepStarted { step, at, attempt } => {
                self.started.entry(*step).or_insert((*at, *attempt)).1 = *attempt;
            }
            Event::StepFinished { step, duration_ms, outcome, .. } if self.started.contains_key(step) => {
                let sql = "UPDATE steps SET duration = ?3, outcome = ?4, attempts = ?5, started = coalesce(started, ?6) WHERE run = ?1 AND step = ?2";
                let (at, attempt) = self.started.remove(step).unwrap_or((Timestamp(0), 0));
                let outcome = serde_json::to_string(outcome).unwrap_or_default();
                self.connection.prepare_cached(sql)?.execute(params![run, step.0, duration_ms, outcome, attempt, at.0])?;
            }
            Event::StepFinished { step, duration_ms, outcome, .. } => {
                let sql = "UPDATE steps SET duration = ?3, outcome = ?4 WHERE run = ?1 AND step = ?2";
                let outcome = serde_json::to_string(outcome).unwrap_or_default();
                self.connection.prepare_cached(sql)?.execute(params![run, step.0, duration_ms, outcome])?;
            }
            Event::StepLog { step, stream, text } => {
                let stream = serde_json::to_value(stream).unwrap_or_default();
                self.log(*step, stream.as_str().unwrap_or_default(), text)?;
            }
            Event::StepRetry { step, attempt, error, .. } => {
                self.log(*step, "warning", &format!("attempt {attempt} failed: {}", error.message))?;
            }
            Event::RunFinished { at, outcome, exit_code, .. } => {
                let outcome = serde_json::to_value(outcome).unwrap_or_default();
                let sql = "UPDATE runs SET ended = ?2, outcome = ?3, exit_code = ?4 WHERE id = ?1";
                self.connection.execute(sql, params![run, at.0, outcome.as_str().unwrap_or_default(), exit_code])?;
            }
            Event::Notice { .. } | Event::StepProgress { .. } | Event::StepEffect { .. } => {}
        }
        Ok(())
    }

    fn log(&mut self, step: StepId, stream: &str, text: &str) -> rusqlite::Result<()> {
        self.seq += 1;
        let sql = "INSERT INTO logs (run, seq, step, stream, text) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![self.run.as_str(), self.seq, step.0, stream, text];
        self.connection.prepare_cached(sql)?.execute(values).map(|_| ())
    }
}
