//! The sources of a pipe.

use super::flow::{Flow, Sender, Stop};
use super::measure::Measure;
use super::said::Said;
use crate::docker::{ContainerFiles, Exec, OutputPiece};
use crate::files::FileSource;
use crate::http::Exchange;
use crate::permit_slot::PermitSlot;
use crate::process::Running;
use bytes::Bytes;
use futures_util::StreamExt as _;
use infra_event::{ErrorCode, TaskError};
use std::sync::Arc;

/// Where the bytes come from, opened and admitted.
#[derive(Debug)]
pub(super) enum Source {
    File(FileSource, PermitSlot),
    Exec(Box<Exec>, Said),
    Program(Box<Running>, Said),
    Archive(ContainerFiles),
    /// A response whose head was good.
    Answer(Box<Exchange>),
}

/// What is read of a file at once.
const PIECE: usize = 128 << 10;
/// A tar archive ends with two blocks of zeros.
const TAR_END: usize = 1024;

impl Source {
    /// Bytes, where that is known.
    pub(super) const fn size(&self) -> Option<u64> {
        match self {
            Self::File(file, _) => Some(file.size),
            _ => None,
        }
    }

    /// What cancels this end when it is dropped.
    pub(super) fn hold(&self) -> PermitSlot {
        match self {
            Self::File(_, permit) => permit.share().hold(),
            Self::Exec(exec, _) => exec.permit().hold(),
            Self::Program(running, _) => running.permit().hold(),
            Self::Archive(files) => files.permit.share().hold(),
            // The exchange holds its own.
            Self::Answer(_) => PermitSlot::new(None),
        }
    }

    /// Sends all of it; does not say that it has ended.
    pub(super) async fn pump(self, measure: &Arc<Measure>, sender: &Sender) -> Result<(), Stop> {
        match self {
            Self::File(file, permit) => {
                let result = read(file, Arc::clone(measure), sender.clone()).await;
                settle(&permit, result, measure)
            }
            Self::Exec(mut exec, mut said) => {
                let result = exec_output(&mut exec, &mut said, measure, sender).await;
                match &result {
                    Ok(()) => exec.permit().done(Some(measure.note())),
                    Err(Stop::Failed(error)) => exec.permit().failed(error),
                    Err(Stop::BrokenOff) => {}
                }
                result
            }
            Self::Program(mut running, mut said) => {
                running.close_input();
                while let Some(output) = running.next().await {
                    use crate::bindings::infra::task::types::Output;
                    match output {
                        Output::Stdout(data) => forward(data.into(), measure, sender).await?,
                        Output::Stderr(data) => said.add(&data),
                    }
                }
                running.note(measure.note());
                let status = running.wait().await?;
                Ok(said.ended_well(status.code, status.signal)?)
            }
            Self::Archive(files) => {
                let result = archive(&files, measure, sender).await;
                settle(&files.permit, result, measure)
            }
            Self::Answer(mut exchange) => {
                while let Some(data) = exchange.next().await? {
                    forward(data, measure, sender).await?;
                }
                Ok(())
            }
        }
    }
}

fn settle(permit: &PermitSlot, result: Result<(), Stop>, measure: &Measure) -> Result<(), Stop> {
    match &result {
        Ok(()) => permit.share().done(Some(measure.note())),
        Err(Stop::Failed(error)) => permit.share().failed(error),
        Err(Stop::BrokenOff) => {}
    }
    result
}

async fn forward(data: Bytes, measure: &Measure, sender: &Sender) -> Result<(), Stop> {
    measure.add(&data);
    sender.send(Flow::Data(data)).await.map_err(|_| Stop::BrokenOff)
}

async fn read(mut file: FileSource, measure: Arc<Measure>, sender: Sender) -> Result<(), Stop> {
    let reading = tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let length = file.read(&mut piece)?;
            if length == 0 {
                return Ok(());
            }
            piece.truncate(length);
            measure.add(&piece);
            sender.blocking_send(Flow::Data(piece.into())).map_err(|_| Stop::BrokenOff)?;
        }
    });
    reading.await.unwrap_or(Err(Stop::BrokenOff))
}

async fn exec_output(exec: &mut Exec, said: &mut Said, measure: &Measure, sender: &Sender) -> Result<(), Stop> {
    while let Some(piece) = exec.output.next().await? {
        match piece {
            OutputPiece::Stdout(data) => forward(data, measure, sender).await?,
            OutputPiece::Stderr(data) => said.add(&data),
        }
    }
    let status = exec.wait().await?;
    Ok(said.ended_well(Some(status.code), None)?)
}

async fn archive(files: &ContainerFiles, measure: &Measure, sender: &Sender) -> Result<(), Stop> {
    let mut pieces = files.archive().await?;
    let mut zeros = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        let tail = piece.iter().rev().take_while(|byte| **byte == 0).count();
        zeros = if tail == piece.len() { zeros + tail } else { tail };
        forward(piece, measure, sender).await?;
    }
    if zeros < TAR_END {
        let message = format!("cannot {}: the daemon's archive ends too early", files.doing());
        return Err(TaskError::new(ErrorCode::FAILED, message).hint("the daemon's log may say why").retryable().into());
    }
    Ok(())
}
