use super::fetch::LARGEST;
use crate::ProjectPaths;
use infra_event::{ErrorCode, TaskError};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;

/// The content of a file that nobody but its owner can read or write.
pub(super) async fn read(path: &str, paths: &Arc<ProjectPaths>) -> Result<String, TaskError> {
    let file = paths.canonical(path)?;
    let read = tokio::task::spawn_blocking(move || content(&file.absolute, &file.shown)).await;
    read.unwrap_or_else(|_| Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")))
}

fn content(path: &std::path::Path, shown: &str) -> Result<String, TaskError> {
    // Opening does not wait for the other end of a pipe. What is looked at is what is read.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = open(path, flags, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::NOENT => TaskError::new(ErrorCode::NOT_FOUND, format!("there is no file `{shown}`"))
            .hint("write the secret there, with mode 0600"),
        error => TaskError::new(ErrorCode::INPUT_OUTPUT, format!("`{shown}` cannot be opened: {}", std::io::Error::from(error))),
    })?;
    let failed = |error: std::io::Error| TaskError::new(ErrorCode::INPUT_OUTPUT, format!("`{shown}` cannot be read: {error}"));
    let stat = fstat(&file).map_err(|error| failed(error.into()))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(TaskError::new(ErrorCode::INVALID, format!("`{shown}` is not a file")));
    }
    let mode = stat.st_mode & 0o7777;
    if mode & 0o077 != 0 {
        let message = format!("others than its owner can read or write `{shown}` (mode {mode:04o})");
        return Err(TaskError::new(ErrorCode::DENIED, message).hint(format!("`chmod 600 {shown}`")));
    }
    let mut content = Vec::new();
    File::from(file).take(LARGEST as u64 + 2).read_to_end(&mut content).map_err(failed)?;
    String::from_utf8(content).map_err(|_| {
        TaskError::new(ErrorCode::INVALID, format!("`{shown}` is not text")).hint("a secret is UTF-8 text: store it in base64")
    })
}
