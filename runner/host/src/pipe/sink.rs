//! The sinks of a pipe.

use super::flow::{Flow, Receiver, Sender, Stop};
use super::measure::Measure;
use super::said::Said;
use crate::bindings::infra::task::types::Output;
use crate::docker::{ContainerFiles, Exec, OutputPiece};
use crate::files::PartialFile;
use crate::permit_slot::{PermitSlot, Slot};
use crate::process::Running;
use bytes::Bytes;
use infra_event::{ErrorCode, TaskError};
use infra_gate::Permit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the bytes go, opened and admitted.
#[derive(Debug)]
pub(super) enum Sink {
    File(PartialFile, PermitSlot, Ending),
    Exec(Box<Exec>, Said),
    Program(Box<Running>, Said),
    Archive(ContainerFiles),
    Portions(Sender),
    Nowhere,
}

/// Is dropped by who works with a file, when that is done.
pub(super) type Ending = tokio::sync::oneshot::Sender<()>;

impl Sink {
    /// A file; its permit waits for the work to end where the step is cancelled.
    pub(super) fn file(file: PartialFile, mut permit: Permit) -> Self {
        let (ending, ended) = tokio::sync::oneshot::channel();
        permit.on_cancel(move || {
            Box::pin(async move {
                let _ = ended.await;
                Ok(())
            })
        });
        Self::File(file, PermitSlot::new(Some(permit)), ending)
    }

    /// What cancels this end when it is dropped.
    pub(super) fn hold(&self) -> Option<PermitSlot> {
        Some(match self {
            Self::File(_, permit, _) => permit.share().hold(),
            Self::Exec(exec, _) => exec.permit().hold(),
            Self::Program(running, _) => running.permit().hold(),
            Self::Archive(files) => files.permit.share().hold(),
            Self::Portions(_) | Self::Nowhere => return None,
        })
    }

    /// Takes everything, up to the good end.
    pub(super) async fn drain(self, measure: Arc<Measure>, counts: bool, mut receiver: Receiver) -> Result<(), Stop> {
        let count = move |measure: &Measure, data: &[u8]| {
            if counts {
                measure.add(data);
            }
        };
        match self {
            Self::Nowhere => loop {
                match receiver.recv().await {
                    Some(Flow::Data(data)) => count(&measure, &data),
                    Some(Flow::End) => return Ok(()),
                    None => return Err(Stop::BrokenOff),
                }
            },
            Self::Portions(sender) => loop {
                let (flow, ended) = match receiver.recv().await {
                    Some(Flow::Data(data)) => {
                        count(&measure, &data);
                        (Flow::Data(data), false)
                    }
                    Some(Flow::End) => (Flow::End, true),
                    None => return Err(Stop::BrokenOff),
                };
                sender.send(flow).await.map_err(|_| Stop::BrokenOff)?;
                if ended {
                    return Ok(());
                }
            },
            Self::File(mut file, permit, ending) => {
                let noted = Arc::clone(&measure);
                let writing = tokio::task::spawn_blocking(move || {
                    let _ending = ending;
                    loop {
                        match receiver.blocking_recv() {
                            Some(Flow::Data(data)) => {
                                count(&noted, &data);
                                file.write(&data)?;
                            }
                            Some(Flow::End) => return Ok(file.commit()?),
                            None => return Err(Stop::BrokenOff),
                        }
                    }
                });
                settle(&permit.share(), writing.await.unwrap_or(Err(Stop::BrokenOff)), &measure)
            }
            Self::Exec(mut exec, mut said) => {
                let result = feed_exec(&mut exec, &mut said, receiver, |data| count(&measure, data)).await;
                settle(exec.permit(), result, &measure)
            }
            Self::Program(running, said) => feed_program(*running, said, receiver, &measure, |data| count(&measure, data)).await,
            Self::Archive(files) => {
                let ended = Arc::new(AtomicBool::new(false));
                let (seen, counted) = (Arc::clone(&ended), Arc::clone(&measure));
                let pieces = futures_util::stream::unfold((receiver, false), move |(mut receiver, over)| {
                    let (seen, counted) = (Arc::clone(&seen), Arc::clone(&counted));
                    async move {
                        if over {
                            return None;
                        }
                        match receiver.recv().await {
                            Some(Flow::Data(data)) => {
                                count(&counted, &data);
                                Some((Ok(data), (receiver, false)))
                            }
                            Some(Flow::End) => {
                                seen.store(true, Ordering::Relaxed);
                                None
                            }
                            None => Some((Err(std::io::Error::other("the source was broken off")), (receiver, true))),
                        }
                    }
                });
                let result = match files.extract(pieces).await {
                    Ok(()) if ended.load(Ordering::Relaxed) => Ok(()),
                    // The daemon stops to read where the archive ends, or is no archive.
                    Ok(()) => Err(unread(&files).into()),
                    Err(error) => Err(Stop::Failed(error)),
                };
                settle(&files.permit.share(), result, &measure)
            }
        }
    }
}

fn unread(files: &ContainerFiles) -> TaskError {
    TaskError::new(ErrorCode::INVALID, format!("cannot {}: the archive was not read to its end", files.doing()))
        .hint("what is piped there must be a tar archive")
}

fn settle(permit: &Slot, result: Result<(), Stop>, measure: &Measure) -> Result<(), Stop> {
    match &result {
        Ok(()) => permit.done(Some(measure.note())),
        Err(Stop::Failed(error)) => permit.failed(error),
        // Dropped, it counts as cancelled.
        Err(Stop::BrokenOff) => {}
    }
    result
}

/// Feeds a command while its output is read. Its input ends only with the good end of the source; before that it is killed.
async fn feed_exec(exec: &mut Exec, said: &mut Said, mut receiver: Receiver, count: impl Fn(&[u8])) -> Result<(), Stop> {
    let mut input = exec.take_input();
    let early = loop {
        tokio::select! {
            biased;
            output = exec.output.next() => match output? {
                Some(OutputPiece::Stdout(data) | OutputPiece::Stderr(data)) => said.add(&data),
                None => break input.is_some(),
            },
            flow = receiver.recv(), if input.is_some() => match flow {
                Some(Flow::Data(data)) => {
                    count(&data);
                    if !write_reading(exec, said, input.as_ref(), data).await? {
                        break true;
                    }
                }
                Some(Flow::End) => if let Some(input) = input.take() { input.close().await },
                None => return Err(Stop::BrokenOff),
            },
        }
    };
    while let Some(OutputPiece::Stdout(data) | OutputPiece::Stderr(data)) = exec.output.next().await? {
        said.add(&data);
    }
    let status = exec.wait().await?;
    said.ended_well(Some(status.code), None)?;
    if early { Err(said.ended_early().into()) } else { Ok(()) }
}

/// Writes a piece, and reads what the command says meanwhile, so that neither waits for the other. False where the command has ended.
async fn write_reading(
    exec: &mut Exec,
    said: &mut Said,
    input: Option<&crate::docker::ExecInput>,
    data: Bytes,
) -> Result<bool, Stop> {
    let Some(input) = input else { return Ok(false) };
    let writing = input.write(data);
    tokio::pin!(writing);
    loop {
        tokio::select! {
            biased;
            written = &mut writing => return Ok(written),
            output = exec.output.next() => match output? {
                Some(OutputPiece::Stdout(data) | OutputPiece::Stderr(data)) => said.add(&data),
                None => return Ok(false),
            },
        }
    }
}

async fn feed_program(
    mut running: Running,
    mut said: Said,
    mut receiver: Receiver,
    measure: &Measure,
    count: impl Fn(&[u8]),
) -> Result<(), Stop> {
    let mut input = running.take_input();
    let mut early = false;
    loop {
        tokio::select! {
            biased;
            output = running.next() => match output {
                Some(Output::Stdout(data) | Output::Stderr(data)) => said.add(&data),
                None => {
                    // Both outputs are closed; it may read on.
                    break;
                }
            },
            flow = receiver.recv(), if input.is_some() => match flow {
                Some(Flow::Data(data)) => {
                    count(&data);
                    if !write_to_program(&mut running, &mut said, &mut input, &data).await {
                        early = true;
                        input = None;
                    }
                }
                Some(Flow::End) => if let Some(input) = input.take() { input.close() },
                None => return Err(broken_off(running, input).await),
            },
        }
    }
    while let Some(open) = &mut input {
        match receiver.recv().await {
            Some(Flow::Data(data)) => {
                count(&data);
                if !open.write(&data).await {
                    early = true;
                    input = None;
                }
            }
            Some(Flow::End) => {
                if let Some(input) = input.take() {
                    input.close()
                }
            }
            None => return Err(broken_off(running, input).await),
        }
    }
    running.note(measure.note());
    let status = running.wait().await?;
    said.ended_well(status.code, status.signal)?;
    if early { Err(said.ended_early().into()) } else { Ok(()) }
}

/// The program is stopped while its input is still open: it must not take this for the end.
async fn broken_off(running: Running, input: Option<crate::process::ProgramInput>) -> Stop {
    running.stop().await;
    drop(input);
    Stop::BrokenOff
}

async fn write_to_program(
    running: &mut Running,
    said: &mut Said,
    input: &mut Option<crate::process::ProgramInput>,
    data: &[u8],
) -> bool {
    let Some(input) = input else { return false };
    let writing = input.write(data);
    tokio::pin!(writing);
    loop {
        tokio::select! {
            biased;
            written = &mut writing => return written,
            Some(output) = running.next() => match output {
                Output::Stdout(data) | Output::Stderr(data) => said.add(&data),
            },
        }
    }
}
