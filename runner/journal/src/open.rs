use crate::JournalError;
use crate::columns::{add_missing, has_table};
use crate::process_identity::boot;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where another run holds the file for longer than this, writing fails.
const BUSY: Duration = Duration::from_secs(10);

const SCHEMA: &str = include_str!("schema.sql");
/// Names the schema: a file that has this version needs no look at its tables.
const VERSION: u32 = version(SCHEMA.as_bytes());

/// FNV-1a, of which SQLite keeps 31 bits without a sign.
const fn version(mut text: &[u8]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    while let [byte, rest @ ..] = text {
        hash = (hash ^ *byte as u32).wrapping_mul(0x0100_0193);
        text = rest;
    }
    hash >> 1
}

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
    leave_log(&connection, boot().as_deref()).map_err(failed)?;
    // Another process may have made the file just now, and its tables not yet.
    if !has_table(&connection, "runs")? {
        return Ok(None);
    }
    add_missing(&connection)?;
    Ok(Some(connection))
}

fn prepare(path: &Path) -> rusqlite::Result<Connection> {
    let boot = boot();
    let in_doubt = is_in_doubt(path, boot.as_deref());
    let connection = Connection::open(path)?;
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    connection.busy_timeout(BUSY)?;
    leave_log(&connection, boot.as_deref())?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What must be on the disk is synced by the writer itself.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != VERSION {
        connection.execute_batch(SCHEMA)?;
        add_missing(&connection)?;
        connection.pragma_update(None, "user_version", VERSION)?;
    }
    if in_doubt {
        check(&connection)?;
        let _ = fs::remove_file(doubt(path));
    }
    if let Some(boot) = boot.filter(|boot| !is_of_boot(path, boot)) {
        let _ = fs::write(beside(path, "-boot"), boot);
    }
    Ok(connection)
}

/// The last to close the journal leaves its write-ahead log as it is: moving it into the file takes two waits for the disk. The writer does
/// so when the log has grown. Where the boot has no name, a log that is left behind is the only sign of a machine that went down.
fn leave_log(connection: &Connection, boot: Option<&str>) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, boot.is_some()).map(|_| ())
}

/// Reads the whole file: its time grows with the journal.
fn check(connection: &Connection) -> rusqlite::Result<()> {
    let answer = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))?;
    if answer == "ok" {
        return Ok(());
    }
    Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), Some(answer)))
}

/// Whether the file may be damaged: the machine went down with a write-ahead log that was not moved into it yet, or damage was met.
/// The end of a process, however it comes, damages nothing.
fn is_in_doubt(path: &Path, boot: Option<&str>) -> bool {
    doubt(path).exists() || (wal(path).exists() && !boot.is_some_and(|boot| is_of_boot(path, boot)))
}

/// Whether it was opened since the machine was booted.
fn is_of_boot(path: &Path, boot: &str) -> bool {
    fs::read_to_string(beside(path, "-boot")).is_ok_and(|last| last == boot)
}

/// Remembers that damage was met, so that the next to open the journal looks at all of it.
pub(crate) fn remember_damage(connection: &Connection, error: &rusqlite::Error) {
    if is_damage(error)
        && let Some(path) = connection.path()
    {
        let _ = fs::write(doubt(Path::new(path)), "");
    }
}

/// The write-ahead log.
pub(crate) fn wal(path: &Path) -> PathBuf {
    beside(path, "-wal")
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
    for side in ["-wal", "-shm", "-doubt", "-boot"] {
        let _ = fs::remove_file(beside(path, side));
    }
    Ok(aside)
}
