use super::api_error::docker_error;
use super::container_logs::OutputPiece;
use super::docker_host::DockerHost;
use super::exec_kill::{self, Kill, KillOnDrop};
use super::operation::{Operation, send};
use super::step_docker::{StepDocker, absent, draft};
use crate::permit_slot::{PermitSlot, Slot};
use crate::secrets::Veil;
use bollard::container::LogOutput;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use infra_effect::{DockerObject, DockerVerb, EffectKind};
use infra_event::{ErrorCode, TaskError};
use infra_gate::Decision;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, watch};

/// Pieces of input that wait for the command.
const WAITING: usize = 64;
const PIECE: usize = 64 << 10;
/// Greater codes are those of commands that a signal has ended.
const BY_SIGNAL: i32 = 128;

/// A command in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecRequest {
    /// The program and its arguments.
    pub args: Vec<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// As `postgres` or `1000:1000`.
    pub user: Option<String>,
    /// Where it starts.
    pub dir: Option<String>,
    /// Whether its standard input is written.
    pub input: bool,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecStatus {
    /// The exit code; the daemon reports a signal as 128 and its number.
    pub code: i32,
    /// From start to end.
    pub duration: Duration,
}

/// A command under way in a container; dropping it kills it.
#[derive(Debug)]
pub struct Exec {
    /// Its output. Ends when the command has ended.
    pub output: Operation<OutputPiece>,
    input: Option<mpsc::Sender<Bytes>>,
    status: watch::Receiver<Option<Result<ExecStatus, TaskError>>>,
    permit: Slot,
    /// The container's image: where a secret goes that is written to its input.
    pub(crate) image: String,
    /// Takes out of its output what the task may not know.
    pub(crate) veil: Option<Veil>,
    _kill: KillOnDrop,
}

/// Who ends the permit of a command that has ended by itself, and how one is stopped that has not.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// The command's end ends the permit; it is killed.
    Alone,
    /// A pipe ends the permit; it has a grace to undo what it has begun.
    Piped,
}

/// How long a command that a pipe feeds may take to undo what it has begun.
const GRACE: Duration = Duration::from_secs(10);

type Output = Pin<Box<dyn Stream<Item = Result<LogOutput, bollard::errors::Error>> + Send>>;
type Writer = Pin<Box<dyn AsyncWrite + Send>>;

impl StepDocker {
    /// Starts a command in a container.
    ///
    /// # Errors
    /// When it is not granted, the container is not there or does not run, or the command cannot be started.
    pub async fn start_exec(&self, name: &str, request: ExecRequest) -> Result<Exec, TaskError> {
        self.begin_exec(name, request, Manner::Alone).await
    }

    /// As [`StepDocker::start_exec`], for a pipe: it ends the permit itself.
    pub(crate) async fn start_piped_exec(&self, name: &str, request: ExecRequest) -> Result<Exec, TaskError> {
        self.begin_exec(name, request, Manner::Piped).await
    }

    /// Whether a command may run, before anything else is begun.
    pub(crate) async fn check_exec(&self, name: &str, args: &[String]) -> Result<(), TaskError> {
        let mut effect = draft(DockerVerb::Exec, DockerObject::Container(name.to_owned()));
        effect.command = args.to_vec();
        let (effect, found) = self.target(EffectKind::ContainerExec, effect).await?;
        if found.is_none() {
            return Err(absent(&effect.object));
        }
        self.refuse_early(EffectKind::ContainerExec, &effect).await
    }

    async fn begin_exec(&self, name: &str, request: ExecRequest, manner: Manner) -> Result<Exec, TaskError> {
        let invalid = |message: &str, hint: &str| Err(TaskError::new(ErrorCode::INVALID, message).hint(hint));
        if request.args.is_empty() {
            return invalid("a command in a container needs a program", "name it first in `args`");
        }
        if request.env.iter().any(|(name, _)| name.is_empty() || name.contains('=')) {
            return invalid("an environment variable has no name, or an equals sign in it", "correct `env`");
        }
        let mut effect = draft(DockerVerb::Exec, DockerObject::Container(name.to_owned()));
        effect.command.clone_from(&request.args);
        let (effect, found) = self.target(EffectKind::ContainerExec, effect).await?;
        let Some(found) = found else { return Err(absent(&effect.object)) };
        let mut permit = match self.admit(EffectKind::ContainerExec, effect).await? {
            Decision::Perform(permit) => permit,
            Decision::Simulate(simulated) => return Err(simulated.unknown()),
        };
        let mark = exec_kill::mark(&self.run, permit.id());
        let doing = format!("run `{}` in the container `{}`", request.args[0], found.name);
        let grace = if matches!(manner, Manner::Piped) { GRACE } else { Duration::ZERO };
        let kill = Kill::new(self.host.clone(), found.id.clone(), mark.clone(), grace);
        let undo = Arc::clone(&kill);
        permit.on_cancel(move || Box::pin(async move { undo.finish().await }));
        let started = match start(&self.host, &doing, &found.id, request, &mark, &kill).await {
            Ok(started) => started,
            Err(error) => {
                kill.not_needed();
                permit.failed(&error);
                return Err(error);
            }
        };
        let Started { id, mut output, input } = started;
        let (told, status) = watch::channel(None);
        let (host, held) = (self.host.clone(), Arc::clone(&kill));
        let begun = Instant::now();
        let slot = PermitSlot::new(Some(permit));
        let permit = slot.share();
        let work = move |sender| async move {
            let result = async {
                while let Some(piece) = output.next().await {
                    let piece = piece.map_err(|error| host.note(docker_error(&doing, error)))?;
                    if !send(&sender, OutputPiece::from(piece)).await {
                        break;
                    }
                }
                let code = ended(&host, &doing, &id).await?;
                if code > BY_SIGNAL {
                    host.still_listens(&doing).await?;
                }
                held.not_needed();
                Ok(ExecStatus { code, duration: begun.elapsed() })
            }
            .await;
            let _ = told.send(Some(result.clone()));
            result.map(drop)
        };
        let output = match manner {
            Manner::Alone => Operation::start_slot(slot, work),
            Manner::Piped => Operation::start_kept(slot, work),
        };
        let image = found.image.unwrap_or_default();
        Ok(Exec { output, input, status, permit, image, veil: None, _kill: KillOnDrop(kill) })
    }
}

struct Started {
    id: String,
    output: Output,
    input: Option<mpsc::Sender<Bytes>>,
}

async fn start(
    host: &DockerHost,
    doing: &str,
    container: &str,
    request: ExecRequest,
    mark: &str,
    kill: &Arc<Kill>,
) -> Result<Started, TaskError> {
    let request_input = request.input;
    let mut env: Vec<String> = request.env.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    env.push(mark.to_owned());
    let config = ExecConfig {
        attach_stdin: Some(request.input),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(request.args),
        env: Some(env),
        user: request.user,
        working_dir: request.dir,
        ..ExecConfig::default()
    };
    let container = container.to_owned();
    let created = host.call(doing, |docker| async move { docker.create_exec(&container, config).await }).await?;
    let id = created.id.clone();
    kill.begins(created.id.clone());
    let started = host.patient(doing, |docker| async move { docker.start_exec(&id, None::<StartExecOptions>).await }).await?;
    let StartExecResults::Attached { output, input } = started else {
        return Err(TaskError::new(ErrorCode::DEFECT, format!("cannot {doing}: the daemon did not attach its output")));
    };
    let input = request_input.then(|| {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(feed(input, receiver, Arc::clone(kill)));
        sender
    });
    Ok(Started { id: created.id, output, input })
}

/// Writes what the task sends. An empty piece ends the command's input; that the sender is gone does not, because then the command is
/// being killed, and one that is fed must not take a cancellation for the end of its input.
async fn feed(mut writer: Writer, mut receiver: mpsc::Receiver<Bytes>, kill: Arc<Kill>) {
    while let Some(piece) = receiver.recv().await {
        if piece.is_empty() {
            let _ = writer.shutdown().await;
        } else if writer.write_all(&piece).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
    kill.until_dead().await;
}

async fn ended(host: &DockerHost, doing: &str, id: &str) -> Result<i32, TaskError> {
    let mut pause = Duration::from_millis(5);
    loop {
        let exec = id.to_owned();
        let exec = host.call(doing, |docker| async move { docker.inspect_exec(&exec).await }).await?;
        if exec.running != Some(true)
            && let Some(code) = exec.exit_code
        {
            return Ok(i32::try_from(code).unwrap_or(-1));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(500));
    }
}

/// The input of a command, apart from its output. Dropping it does not end the input.
#[derive(Debug)]
pub(crate) struct ExecInput(mpsc::Sender<Bytes>);

impl ExecInput {
    /// Writes; false where the command reads no longer.
    pub(crate) async fn write(&self, data: Bytes) -> bool {
        // An empty piece would end the input.
        data.is_empty() || self.0.send(data).await.is_ok()
    }

    /// Ends the input.
    pub(crate) async fn close(self) {
        let _ = self.0.send(Bytes::new()).await;
    }
}

impl Exec {
    /// Takes the input.
    pub(crate) fn take_input(&mut self) -> Option<ExecInput> {
        self.input.take().map(ExecInput)
    }

    /// The permit of a piped command.
    pub(crate) const fn permit(&self) -> &Slot {
        &self.permit
    }

    /// It has secrets that the task may not know.
    pub(crate) fn veiled(self, veil: Option<Veil>) -> Self {
        Self { veil, ..self }
    }

    /// Writes to the command's input; waits while much of it is not read.
    ///
    /// # Errors
    /// When there is no input, or the command reads it no longer.
    pub async fn write_input(&mut self, data: &[u8]) -> Result<(), TaskError> {
        let Some(input) = &self.input else {
            return Err(
                TaskError::new(ErrorCode::INVALID, "the command's input is closed").hint("say `input` when it is started")
            );
        };
        for piece in data.chunks(PIECE) {
            if input.send(Bytes::copy_from_slice(piece)).await.is_err() {
                return Err(TaskError::new(ErrorCode::INPUT_OUTPUT, "the command does not read its input any more")
                    .hint("look at its output and its exit code"));
            }
        }
        Ok(())
    }

    /// Ends the command's input.
    ///
    /// # Errors
    /// None; closing twice is closing.
    pub async fn close_input(&mut self) -> Result<(), TaskError> {
        if let Some(input) = self.input.take() {
            let _ = input.send(Bytes::new()).await;
        }
        Ok(())
    }

    /// Waits for the command's end. What it writes must be read meanwhile, or it waits itself.
    ///
    /// # Errors
    /// When the daemon does not know how it ended.
    pub async fn wait(&mut self) -> Result<ExecStatus, TaskError> {
        let status = self.status.wait_for(Option::is_some).await.ok().and_then(|status| status.clone());
        status.unwrap_or_else(|| Err(TaskError::new(ErrorCode::CANCELLED, "the command was cancelled")))
    }
}
