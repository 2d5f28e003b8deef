use crate::ProcessIdentity;
use infra_event::Timestamp;
use rusqlite::{Connection, params};
use std::time::Duration;

/// Which past runs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How many, besides the one that starts.
    pub runs: usize,
    /// For how long.
    pub age: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { runs: 500, age: Duration::from_secs(90 * 24 * 3600) }
    }
}

impl Retention {
    /// Forgets the others, with their steps, effects and logs. A run that did not end may be resumed: only its age counts, and never while it
    /// lives.
    pub(crate) fn forget(self, connection: &Connection) -> rusqlite::Result<()> {
        let age = i64::try_from(self.age.as_millis()).unwrap_or(i64::MAX);
        let oldest = Timestamp::now().0.saturating_sub(age);
        let sql = "DELETE FROM runs WHERE ended IS NOT NULL AND (started < ?1 OR id NOT IN (SELECT id FROM runs ORDER BY started DESC, id DESC LIMIT ?2))";
        connection.execute(sql, params![oldest, self.runs])?;
        let mut unended = connection.prepare("SELECT id, pid, pid_start FROM runs WHERE ended IS NULL AND started < ?1")?;
        let rows = unended.query_map([oldest], |row| {
            Ok((row.get::<_, String>(0)?, ProcessIdentity { pid: row.get(1)?, start: row.get(2)? }))
        })?;
        for (run, process) in rows.collect::<rusqlite::Result<Vec<_>>>()? {
            if !process.lives() {
                connection.execute("DELETE FROM runs WHERE id = ?1", [run])?;
            }
        }
        Ok(())
    }
}
