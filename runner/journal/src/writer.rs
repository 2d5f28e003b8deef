use crate::message::{Answer, Keep, Message};
use crate::open::{open, remember_damage, wal};
use crate::{JournalError, Retention};
use infra_event::{RunId, StepId, Timestamp};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long messages that nobody waits for gather, so that the writer is not woken for each.
const GATHER: Duration = Duration::from_millis(2);
/// How many messages one transaction takes, so that the first of them does not wait for ever.
const BATCH: usize = 4096;
/// How many pages the write-ahead log has before it is moved into the file: within a run, and at its end, where the next run is to find
/// little to read.
const LOG: u32 = 2000;
const LOG_AT_END: u32 = 128;

/// The thread's own: it alone writes.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    path: PathBuf,
    pub(crate) run: RunId,
    pub(crate) root: String,
    pub(crate) seq: i64,
    /// Steps that have started in this transaction: most end in it, and take one row's change then.
    pub(crate) started: BTreeMap<StepId, (Timestamp, u32)>,
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
    pub(crate) fn open(
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

    pub(crate) fn work(&mut self, messages: &Receiver<Message>) {
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
}
