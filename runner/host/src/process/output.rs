use crate::TaskLog;
use crate::bindings::infra::task::process::Destination;
use crate::bindings::infra::task::types::Output;
use infra_event::LogStream;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

/// What is read at once.
const PIECE: usize = 16 << 10;

/// Carries one output of a program to where it goes. A task that does not read holds the program up, not the log.
pub(super) fn pump(
    mut source: impl AsyncRead + Unpin + Send + 'static,
    stream: LogStream,
    destination: Destination,
    log: &Arc<TaskLog>,
    task: Sender<Output>,
) -> JoinHandle<()> {
    let mut lines = matches!(destination, Destination::Log | Destination::Both).then(|| log.stream(stream));
    let mut task = matches!(destination, Destination::Task | Destination::Both).then_some(task);
    tokio::spawn(async move {
        let mut piece = vec![0; PIECE];
        while let Ok(length @ 1..) = source.read(&mut piece).await {
            let bytes = &piece[..length];
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
        }
    })
}
