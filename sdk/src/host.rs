//! The way to the runner: the component's imports on wasm, a test's stand-in natively.

use crate::Result;
use crate::docker::{BuildOptions, Condition, ContainerState, Daemon, ExecCommand, LogOptions, PortHolder, PullProgress};
use crate::files::Metadata;
use crate::http::{Head, Reached, Request};
use crate::kubernetes::ClusterHandle;
use crate::pipe::{Expected, Filter, Measured, Position, Sink, Source};
use crate::process::{Command, Completed, ExitStatus, Output};
use crate::ui::{Level, Unit};
use std::any::Any;
use std::time::Duration;

/// Something that [`wait_any`](crate::wait_any) can wait for.
pub trait Waitable {
    /// What the host knows it by.
    fn waitable(&self) -> &dyn Any;
}

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident { $($(#[$method_doc:meta])* fn $method:ident(&self $(, $arg:ident: $type:ty)*) -> $result:ty;)* })*) => {
        $(
            $(#[$doc])*
            pub trait $name: Waitable {
                $($(#[$method_doc])* fn $method(&self $(, $arg: $type)*) -> $result;)*
            }
        )*
    };
}

handles! {
    /// A program under way.
    RunningHandle {
        /// The next piece of output.
        fn next_output(&self) -> Result<Option<Output>>;
        /// Writes to the standard input.
        fn write_input(&self, data: &[u8]) -> Result<()>;
        /// Writes a text with secrets in the place of their handles.
        fn write_secret(&self, text: &str) -> Result<()>;
        /// Ends the standard input.
        fn close_input(&self) -> Result<()>;
        /// Sends a signal.
        fn signal(&self, name: &str) -> Result<()>;
        /// Waits for the end.
        fn wait(&self) -> Result<ExitStatus>;
    }
    /// A pull under way.
    PullHandle {
        /// The next piece of progress.
        fn next(&self) -> Result<Option<PullProgress>>;
    }
    /// A build under way.
    BuildHandle {
        /// The next line.
        fn next(&self) -> Result<Option<String>>;
        /// The image's id.
        fn image(&self) -> Result<String>;
    }
    /// A wait under way.
    WaitHandle {
        /// The next state.
        fn next(&self) -> Result<Option<ContainerState>>;
    }
    /// A log under way.
    LogsHandle {
        /// The next piece.
        fn next(&self) -> Result<Option<Output>>;
    }
    /// A request under way.
    ExchangeHandle {
        /// Writes to the request's body.
        fn write(&self, data: &[u8]) -> Result<()>;
        /// Ends the request's body.
        fn finish(&self) -> Result<()>;
        /// Waits for the head of the response.
        fn response(&self) -> Result<Head>;
        /// The next piece of the response's body.
        fn next(&self) -> Result<Option<Vec<u8>>>;
    }
    /// A connection on its way.
    ConnectingHandle {
        /// Waits for the connection.
        fn wait(&self) -> Result<Reached>;
    }
    /// A command under way in a container.
    ExecHandle {
        /// The next piece of output.
        fn next_output(&self) -> Result<Option<Output>>;
        /// Writes to the standard input.
        fn write_input(&self, data: &[u8]) -> Result<()>;
        /// Writes a text with secrets in the place of their handles.
        fn write_secret(&self, text: &str) -> Result<()>;
        /// Ends the standard input.
        fn close_input(&self) -> Result<()>;
        /// Waits for the end.
        fn wait(&self) -> Result<ExitStatus>;
    }
}

handles! {
    /// A pipe under way.
    PipingHandle {
        /// How far it is.
        fn next(&self) -> Result<Option<Position>>;
        /// What went through.
        fn measured(&self) -> Result<Measured>;
    }
}

/// A source that is cut into portions.
pub trait PortionsHandle {
    /// The next portion.
    ///
    /// # Errors
    /// How the source failed.
    fn next(&self, size: u64) -> Result<Option<Box<dyn PortionHandle>>>;
    /// What went through.
    ///
    /// # Errors
    /// `invalid` before the end.
    fn measured(&self) -> Result<Measured>;
}

/// Bytes on the runner's side.
pub trait PortionHandle {
    /// How many.
    fn size(&self) -> u64;
    /// In hexadecimal.
    fn sha256(&self) -> String;
    /// Starts a request with them as its body.
    ///
    /// # Errors
    /// `denied`, `invalid`, `unknown-until-applied`.
    fn send(&self, request: &Request) -> Result<Box<dyn ExchangeHandle>>;
}

/// A container that goes with its handle.
pub trait ScratchHandle {
    /// Its id.
    fn id(&self) -> String;
}

/// A progress line.
pub trait ProgressHandle {
    /// Changes the label.
    fn set_label(&self, label: &str);
    /// Changes the total.
    fn set_total(&self, total: Option<u64>);
    /// Moves the bar.
    fn set_position(&self, position: u64);
    /// The work is complete.
    fn finish(&self);
}

macro_rules! host {
    ($($(#[$doc:meta])* fn $method:ident(&self $(, $arg:ident: $type:ty)*) $(-> $result:ty)?;)*) => {
        /// All that a task can ask of the runner; a method for each function of the WIT package.
        pub trait Host {
            $($(#[$doc])* fn $method(&self $(, $arg: $type)*) $(-> $result)?;)*
        }
    };
}

host! {
    /// `context.task-name`.
    fn task_name(&self) -> String;
    /// `context.project`.
    fn project(&self) -> String;
    /// `context.directory`.
    fn directory(&self) -> String;
    /// `context.run-id`.
    fn run_id(&self) -> String;
    /// `context.attempt`.
    fn attempt(&self) -> u32;
    /// `context.planning`.
    fn planning(&self) -> bool;
    /// `ui.log`.
    fn log(&self, level: Level, message: &str);
    /// `ui.show`.
    fn show(&self, text: &str);
    /// `ui.progress`.
    fn progress(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn ProgressHandle>;
    /// `process.run`.
    fn run_command(&self, command: &Command) -> Result<Completed>;
    /// `process.start`.
    fn start_command(&self, command: &Command) -> Result<Box<dyn RunningHandle>>;
    /// `process.find`.
    fn find_program(&self, program: &str) -> Result<Option<String>>;
    /// `files.read`.
    fn read_file(&self, path: &str) -> Result<Vec<u8>>;
    /// `files.stat`.
    fn stat(&self, path: &str) -> Result<Option<Metadata>>;
    /// `files.list-directory`.
    fn list_directory(&self, path: &str) -> Result<Vec<String>>;
    /// `files.find`.
    fn find_files(&self, pattern: &str) -> Result<Vec<String>>;
    /// `files.write`.
    fn write_file(&self, path: &str, content: &[u8], executable: bool) -> Result<()>;
    /// `files.create-directory`.
    fn create_directory(&self, path: &str) -> Result<()>;
    /// `files.remove`.
    fn remove_file(&self, path: &str) -> Result<()>;
    /// `docker.ping`.
    fn docker_ping(&self) -> Result<Daemon>;
    /// `docker.inspect-image`.
    fn inspect_image(&self, name: &str) -> Result<Option<String>>;
    /// `docker.inspect-distribution`.
    fn inspect_distribution(&self, name: &str) -> Result<Option<String>>;
    /// `docker.pull-image`.
    fn pull_image(&self, name: &str) -> Result<Box<dyn PullHandle>>;
    /// `docker.build-image`.
    fn build_image(&self, options: &BuildOptions) -> Result<Box<dyn BuildHandle>>;
    /// `docker.tag-image`.
    fn tag_image(&self, source: &str, target: &str) -> Result<()>;
    /// `docker.remove-image`.
    fn remove_image(&self, name: &str) -> Result<()>;
    /// `docker.create-container`.
    fn create_container(&self, name: &str, body: &str) -> Result<String>;
    /// `docker.create-scratch-container`.
    fn create_scratch_container(&self, name: &str, body: &str) -> Result<Box<dyn ScratchHandle>>;
    /// `docker.start-container`.
    fn start_container(&self, name: &str) -> Result<()>;
    /// `docker.stop-container`.
    fn stop_container(&self, name: &str, timeout: Option<u32>) -> Result<()>;
    /// `docker.remove-container`.
    fn remove_container(&self, name: &str, force: bool, anonymous_volumes: bool) -> Result<()>;
    /// `docker.inspect-container`.
    fn inspect_container(&self, name: &str) -> Result<Option<String>>;
    /// `docker.list-containers`.
    fn list_containers(&self, labels: &[String], all: bool) -> Result<String>;
    /// `docker.find-port-holder`.
    fn find_port_holder(&self, address: &str, port: u16, protocol: &str) -> Result<Option<PortHolder>>;
    /// `docker.begin-stop`.
    fn begin_stop(&self, name: &str, timeout: Option<u32>) -> Result<Box<dyn WaitHandle>>;
    /// `docker.wait-container`.
    fn wait_container(&self, name: &str, condition: Condition, timeout_ms: u64) -> Result<Box<dyn WaitHandle>>;
    /// `docker.read-logs`.
    fn read_logs(&self, name: &str, options: LogOptions) -> Result<Box<dyn LogsHandle>>;
    /// `docker.start-exec`.
    fn start_exec(&self, name: &str, command: &ExecCommand) -> Result<Box<dyn ExecHandle>>;
    /// `docker.inspect-network`.
    fn inspect_network(&self, name: &str) -> Result<Option<String>>;
    /// `docker.create-network`.
    fn create_network(&self, name: &str, body: &str) -> Result<String>;
    /// `docker.remove-network`.
    fn remove_network(&self, name: &str) -> Result<()>;
    /// `docker.inspect-volume`.
    fn inspect_volume(&self, name: &str) -> Result<Option<String>>;
    /// `docker.create-volume`.
    fn create_volume(&self, name: &str, body: &str) -> Result<()>;
    /// `docker.remove-volume`.
    fn remove_volume(&self, name: &str) -> Result<()>;
    /// `pipe.start`.
    fn start_pipe(&self, source: &Source, filters: &[Filter], sink: &Sink, expected: &Expected) -> Result<Box<dyn PipingHandle>>;
    /// `pipe.fetch`.
    fn fetch_pipe(&self, request: &Request, filters: &[Filter], sink: &Sink, expected: &Expected) -> Result<Box<dyn PipingHandle>>;
    /// `pipe.cut`.
    fn cut_pipe(&self, source: &Source, filters: &[Filter], expected: &Expected) -> Result<Box<dyn PortionsHandle>>;
    /// `secrets.find`.
    fn find_secret(&self, name: &str) -> Result<String>;
    /// `secrets.reveal`.
    fn reveal_secret(&self, handle: &str) -> Result<String>;
    /// `kubernetes.open`.
    fn open_cluster(&self, context: Option<&str>) -> Result<Box<dyn ClusterHandle>>;
    /// `http.send`.
    fn send_request(&self, request: &Request) -> Result<Box<dyn ExchangeHandle>>;
    /// `http.connect`.
    fn connect(&self, host: &str, port: u16, timeout: Duration) -> Result<Box<dyn ConnectingHandle>>;
    /// `wasi:clocks/monotonic-clock`: ready after so long.
    fn timer(&self, after: Duration) -> Box<dyn Waitable>;
    /// `wasi:io/poll`: waits until one of these is ready; their indices.
    fn wait_any(&self, things: &[&dyn Waitable]) -> Vec<usize>;
}

#[cfg(target_family = "wasm")]
pub(crate) fn with<R>(call: impl FnOnce(&dyn Host) -> R) -> R {
    call(&crate::wasm_host::WasmHost)
}

#[cfg(not(target_family = "wasm"))]
pub(crate) fn with<R>(call: impl FnOnce(&dyn Host) -> R) -> R {
    crate::testing::current(call)
}
