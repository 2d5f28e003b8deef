use super::denial::Denial;
use crate::TaskLog;
use crate::bindings::infra::task::process::Destination;
use crate::bindings::infra::task::types::Output;
use infra_event::LogStream;
use std::io::ErrorKind;
use std::sync::Arc;
use tokio::net::unix::pipe::Receiver;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

/// What is read at once.
const PIECE: usize = 64 << 10;
const FIRST_PIECE: usize = 512;

/// Carries one output of a program to where it goes. A task that does not read holds the program up, not the log.
pub(super) fn pump(
    source: Receiver,
    stream: LogStream,
    destination: Destination,
    log: &Arc<TaskLog>,
    task: Sender<Output>,
    denial: Option<Arc<Denial>>,
) -> JoinHandle<()> {
    let mut lines = matches!(destination, Destination::Log | Destination::Both).then(|| log.stream(stream));
    let mut task = matches!(destination, Destination::Task | Destination::Both).then_some(task);
    tokio::spawn(async move {
        // Most programs say little or nothing.
        let mut piece = vec![0; FIRST_PIECE];
        while source.readable().await.is_ok() {
            let length = match source.try_read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Ok(length @ 1..) => length,
                Ok(0) | Err(_) => break,
            };
            let bytes = &piece[..length];
            if let Some(denial) = &denial {
                denial.hear(bytes);
            }
            if let Some(lines) = &mut lines {
                lines.write(bytes);
            }
            if let Some(sender) = &task {
                let output = match stream {
                    LogStream::Stderr => Output::Stderr(bytes.to_vec()),
                    _ => Output::Stdout(bytes.to_vec()),
                };
                if sender.send(output).await.is_err() {
                    // Nobody reads any more: the program may still write.
                    task = None;
                }
            }
            if piece.len() < PIECE && length == piece.len() {
                piece = vec![0; PIECE];
            }
        }
    })
}
