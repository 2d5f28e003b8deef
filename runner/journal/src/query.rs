use crate::open::read;
use crate::{EffectRecord, EffectState, JournalError, LogRecord, ProcessIdentity, RunRecord, StepRecord};
use infra_event::{EffectId, RunId, StepId, Timestamp};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeMap;
use std::path::Path;

/// Past runs, for reading.
#[derive(Debug)]
pub struct History(Option<Connection>);

const RUN: &str =
    "SELECT id, project, root, tasks, params, mode, pid, pid_start, started, ended, outcome, exit_code, about FROM runs";

impl History {
    /// Opens the journal at `path`; empty where there is none.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        read(path).map(Self)
    }

    /// The last runs in the project at `root`, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn runs(&self, root: &Path, limit: usize) -> Result<Vec<RunRecord>, JournalError> {
        let Some(connection) = &self.0 else { return Ok(vec![]) };
        let mut query = connection.prepare(&format!("{RUN} WHERE root = ?1 ORDER BY started DESC, id DESC LIMIT ?2"))?;
        let rows = query.query_map(params![root.display().to_string(), limit], run)?;
        rows.collect::<rusqlite::Result<_>>().map_err(Into::into)
    }

    /// The run that `name` names: its name, a unique start of it, or `last`.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn run(&self, root: &Path, name: &str) -> Result<RunRecord, JournalError> {
        let found = self.runs(root, usize::MAX >> 1)?;
        let mut fitting = found.into_iter().filter(|run| name == "last" || run.run.as_str().starts_with(name));
        match (fitting.next(), fitting.next()) {
            (Some(run), _) if name == "last" => Ok(run),
            (Some(run), None) => Ok(run),
            (Some(_), Some(_)) => Err(JournalError::SeveralRuns(name.to_owned())),
            _ => Err(JournalError::NoSuchRun(name.to_owned())),
        }
    }

    /// The run, where the journal has it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn by_id(&self, id: &RunId) -> Result<Option<RunRecord>, JournalError> {
        let Some(connection) = &self.0 else { return Ok(None) };
        let mut query = connection.prepare_cached(&format!("{RUN} WHERE id = ?1"))?;
        let found = query.query_map([id.as_str()], run)?.next().transpose()?;
        Ok(found)
    }

    /// The steps of a run.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn steps(&self, run: &RunId) -> Result<Vec<StepRecord>, JournalError> {
        let Some(connection) = &self.0 else { return Ok(vec![]) };
        let sql = "SELECT step, name, task, attempts, started, duration, outcome, needs, digest FROM steps WHERE run = ?1 ORDER BY step";
        let mut query = connection.prepare(sql)?;
        let rows = query.query_map([run.as_str()], |row| {
            Ok(StepRecord {
                step: StepId(row.get(0)?),
                name: row.get(1)?,
                task: row.get(2)?,
                attempts: row.get(3)?,
                started: row.get::<_, Option<i64>>(4)?.map(Timestamp),
                duration_ms: row.get(5)?,
                outcome: row.get::<_, Option<String>>(6)?.and_then(|text| serde_json::from_str(&text).ok()),
                needs: row.get::<_, Option<String>>(7)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
                digest: row.get(8)?,
            })
        })?;
        rows.collect::<rusqlite::Result<_>>().map_err(Into::into)
    }

    /// How long the steps of the last runs in the project took where they succeeded: by their names, the newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn durations(&self, root: &Path, runs: usize) -> Result<BTreeMap<String, Vec<u64>>, JournalError> {
        let mut all: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        let Some(connection) = &self.0 else { return Ok(all) };
        let sql = "SELECT steps.name, steps.duration FROM steps
            JOIN (SELECT id, started FROM runs WHERE root = ?1 ORDER BY started DESC, id DESC LIMIT ?2) AS last ON steps.run = last.id
            WHERE steps.duration IS NOT NULL AND json_extract(steps.outcome, '$.kind') = 'succeeded'
            ORDER BY last.started DESC, last.id DESC";
        let mut query = connection.prepare(sql)?;
        let rows = query.query_map(params![root.display().to_string(), runs], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for row in rows {
            let (name, duration): (String, u64) = row?;
            all.entry(name).or_default().push(duration);
        }
        Ok(all)
    }

    /// The effects of a run.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn effects(&self, run: &RunId) -> Result<Vec<EffectRecord>, JournalError> {
        let Some(connection) = &self.0 else { return Ok(vec![]) };
        let sql = "SELECT id, step, kind, target, effect, state, started, ended, detail FROM effects WHERE run = ?1 ORDER BY id";
        let mut query = connection.prepare(sql)?;
        let rows = query.query_map([run.as_str()], |row| {
            Ok(EffectRecord {
                id: EffectId(row.get(0)?),
                step: StepId(row.get(1)?),
                kind: row.get(2)?,
                target: row.get(3)?,
                effect: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
                state: EffectState::from_word(&row.get::<_, String>(5)?),
                started: Timestamp(row.get(6)?),
                ended: row.get::<_, Option<i64>>(7)?.map(Timestamp),
                detail: row.get(8)?,
            })
        })?;
        rows.collect::<rusqlite::Result<_>>().map_err(Into::into)
    }

    /// The effects of a run of which nobody knows whether they happened.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn in_doubt(&self, run: &RunId) -> Result<Vec<EffectRecord>, JournalError> {
        let effects = self.effects(run)?;
        Ok(effects.into_iter().filter(|effect| matches!(effect.state, EffectState::Intended | EffectState::InDoubt)).collect())
    }

    /// Marks an effect of a past run as settled.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn settle(&self, run: &RunId, effect: EffectId, detail: &str) -> Result<(), JournalError> {
        let Some(connection) = &self.0 else { return Ok(()) };
        let sql = "UPDATE effects SET state = ?3, detail = ?4, ended = ?5 WHERE run = ?1 AND id = ?2";
        let values = params![run.as_str(), effect.0, EffectState::Settled.word(), detail, Timestamp::now().0];
        connection.execute(sql, values).map(|_| ()).map_err(|error| JournalError::Write(error.to_string()))
    }

    /// The log of a run, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn logs(&self, run: &RunId) -> Result<Vec<LogRecord>, JournalError> {
        self.logs_after(run, 0)
    }

    /// The log of a run behind the line with this number, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn logs_after(&self, run: &RunId, seq: u64) -> Result<Vec<LogRecord>, JournalError> {
        let Some(connection) = &self.0 else { return Ok(vec![]) };
        let mut query =
            connection.prepare_cached("SELECT seq, step, stream, text FROM logs WHERE run = ?1 AND seq > ?2 ORDER BY seq")?;
        let rows = query.query_map(params![run.as_str(), seq], |row| {
            Ok(LogRecord { seq: row.get(0)?, step: StepId(row.get(1)?), stream: row.get(2)?, text: row.get(3)? })
        })?;
        rows.collect::<rusqlite::Result<_>>().map_err(Into::into)
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    let json = |index| row.get::<_, String>(index).map(|text| serde_json::from_str(&text).unwrap_or_default());
    let process = ProcessIdentity { pid: row.get(6)?, start: row.get(7)? };
    let outcome: Option<String> = row.get(10)?;
    let id: String = row.get(0)?;
    let tasks: serde_json::Value = json(3)?;
    Ok(RunRecord {
        run: id
            .parse()
            .map_err(|error: String| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into()))?,
        project: row.get(1)?,
        root: row.get(2)?,
        tasks: serde_json::from_value(tasks).unwrap_or_default(),
        params: json(4)?,
        mode: row.get(5)?,
        started: Timestamp(row.get(8)?),
        ended: row.get::<_, Option<i64>>(9)?.map(Timestamp),
        outcome: outcome.unwrap_or_else(|| if process.lives() { "running" } else { "killed" }.to_owned()),
        exit_code: row.get(11)?,
        about: row.get::<_, Option<String>>(12)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
    })
}
