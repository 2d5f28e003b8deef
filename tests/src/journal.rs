use crate::Project;
use rusqlite::{Connection, OpenFlags};

/// A run, as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRun {
    /// Its name.
    pub run: String,
    /// `run` or `resume`.
    pub mode: String,
    /// How it ended; none where it did not.
    pub outcome: Option<String>,
}

/// An effect, as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEffect {
    /// As `docker.container.create`.
    pub kind: String,
    /// What it acts on.
    pub target: String,
    /// As `performed`.
    pub state: String,
    /// More about its end.
    pub detail: Option<String>,
}

/// The journal of a project's user.
#[derive(Debug)]
pub struct Journal(Connection);

impl Journal {
    /// Opens it for reading.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        let path = project.home().join("state/infra/journal.sqlite");
        Self(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap())
    }

    /// All runs, the oldest first.
    #[must_use]
    pub fn runs(&self) -> Vec<JournalRun> {
        let mut query = self.0.prepare("SELECT id, mode, outcome FROM runs ORDER BY rowid").unwrap();
        let rows = query.query_map([], |row| Ok(JournalRun { run: row.get(0)?, mode: row.get(1)?, outcome: row.get(2)? }));
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// The last run.
    #[must_use]
    pub fn last(&self) -> JournalRun {
        self.runs().pop().unwrap()
    }

    /// The effects of a run, in order.
    #[must_use]
    pub fn effects(&self, run: &str) -> Vec<JournalEffect> {
        let mut query = self.0.prepare("SELECT kind, target, state, detail FROM effects WHERE run = ?1 ORDER BY id").unwrap();
        let rows = query.query_map([run], |row| {
            Ok(JournalEffect { kind: row.get(0)?, target: row.get(1)?, state: row.get(2)?, detail: row.get(3)? })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }
}
