use crate::JournalError;
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where another run holds the file for longer than this, writing fails.
const BUSY: Duration = Duration::from_secs(10);

/// Opens the journal for writing; makes it where there is none. A damaged one is set aside: its new path is returned.
pub(crate) fn open(path: &Path) -> Result<(Connection, Option<PathBuf>), JournalError> {
    let failed = |cause: String| JournalError::Open { path: path.to_owned(), cause };
    if let Some(dir) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| failed(error.to_string()))?;
    }
    match prepare(path) {
        Ok(connection) => Ok((connection, None)),
        Err(error) if is_damage(&error) => {
            let aside = set_aside(path).map_err(|error| failed(error.to_string()))?;
            let connection = prepare(path).map_err(|error| failed(error.to_string()))?;
            Ok((connection, Some(aside)))
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

/// Opens the journal for reading; none where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Connection>, JournalError> {
    if !path.exists() {
        return Ok(None);
    }
    let failed = |error: rusqlite::Error| JournalError::Open { path: path.to_owned(), cause: error.to_string() };
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    Ok(Some(connection))
}

fn prepare(path: &Path) -> rusqlite::Result<Connection> {
    let in_doubt = is_in_doubt(path);
    let connection = Connection::open(path)?;
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Commits are synced only where an intent asks for it.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.execute_batch(include_str!("schema.sql"))?;
    if in_doubt {
        check(&connection)?;
        let _ = fs::remove_file(doubt(path));
    }
    Ok(connection)
}

/// Reads the whole file: its time grows with the journal.
fn check(connection: &Connection) -> rusqlite::Result<()> {
    let answer = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))?;
    if answer == "ok" {
        return Ok(());
    }
    Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), Some(answer)))
}

/// Whether the file may be damaged: its last writer did not close it (closing removes the write-ahead log), or met damage.
fn is_in_doubt(path: &Path) -> bool {
    doubt(path).exists() || beside(path, "-wal").exists()
}

/// Remembers that damage was met, so that the next to open the journal looks at all of it.
pub(crate) fn remember_damage(connection: &Connection, error: &rusqlite::Error) {
    if is_damage(error)
        && let Some(path) = connection.path()
    {
        let _ = fs::write(doubt(Path::new(path)), "");
    }
}

fn doubt(path: &Path) -> PathBuf {
    beside(path, "-doubt")
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let aside = path.with_extension(format!("damaged-{}", infra_event::Timestamp::now().0));
    fs::rename(path, &aside)?;
    for side in ["-wal", "-shm", "-doubt"] {
        let _ = fs::remove_file(beside(path, side));
    }
    Ok(aside)
}
