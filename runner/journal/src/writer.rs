use crate::open::{open, remember_damage};
use crate::{EffectRecord, EffectState, JournalError, ProcessIdentity};
use infra_event::{EffectId, Event, RunId, Timestamp};
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

/// How many runs are kept.
const KEEP_RUNS: usize = 500;
/// How long messages that nobody waits for gather, so that the writer is not woken for each.
const GATHER: Duration = Duration::from_millis(2);
/// How many messages one transaction takes, so that the first of them does not wait for ever.
const BATCH: usize = 4096;
/// How long runs are kept, in milliseconds: 90 days.
const KEEP_FOR: i64 = 90 * 24 * 3_600_000;

/// The journal of one run, open for writing.
#[derive(Debug)]
pub struct Journal {
    handle: JournalHandle,
    writer: Option<JoinHandle<()>>,
    /// Where a damaged journal was put, if there was one.
    pub set_aside: Option<PathBuf>,
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
    /// Answers when all before it is committed; synced where `durable`.
    Commit {
        durable: bool,
        answer: Answer,
    },
    Close,
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
        let (connection, set_aside) = open(path)?;
        let (messages, received) = channel();
        let failure = Arc::new(Mutex::new(None));
        let mut writer =
            Writer { connection, run, root: root.display().to_string(), seq: 0, durable: false, failure: Arc::clone(&failure) };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.work(&received))
            .map_err(|error| JournalError::Open { path: path.to_owned(), cause: error.to_string() })?;
        let handle = JournalHandle { messages, writer: thread.thread().clone(), failure };
        Ok(Self { handle, writer: Some(thread), set_aside })
    }

    /// A way to write into it.
    #[must_use]
    pub fn handle(&self) -> JournalHandle {
        self.handle.clone()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let _ = self.handle.messages.send(Message::Close);
        self.handle.writer.unpark();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
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
        let answer: Answer = Box::new(move |result| answer(result.map_err(JournalError::Write)));
        if let Err(unsent) = self.messages.send(Message::Commit { durable, answer })
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
    run: RunId,
    root: String,
    seq: i64,
    /// Whether commits are synced now.
    durable: bool,
    failure: Arc<Mutex<Option<String>>>,
}

impl Writer {
    fn work(&mut self, messages: &Receiver<Message>) {
        let kept = self.forget_old_runs();
        self.note(kept);
        let mut open = true;
        while open {
            let Ok(first) = messages.recv() else { return };
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
        }
    }

    fn write_all(&mut self, batch: Vec<Message>) -> (Vec<Answer>, Result<(), String>) {
        let durable = batch.iter().any(|message| matches!(message, Message::Commit { durable: true, .. }));
        let mut answers = Vec::new();
        let mut result = self.begin(durable);
        for message in batch {
            match message {
                Message::Commit { answer, .. } => answers.push(answer),
                row => result = result.and_then(|()| self.write(row)),
            }
        }
        result = result.and_then(|()| self.connection.execute_batch("COMMIT"));
        if let Err(error) = &result {
            remember_damage(&self.connection, error);
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        (answers, result.map_err(|error| error.to_string()))
    }

    /// In WAL mode a commit is synced with `FULL`, and not with `NORMAL`: <https://sqlite.org/pragma.html#pragma_synchronous>.
    fn begin(&mut self, durable: bool) -> rusqlite::Result<()> {
        if durable != self.durable {
            self.connection.pragma_update(None, "synchronous", if durable { "FULL" } else { "NORMAL" })?;
            self.durable = durable;
        }
        self.connection.execute_batch("BEGIN IMMEDIATE")
    }

    fn note(&self, result: Result<(), String>) {
        if let Err(error) = result
            && let Ok(mut failure) = self.failure.lock()
        {
            failure.get_or_insert(error);
        }
    }

    fn forget_old_runs(&self) -> Result<(), String> {
        let oldest = Timestamp::now().0 - KEEP_FOR;
        let sql = "DELETE FROM runs WHERE ended IS NOT NULL AND (started < ?1 OR id NOT IN (SELECT id FROM runs ORDER BY started DESC LIMIT ?2))";
        self.connection.execute(sql, params![oldest, KEEP_RUNS]).map(|_| ()).map_err(|error| error.to_string())
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
            Event::RunStarted { at, project, tasks, params: values, mode, steps, .. } => {
                let process = ProcessIdentity::current();
                let sql = "INSERT INTO runs (id, project, root, tasks, params, mode, pid, pid_start, started) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
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
                        at.0
                    ],
                )?;
                let mut insert =
                    self.connection.prepare_cached("INSERT INTO steps (run, step, name, task) VALUES (?1, ?2, ?3, ?4)")?;
                for step in steps {
                    insert.execute(params![run, step.step.0, step.name, step.task])?;
                }
            }
            Event::StepStarted { step, at, attempt } => {
                let sql = "UPDATE steps SET attempts = ?3, started = coalesce(started, ?4) WHERE run = ?1 AND step = ?2";
                self.connection.prepare_cached(sql)?.execute(params![run, step.0, attempt, at.0])?;
            }
            Event::StepFinished { step, duration_ms, outcome, .. } => {
                let sql = "UPDATE steps SET duration = ?3, outcome = ?4 WHERE run = ?1 AND step = ?2";
                let outcome = serde_json::to_string(outcome).unwrap_or_default();
                self.connection.prepare_cached(sql)?.execute(params![run, step.0, duration_ms, outcome])?;
            }
            Event::StepLog { step, stream, text } => {
                self.seq += 1;
                let sql = "INSERT INTO logs (run, seq, step, stream, text) VALUES (?1, ?2, ?3, ?4, ?5)";
                let stream = serde_json::to_value(stream).unwrap_or_default();
                let stream = stream.as_str().unwrap_or_default();
                self.connection.prepare_cached(sql)?.execute(params![run, self.seq, step.0, stream, text])?;
            }
            Event::RunFinished { at, outcome, exit_code, .. } => {
                let outcome = serde_json::to_value(outcome).unwrap_or_default();
                let sql = "UPDATE runs SET ended = ?2, outcome = ?3, exit_code = ?4 WHERE id = ?1";
                self.connection.execute(sql, params![run, at.0, outcome.as_str().unwrap_or_default(), exit_code])?;
            }
            Event::Notice { .. } | Event::StepProgress { .. } | Event::StepEffect { .. } | Event::StepRetry { .. } => {}
        }
        Ok(())
    }
}
