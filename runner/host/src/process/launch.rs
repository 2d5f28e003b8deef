use super::denial::Denial;
use super::options::{Options, Stop};
use super::scratch::Scratch;
use super::{Running, confinement, environment, lookup, output, supervisor::Supervisor};
use crate::State;
use crate::bindings::infra::task::process::{Command, Destination};
use futures_util::future::BoxFuture;
use infra_confine::{Pipes, Request, Stdio};
use infra_effect::{Effect, ProcessEffect};
use infra_event::{ErrorCode, LogStream, TaskError};
use infra_gate::{Decision, Permit};
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Pieces of output that wait for the task to read them.
const WAITING: usize = 16;

impl State {
    /// Checks a command, asks the gate, and starts the program.
    pub(crate) async fn launch(&mut self, command: Command) -> Result<Running, TaskError> {
        let options = Options::read(command.options.as_deref())?;
        if command.interactive && !self.invocation.interactive {
            return Err(TaskError::new(ErrorCode::DENIED, "the task does not have the terminal")
                .hint("write `interactive = true` in the task"));
        }
        let dir = self.paths().canonical(command.dir.as_deref().unwrap_or(&self.invocation.dir))?;
        let asked = self.invocation.env.iter().chain(command.env.iter().map(|(name, value)| (name, value)));
        environment::check(asked, &dir.absolute, command.interactive)?;
        let effect = Effect::Process(ProcessEffect {
            program: command.program.clone(),
            args: command.args.clone(),
            dir: dir.shown.clone(),
            env: self.invocation.env.keys().chain(command.env.iter().map(|(name, _)| name)).cloned().collect(),
            interactive: command.interactive,
            unconfined: false,
        });
        let secrets = self.admit_program_secrets(&command).await?;
        let permit = match self.gate().admit(effect).await {
            Ok(Decision::Perform(permit)) => permit,
            Ok(Decision::Simulate(simulated)) => {
                secrets.set_aside();
                return Err(simulated.unknown());
            }
            Err(error) => {
                secrets.set_aside();
                return Err(error.into());
            }
        };
        let given = match self.program_environment(&command, &dir.absolute, secrets).await {
            Ok(given) => given,
            Err(error) => return permit.end(Err(error)),
        };
        let kubeconfig = match self.kubeconfig(&options).await {
            Ok(kubeconfig) => kubeconfig,
            Err(error) => return permit.end(Err(error)),
        };
        let prepared = self.prepare(&command, &dir.absolute, &permit, &given.variables);
        match prepared.and_then(|(request, scratch)| with_kubeconfig(request, scratch, kubeconfig)) {
            Ok((request, scratch)) => Ok(self.spawn(command, request, scratch, permit, options.stop).await?.veiled(given.veil)),
            Err(error) => permit.end(Err(error)),
        }
    }

    /// The kubeconfig that the program gets. A plugin in it is a program too, which has none.
    fn kubeconfig<'a>(&'a mut self, options: &'a Options) -> BoxFuture<'a, Result<Option<String>, TaskError>> {
        Box::pin(async move {
            match &options.kubeconfig {
                Some(context) => self.made_kubeconfig(context).await.map(Some),
                None => Ok(None),
            }
        })
    }

    fn prepare(
        &self,
        command: &Command,
        dir: &std::path::Path,
        permit: &Permit,
        variables: &[(String, String)],
    ) -> Result<(Request, Scratch), TaskError> {
        let programs = &self.world.programs;
        let program = lookup::find(&command.program, programs.path(), self.paths()).ok_or_else(|| {
            TaskError::new(ErrorCode::NOT_FOUND, format!("the program `{}` is not installed", command.program))
                .hint("install it, or correct its name; `infra doctor` checks what tasks need")
        })?;
        let scratch = programs
            .scratches
            .take()
            .map_err(|error| TaskError::new(ErrorCode::INPUT_OUTPUT, format!("no scratch directory can be made: {error}")))?;
        let grant =
            permit.process_grant().ok_or_else(|| TaskError::new(ErrorCode::DEFECT, "an admitted program has no grant"))?;
        let confined = if grant.confine {
            if programs.required && !programs.support.is_full() {
                let message =
                    format!("`sandbox = \"required\"`, and this system lacks a part: {}", programs.support.missing().join(" "));
                return Err(TaskError::new(ErrorCode::UNSUPPORTED, message).hint("`infra doctor` shows what is missing"));
            }
            if permit.read_only() && !(programs.support.files && programs.support.seccomp) {
                // What cannot be held to reading is not run in a plan.
                let message =
                    format!("what `{}` answers is unknown until applied: this system cannot hold it to reading", command.program);
                return Err(TaskError::new(ErrorCode::UNKNOWN, message).hint("`infra doctor` shows what is missing"));
            }
            let meaning = confinement::of(grant, permit.read_only(), &program, scratch.canonical(), self.paths())?;
            for path in &meaning.not_there {
                let text = format!(
                    "`{}` cannot create `{path}`: a program creates files in directories that it may write, as `DIR/**`",
                    command.program
                );
                self.log.add(LogStream::Warning, &text);
            }
            Some(meaning.confinement)
        } else {
            None
        };
        let env = environment::build(programs, grant, command.interactive, dir, variables, scratch.path());
        let argv = std::iter::once(&command.program).chain(&command.args).map(OsString::from).collect();
        let request = Request { program, argv, env, dir: dir.to_owned(), confinement: confined, foreground: command.interactive };
        Ok((request, scratch))
    }

    async fn spawn(
        &mut self,
        command: Command,
        request: Request,
        scratch: Scratch,
        permit: Permit,
        stop: Stop,
    ) -> Result<Running, TaskError> {
        let (stdio, pipes) = match streams(&command) {
            Ok(streams) => streams,
            Err(error) => {
                let error = TaskError::new(ErrorCode::INPUT_OUTPUT, format!("no pipe can be made: {error}"));
                return permit.end(Err(error));
            }
        };
        let program = command.program.clone();
        let (sender, receiver) = mpsc::channel(WAITING);
        let denial =
            permit.process_grant().filter(|grant| grant.confine).map(|grant| Arc::new(Denial::new(&command.program, grant)));
        let (mut pumps, mut input) = (vec![], None);
        if let Some(pipes) = pipes {
            pumps.push(output::pump(pipes.stdout, LogStream::Stdout, command.stdout, &self.log, sender.clone(), None));
            pumps.push(output::pump(pipes.stderr, LogStream::Stderr, command.stderr, &self.log, sender, denial.clone()));
            input = command.input.then_some(pipes.stdin);
        }
        let world = Arc::clone(&self.world);
        // An unconfined program can leave it to others, so it is for nobody after it.
        let again = request.confinement.is_some().then(|| world.programs.scratches.clone());
        let starting = async move {
            world.programs.spawner()?.spawn(&request, stdio).await.map_err(|error| {
                let code = match error.kind() {
                    std::io::ErrorKind::NotFound => ErrorCode::NOT_FOUND,
                    std::io::ErrorKind::InvalidInput => ErrorCode::INVALID,
                    _ => ErrorCode::FAILED,
                };
                TaskError::new(code, error.to_string())
            })
        };
        let mut supervisor = Supervisor::start(starting, permit, (scratch, again), stop, pumps).await?;
        supervisor.denial = denial.map(|denial| (denial, Arc::clone(&self.log)));
        Ok(Running::new(supervisor, input, receiver, program))
    }
}

/// Puts a kubeconfig into the program's own directory, which goes with the program.
fn with_kubeconfig(mut request: Request, scratch: Scratch, text: Option<String>) -> Result<(Request, Scratch), TaskError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let Some(text) = text else { return Ok((request, scratch)) };
    let path = scratch.path().join("kubeconfig");
    let mut options = std::fs::File::options();
    options.write(true).create_new(true).mode(0o600);
    options.open(&path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        TaskError::new(ErrorCode::INPUT_OUTPUT, format!("no kubeconfig can be made for the program: {error}"))
    })?;
    request.env.retain(|(name, _)| name != "KUBECONFIG");
    request.env.push(("KUBECONFIG".into(), path.into_os_string()));
    Ok((request, scratch))
}

/// The program's streams, and the other ends where they are not the runner's own.
fn streams(command: &Command) -> std::io::Result<(Stdio, Option<Pipes>)> {
    if command.interactive {
        return Ok((Stdio::inherit()?, None));
    }
    let (mut stdio, pipes) = Stdio::piped()?;
    let null = || std::fs::File::options().read(true).write(true).open("/dev/null").map(OwnedFd::from);
    if !command.input {
        stdio.stdin = null()?;
    }
    if command.stdout == Destination::Discard {
        stdio.stdout = null()?;
    }
    if command.stderr == Destination::Discard {
        stdio.stderr = null()?;
    }
    Ok((stdio, Some(pipes)))
}
