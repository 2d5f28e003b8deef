use crate::bindings::infra::task::{
    context, docker as wit_docker, files as wit_files, process as wit_process, secrets as wit_secrets, types, ui as wit_ui,
};
use crate::bindings::wasi::io::poll::{Pollable, poll};
use crate::docker::{BuildOptions, Condition, ContainerState, Daemon, ExecCommand, LogOptions, PortHolder, PullProgress};
use crate::files::{Kind, Metadata};
use crate::host::{
    BuildHandle, ExecHandle, Host, LogsHandle, ProgressHandle, PullHandle, RunningHandle, ScratchHandle, WaitHandle, Waitable,
};
use crate::process::{Command, Completed, Destination, ExitStatus, Output};
use crate::ui::{Level, Unit};
use crate::{Error, Result};
use std::any::Any;
use std::cell::OnceCell;

/// The component's imports.
pub(crate) struct WasmHost;

/// Keeps the code, the hint and the details, which the conversion of standard errors would lose.
pub(crate) fn lift<T>(result: Result<T, types::Error>) -> Result<T> {
    result.map_err(|error| {
        let details = error.details.and_then(|text| serde_json::from_str(&text).ok());
        Error { code: error.code, message: error.message, hint: error.hint, retryable: error.retryable, details }
    })
}

impl From<Error> for types::Error {
    fn from(error: Error) -> Self {
        let details = error.details.map(|json| json.to_string());
        Self { code: error.code, message: error.message, hint: error.hint, retryable: error.retryable, details }
    }
}

impl From<types::Output> for Output {
    fn from(output: types::Output) -> Self {
        match output {
            types::Output::Stdout(data) => Self::Stdout(data),
            types::Output::Stderr(data) => Self::Stderr(data),
        }
    }
}

impl From<types::ExitStatus> for ExitStatus {
    fn from(status: types::ExitStatus) -> Self {
        Self { code: status.code, signal: status.signal, duration_ms: status.duration_ms }
    }
}

/// A resource with its pollable, which is its child and so is dropped first.
pub(crate) struct Handle<T: Subscribe> {
    pollable: OnceCell<Pollable>,
    pub(crate) inner: T,
}

pub(crate) trait Subscribe: 'static {
    fn pollable(&self) -> Pollable;
}

impl<T: Subscribe> Waitable for Handle<T> {
    fn waitable(&self) -> &dyn Any {
        self.pollable.get_or_init(|| self.inner.pollable())
    }
}

pub(crate) fn handle<T: Subscribe>(inner: T) -> Box<Handle<T>> {
    Box::new(Handle { pollable: OnceCell::new(), inner })
}

macro_rules! subscribe {
    ($($type:ty,)*) => {
        $(impl $crate::wasm_host::Subscribe for $type {
            fn pollable(&self) -> $crate::bindings::wasi::io::poll::Pollable {
                self.subscribe()
            }
        })*
    };
}

pub(crate) use subscribe;

subscribe! {
    wit_process::Running,
    wit_docker::ImagePull,
    wit_docker::ImageBuild,
    wit_docker::ContainerWait,
    wit_docker::LogStream,
    wit_docker::Exec,
}

impl RunningHandle for Handle<wit_process::Running> {
    fn write_secret(&self, text: &str) -> Result<()> {
        Ok(lift(wit_secrets::write_input(&self.inner, text))?)
    }
    fn next_output(&self) -> Result<Option<Output>> {
        Ok(lift(self.inner.next_output())?.map(Into::into))
    }
    fn write_input(&self, data: &[u8]) -> Result<()> {
        Ok(lift(self.inner.write_input(data))?)
    }
    fn close_input(&self) -> Result<()> {
        Ok(lift(self.inner.close_input())?)
    }
    fn signal(&self, name: &str) -> Result<()> {
        Ok(lift(self.inner.signal(name))?)
    }
    fn wait(&self) -> Result<ExitStatus> {
        Ok(lift(self.inner.wait())?.into())
    }
}

impl ScratchHandle for wit_docker::ScratchContainer {
    fn id(&self) -> String {
        Self::id(self)
    }
}

impl PullHandle for Handle<wit_docker::ImagePull> {
    fn next(&self) -> Result<Option<PullProgress>> {
        Ok(lift(self.inner.next())?.map(|progress| PullProgress {
            layer: progress.layer,
            status: progress.status,
            position: progress.position,
            total: progress.total,
        }))
    }
}

impl BuildHandle for Handle<wit_docker::ImageBuild> {
    fn next(&self) -> Result<Option<String>> {
        Ok(lift(self.inner.next())?)
    }
    fn image(&self) -> Result<String> {
        Ok(lift(self.inner.image())?)
    }
}

impl WaitHandle for Handle<wit_docker::ContainerWait> {
    fn next(&self) -> Result<Option<ContainerState>> {
        let state = lift(self.inner.next())?;
        Ok(state.map(|state| ContainerState { status: state.status, health: state.health, exit_code: state.exit_code }))
    }
}

impl LogsHandle for Handle<wit_docker::LogStream> {
    fn next(&self) -> Result<Option<Output>> {
        Ok(lift(self.inner.next())?.map(Into::into))
    }
}

impl ExecHandle for Handle<wit_docker::Exec> {
    fn write_secret(&self, text: &str) -> Result<()> {
        Ok(lift(wit_secrets::write_exec_input(&self.inner, text))?)
    }
    fn next_output(&self) -> Result<Option<Output>> {
        Ok(lift(self.inner.next_output())?.map(Into::into))
    }
    fn write_input(&self, data: &[u8]) -> Result<()> {
        Ok(lift(self.inner.write_input(data))?)
    }
    fn close_input(&self) -> Result<()> {
        Ok(lift(self.inner.close_input())?)
    }
    fn wait(&self) -> Result<ExitStatus> {
        Ok(lift(self.inner.wait())?.into())
    }
}

impl ProgressHandle for wit_ui::Progress {
    fn set_label(&self, label: &str) {
        Self::set_label(self, label);
    }
    fn set_total(&self, total: Option<u64>) {
        Self::set_total(self, total);
    }
    fn set_position(&self, position: u64) {
        Self::set_position(self, position);
    }
    fn finish(&self) {
        Self::finish(self);
    }
}

pub(crate) fn exec_command(command: &ExecCommand) -> wit_docker::ExecCommand {
    wit_docker::ExecCommand {
        args: command.args.clone(),
        env: command.env.clone(),
        user: command.user.clone(),
        dir: command.dir.clone(),
        input: command.input,
    }
}

pub(crate) fn command(command: &Command) -> wit_process::Command {
    let destination = |destination| match destination {
        Destination::Task => wit_process::Destination::Task,
        Destination::Log => wit_process::Destination::Log,
        Destination::Both => wit_process::Destination::Both,
        Destination::Discard => wit_process::Destination::Discard,
    };
    wit_process::Command {
        program: command.program.clone(),
        args: command.args.clone(),
        env: command.env.clone(),
        dir: command.dir.clone(),
        stdout: destination(command.stdout),
        stderr: destination(command.stderr),
        input: command.input,
        interactive: command.interactive,
        options: command.options(),
    }
}

impl Host for WasmHost {
    fn task_name(&self) -> String {
        context::task_name()
    }
    fn project(&self) -> String {
        context::project()
    }
    fn directory(&self) -> String {
        context::directory()
    }
    fn run_id(&self) -> String {
        context::run_id()
    }
    fn attempt(&self) -> u32 {
        context::attempt()
    }
    fn planning(&self) -> bool {
        context::planning()
    }
    fn log(&self, level: Level, message: &str) {
        let level = match level {
            Level::Debug => wit_ui::Level::Debug,
            Level::Info => wit_ui::Level::Info,
            Level::Warning => wit_ui::Level::Warning,
            Level::Error => wit_ui::Level::Error,
        };
        wit_ui::log(level, message);
    }
    fn show(&self, text: &str) {
        wit_ui::show(text);
    }
    fn progress(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn ProgressHandle> {
        let unit = match unit {
            Unit::Items => wit_ui::Unit::Items,
            Unit::Bytes => wit_ui::Unit::Bytes,
        };
        Box::new(wit_ui::Progress::new(label, total, unit))
    }
    fn run_command(&self, wanted: &Command) -> Result<Completed> {
        let completed = lift(wit_process::run(&command(wanted)))?;
        Ok(Completed {
            status: completed.status.into(),
            stdout: completed.stdout,
            stderr: completed.stderr,
            truncated: completed.truncated,
        })
    }
    fn start_command(&self, wanted: &Command) -> Result<Box<dyn RunningHandle>> {
        Ok(handle(lift(wit_process::start(&command(wanted)))?))
    }
    fn find_program(&self, program: &str) -> Result<Option<String>> {
        Ok(lift(wit_process::find(program))?)
    }
    fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        Ok(lift(wit_files::read(path))?)
    }
    fn stat(&self, path: &str) -> Result<Option<Metadata>> {
        Ok(lift(wit_files::stat(path))?.map(|metadata| Metadata {
            kind: match metadata.kind {
                wit_files::Kind::File => Kind::File,
                wit_files::Kind::Directory => Kind::Directory,
                wit_files::Kind::Other => Kind::Other,
            },
            size: metadata.size,
            executable: metadata.executable,
        }))
    }
    fn list_directory(&self, path: &str) -> Result<Vec<String>> {
        Ok(lift(wit_files::list_directory(path))?)
    }
    fn find_files(&self, pattern: &str) -> Result<Vec<String>> {
        Ok(lift(wit_files::find(pattern))?)
    }
    fn write_file(&self, path: &str, content: &[u8], executable: bool) -> Result<()> {
        Ok(lift(wit_files::write(path, content, executable))?)
    }
    fn create_directory(&self, path: &str) -> Result<()> {
        Ok(lift(wit_files::create_directory(path))?)
    }
    fn remove_file(&self, path: &str) -> Result<()> {
        Ok(lift(wit_files::remove(path))?)
    }
    fn docker_ping(&self) -> Result<Daemon> {
        let daemon = lift(wit_docker::ping())?;
        Ok(Daemon {
            version: daemon.version,
            api_version: daemon.api_version,
            operating_system: daemon.operating_system,
            architecture: daemon.architecture,
        })
    }
    fn inspect_image(&self, name: &str) -> Result<Option<String>> {
        Ok(lift(wit_docker::inspect_image(name))?)
    }
    fn inspect_distribution(&self, name: &str) -> Result<Option<String>> {
        Ok(lift(wit_docker::inspect_distribution(name))?)
    }
    fn pull_image(&self, name: &str) -> Result<Box<dyn PullHandle>> {
        Ok(handle(lift(wit_docker::pull_image(name))?))
    }
    fn build_image(&self, options: &BuildOptions) -> Result<Box<dyn BuildHandle>> {
        let options = wit_docker::ImageBuildOptions {
            context: options.context.clone(),
            dockerfile: options.dockerfile.clone(),
            tags: options.tags.clone(),
            args: options.args.clone(),
            labels: options.labels.clone(),
            target: options.target.clone(),
            cache: options.cache,
        };
        Ok(handle(lift(wit_docker::build_image(&options))?))
    }
    fn tag_image(&self, source: &str, target: &str) -> Result<()> {
        Ok(lift(wit_docker::tag_image(source, target))?)
    }
    fn remove_image(&self, name: &str) -> Result<()> {
        Ok(lift(wit_docker::remove_image(name))?)
    }
    fn create_container(&self, name: &str, body: &str) -> Result<String> {
        Ok(lift(wit_docker::create_container(name, body))?)
    }
    fn create_scratch_container(&self, name: &str, body: &str) -> Result<Box<dyn ScratchHandle>> {
        Ok(Box::new(lift(wit_docker::create_scratch_container(name, body))?))
    }
    fn start_container(&self, name: &str) -> Result<()> {
        Ok(lift(wit_docker::start_container(name))?)
    }
    fn stop_container(&self, name: &str, timeout: Option<u32>) -> Result<()> {
        Ok(lift(wit_docker::stop_container(name, timeout))?)
    }
    fn remove_container(&self, name: &str, force: bool, anonymous_volumes: bool) -> Result<()> {
        Ok(lift(wit_docker::remove_container(name, force, anonymous_volumes))?)
    }
    fn inspect_container(&self, name: &str) -> Result<Option<String>> {
        Ok(lift(wit_docker::inspect_container(name))?)
    }
    fn list_containers(&self, labels: &[String], all: bool) -> Result<String> {
        Ok(lift(wit_docker::list_containers(labels, all))?)
    }
    fn find_port_holder(&self, address: &str, port: u16, protocol: &str) -> Result<Option<PortHolder>> {
        let holder = lift(wit_docker::find_port_holder(address, port, protocol))?;
        Ok(holder.map(|holder| PortHolder { container: holder.container, what: holder.what }))
    }
    fn begin_stop(&self, name: &str, timeout: Option<u32>) -> Result<Box<dyn WaitHandle>> {
        Ok(handle(lift(wit_docker::begin_stop(name, timeout))?))
    }
    fn wait_container(&self, name: &str, condition: Condition, timeout_ms: u64) -> Result<Box<dyn WaitHandle>> {
        let condition = match condition {
            Condition::Running => wit_docker::Condition::Running,
            Condition::Healthy => wit_docker::Condition::Healthy,
            Condition::Ended => wit_docker::Condition::Ended,
        };
        Ok(handle(lift(wit_docker::wait_container(name, condition, timeout_ms))?))
    }
    fn read_logs(&self, name: &str, options: LogOptions) -> Result<Box<dyn LogsHandle>> {
        let options = wit_docker::LogOptions {
            follow: options.follow,
            tail: options.tail,
            since: options.since,
            timestamps: options.timestamps,
        };
        Ok(handle(lift(wit_docker::read_logs(name, options))?))
    }
    fn start_exec(&self, name: &str, command: &ExecCommand) -> Result<Box<dyn ExecHandle>> {
        Ok(handle(lift(wit_docker::start_exec(name, &exec_command(command)))?))
    }
    fn inspect_network(&self, name: &str) -> Result<Option<String>> {
        Ok(lift(wit_docker::inspect_network(name))?)
    }
    fn create_network(&self, name: &str, body: &str) -> Result<String> {
        Ok(lift(wit_docker::create_network(name, body))?)
    }
    fn remove_network(&self, name: &str) -> Result<()> {
        Ok(lift(wit_docker::remove_network(name))?)
    }
    fn inspect_volume(&self, name: &str) -> Result<Option<String>> {
        Ok(lift(wit_docker::inspect_volume(name))?)
    }
    fn create_volume(&self, name: &str, body: &str) -> Result<()> {
        Ok(lift(wit_docker::create_volume(name, body))?)
    }
    fn remove_volume(&self, name: &str) -> Result<()> {
        Ok(lift(wit_docker::remove_volume(name))?)
    }
    fn start_pipe(
        &self,
        source: &crate::pipe::Source,
        filters: &[crate::pipe::Filter],
        sink: &crate::pipe::Sink,
        expected: &crate::pipe::Expected,
    ) -> Result<Box<dyn crate::host::PipingHandle>> {
        crate::pipe_wasm::start(source, filters, sink, expected)
    }
    fn fetch_pipe(
        &self,
        request: &crate::http::Request,
        filters: &[crate::pipe::Filter],
        sink: &crate::pipe::Sink,
        expected: &crate::pipe::Expected,
    ) -> Result<Box<dyn crate::host::PipingHandle>> {
        crate::pipe_wasm::fetch(request, filters, sink, expected)
    }
    fn cut_pipe(
        &self,
        source: &crate::pipe::Source,
        filters: &[crate::pipe::Filter],
        expected: &crate::pipe::Expected,
    ) -> Result<Box<dyn crate::host::PortionsHandle>> {
        crate::pipe_wasm::cut(source, filters, expected)
    }
    fn find_secret(&self, name: &str) -> Result<String> {
        Ok(lift(wit_secrets::find(name))?)
    }
    fn reveal_secret(&self, handle: &str) -> Result<String> {
        Ok(lift(wit_secrets::reveal(handle))?)
    }
    fn open_cluster(&self, context: Option<&str>) -> Result<Box<dyn crate::kubernetes::ClusterHandle>> {
        crate::kubernetes_wasm::open(context)
    }
    fn send_request(&self, request: &crate::http::Request) -> Result<Box<dyn crate::host::ExchangeHandle>> {
        crate::http_wasm::send(request)
    }
    fn connect(&self, host: &str, port: u16, timeout: std::time::Duration) -> Result<Box<dyn crate::host::ConnectingHandle>> {
        crate::http_wasm::connect(host, port, timeout)
    }
    fn timer(&self, after: std::time::Duration) -> Box<dyn Waitable> {
        crate::http_wasm::timer(after)
    }
    fn wait_any(&self, things: &[&dyn Waitable]) -> Vec<usize> {
        let (indices, pollables): (Vec<usize>, Vec<&Pollable>) = things
            .iter()
            .enumerate()
            .filter_map(|(index, thing)| Some((index, thing.waitable().downcast_ref::<Pollable>()?)))
            .unzip();
        if pollables.is_empty() {
            return Vec::new();
        }
        poll(&pollables).into_iter().filter_map(|ready| indices.get(ready as usize).copied()).collect()
    }
}
