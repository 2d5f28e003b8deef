//! One file for each verb.

pub mod build;
pub mod check;
pub mod complete;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod format;
pub mod grants;
pub mod graph;
pub mod history;
pub mod import;
pub mod init;
pub mod inspect;
pub mod learn;
pub mod list;
pub mod logs;
pub mod new_task;
pub mod plan;
pub mod policy;
pub mod report;
pub mod resume;
pub mod run;
pub mod schema;
pub mod services;
pub mod show;
pub mod task_help;
pub mod watch;

use crate::error::SessionError;
use infra_event::ExitCode;

/// A runtime for verbs that wait for something.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, SessionError>>) -> Result<T, SessionError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| SessionError::Failed {
        message: format!("no threads can be started: {error}"),
        hint: None,
        code: ExitCode::Defect,
    })?;
    let result = runtime.block_on(work);
    // What still blocks (a read of a terminal) does not hold up the end.
    runtime.shutdown_background();
    result
}

/// The first failure to write standard output.
static UNWRITTEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();

/// Writes data to standard output. A reader that has gone is no error; another failure ends the verb with its code.
fn print(text: &str) {
    use std::io::Write as _;
    let mut stdout = std::io::stdout().lock();
    let result = stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(b"\n")).and_then(|()| stdout.flush());
    if let Err(error) = result {
        READER_GONE.store(true, std::sync::atomic::Ordering::Relaxed);
        if error.kind() != std::io::ErrorKind::BrokenPipe {
            let _ = UNWRITTEN.set(error.to_string());
        }
    }
}

/// Whether nobody can read standard output any more.
static READER_GONE: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Whether nobody can read standard output any more, so that there is no use in going on.
fn reader_is_gone() -> bool {
    READER_GONE.load(std::sync::atomic::Ordering::Relaxed)
}

/// Writes a result that needs no Infrafile.
#[must_use]
pub fn write_result(global: &crate::Global, text: &str) -> ExitCode {
    print(text);
    crate::error::end(global, Ok(ExitCode::Done))
}

/// Ends with what is wrong on the command line.
#[must_use]
pub fn usage_error(global: &crate::Global, message: &str, hint: &str) -> ExitCode {
    crate::error::end(global, Err(SessionError::usage(message, hint)))
}

/// Why standard output could not be written, if so.
pub(crate) fn unwritten() -> Option<&'static str> {
    UNWRITTEN.get().map(String::as_str)
}
