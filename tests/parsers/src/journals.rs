use crate::texts;
use infra_event::RunId;
use infra_journal::{History, Journal};
use rusqlite::{Connection, params};
use std::path::Path;
use std::sync::OnceLock;

/// A journal with one run, made once.
fn prototype() -> &'static [u8] {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    MADE.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.sqlite");
        drop(Journal::open(&path, RunId::generate(), Path::new("/p")).unwrap());
        Connection::open(&path).unwrap().execute_batch("PRAGMA journal_mode = DELETE").unwrap();
        std::fs::read(&path).unwrap()
    })
}

fn read(path: &Path) {
    let Ok(history) = History::open(path) else { return };
    for run in history.runs(Path::new("/p"), 10).unwrap_or_default() {
        let _ = (history.steps(&run.run), history.effects(&run.run), history.logs(&run.run), history.in_doubt(&run.run));
        let _ = history.by_id(&run.run);
    }
    let _ = history.run(Path::new("/p"), "last");
}

/// Rows that another version has written, or nobody; and a file that is damaged.
pub(crate) fn journal(data: &[u8]) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.sqlite");
    std::fs::write(&path, prototype()).unwrap();
    let [id, tasks, about, outcome, effect, state, log] = texts(data);
    {
        let connection = Connection::open(&path).unwrap();
        let run = "INSERT INTO runs VALUES (?1, 'p', '/p', ?2, ?3, 'run', 1, 'x', 1, 2, ?4, 0, ?3)";
        connection.execute(run, params![id, tasks, about, outcome]).unwrap();
        connection
            .execute("INSERT INTO steps VALUES (?1, 0, ?2, ?3, 1, 1, 1, ?4, ?2, ?3)", params![id, tasks, about, outcome])
            .unwrap();
        connection
            .execute(
                "INSERT INTO effects VALUES (?1, 1, 0, ?2, ?3, ?4, ?5, 1, 2, ?6)",
                params![id, tasks, about, effect, state, log],
            )
            .unwrap();
        connection.execute("INSERT INTO logs VALUES (?1, 1, 0, ?2, ?3)", params![id, state, log]).unwrap();
    }
    read(&path);
    if let Some((place, rest)) = data.split_first_chunk::<2>() {
        let mut bytes = prototype().to_vec();
        let at = usize::from(u16::from_le_bytes(*place)) % bytes.len();
        let end = bytes.len().min(at + rest.len());
        bytes[at..end].copy_from_slice(&rest[..end - at]);
        std::fs::write(&path, bytes).unwrap();
        for side in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(directory.path().join(format!("journal.sqlite{side}")));
        }
        read(&path);
        // A run sets aside what it cannot use, and goes on.
        if let Ok(journal) = Journal::open(&path, RunId::generate(), Path::new("/p")) {
            drop(journal);
            read(&path);
        }
    }
}
