//! A Docker daemon. Needs `docker` grants. Bodies are those of the Docker Engine API.

use crate::host::{self, BuildHandle, ExecHandle, LogsHandle, PullHandle, ScratchHandle, WaitHandle, Waitable};
use crate::process::{ExitStatus, Output};
pub use crate::pull::pull_missing_images;
use crate::{Error, Result};
use serde_json::Value;

/// What answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Daemon {
    /// As `20.10.24`.
    pub version: String,
    /// As `1.41`.
    pub api_version: String,
    /// As `linux`.
    pub operating_system: String,
    /// As `amd64`.
    pub architecture: String,
}

/// How far a pull is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullProgress {
    /// The layer; empty for the whole.
    pub layer: String,
    /// As `Downloading`.
    pub status: String,
    /// Bytes.
    pub position: u64,
    /// Bytes, where known.
    pub total: Option<u64>,
}

/// What to build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// A directory of the project.
    pub context: String,
    /// Relative to the context.
    pub dockerfile: Option<String>,
    /// The names of the image.
    pub tags: Vec<String>,
    /// Build arguments.
    pub args: Vec<(String, String)>,
    /// Labels.
    pub labels: Vec<(String, String)>,
    /// The stage.
    pub target: Option<String>,
    /// Whether layers of earlier builds may be used.
    pub cache: bool,
}

/// Who holds a port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortHolder {
    /// The container that publishes it; none where a program listens.
    pub container: Option<String>,
    /// The container's image, or the program and its process id; empty where it cannot be seen.
    pub what: String,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It runs.
    Running,
    /// Its health check passes, or it runs and has none.
    Healthy,
    /// It has ended.
    Ended,
}

/// How a container is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerState {
    /// As `running`.
    pub status: String,
    /// As `healthy`; none without a health check.
    pub health: Option<String>,
    /// Where it has ended.
    pub exit_code: Option<i32>,
}

/// What of a log to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Go on as it grows.
    pub follow: bool,
    /// The last lines only.
    pub tail: Option<u32>,
    /// Seconds since the Unix epoch.
    pub since: Option<u64>,
    /// With timestamps.
    pub timestamps: bool,
}

/// What to run in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecCommand {
    /// The program and its arguments.
    pub args: Vec<String>,
    /// Added to its environment.
    pub env: Vec<(String, String)>,
    /// As this user.
    pub user: Option<String>,
    /// In this directory.
    pub dir: Option<String>,
    /// Whether the task writes its standard input.
    pub input: bool,
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty = $method:ident;)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// `denied`, `unavailable`, and what the daemon says.
            pub fn $name($($arg: $type),*) -> Result<$result> {
                host::with(|host| host.$method($($arg),*))
            }
        )*
    };
}

calls! {
    /// Asks the daemon for its version.
    ping() -> Daemon = docker_ping;
    /// Gives an image another name.
    tag_image(source: &str, target: &str) -> () = tag_image;
    /// Removes an image.
    remove_image(name: &str) -> () = remove_image;
    /// Starts a container.
    start_container(name: &str) -> () = start_container;
    /// Stops a container, and kills it after the timeout in seconds.
    stop_container(name: &str, timeout: Option<u32>) -> () = stop_container;
    /// Removes a container; done where there is none.
    remove_container(name: &str, force: bool, anonymous_volumes: bool) -> () = remove_container;
    /// Who publishes or listens on a port of the daemon's machine; none where it is free. An empty address stands for all.
    find_port_holder(address: &str, port: u16, protocol: &str) -> Option<PortHolder> = find_port_holder;
    /// Removes a network; done where there is none.
    remove_network(name: &str) -> () = remove_network;
    /// Removes a volume and its data; done where there is none.
    remove_volume(name: &str) -> () = remove_volume;
}

/// An image's inspection, where the daemon has it.
///
/// # Errors
/// `denied`, `unavailable`.
pub fn inspect_image(name: &str) -> Result<Option<Value>> {
    optional(host::with(|host| host.inspect_image(name))?)
}

/// What an image's registry says about it, without a pull; none where the registry does not have it. Also asked in a plan.
///
/// # Errors
/// `denied`; `unavailable` where the daemon or the registry does not answer.
pub fn inspect_distribution(name: &str) -> Result<Option<Value>> {
    optional(host::with(|host| host.inspect_distribution(name))?)
}

/// A container's inspection, where there is one.
///
/// # Errors
/// `denied`, `unavailable`.
pub fn inspect_container(name: &str) -> Result<Option<Value>> {
    optional(host::with(|host| host.inspect_container(name))?)
}

/// A network's inspection, where there is one.
///
/// # Errors
/// `denied`, `unavailable`.
pub fn inspect_network(name: &str) -> Result<Option<Value>> {
    optional(host::with(|host| host.inspect_network(name))?)
}

/// A volume's inspection, where there is one.
///
/// # Errors
/// `denied`, `unavailable`.
pub fn inspect_volume(name: &str) -> Result<Option<Value>> {
    optional(host::with(|host| host.inspect_volume(name))?)
}

/// The containers that have all these labels (`key` or `key=value`), stopped ones too where `all` is set.
///
/// # Errors
/// `denied`, `unavailable`.
pub fn list_containers(labels: &[&str], all: bool) -> Result<Vec<Value>> {
    let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    match parse(&host::with(|host| host.list_containers(&labels, all))?)? {
        Value::Array(containers) => Ok(containers),
        other => Err(Error::new("invalid", format!("the list of containers is {other}"))),
    }
}

/// Creates a container; its id.
///
/// # Errors
/// `denied`, `not-found` for the image, `conflict` for the name, `invalid` for the body.
pub fn create_container(name: &str, body: &Value) -> Result<String> {
    host::with(|host| host.create_container(name, &body.to_string()))
}

/// A container for a while: it is removed with its anonymous volumes when the task has ended, however it does.
pub struct ScratchContainer(Box<dyn ScratchHandle>);

impl ScratchContainer {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> String {
        self.0.id()
    }
}

/// Creates a container for a while.
///
/// # Errors
/// As [`create_container`].
pub fn create_scratch_container(name: &str, body: &Value) -> Result<ScratchContainer> {
    host::with(|host| host.create_scratch_container(name, &body.to_string())).map(ScratchContainer)
}

/// Creates a network; its id.
///
/// # Errors
/// `denied`, `conflict`, `invalid`.
pub fn create_network(name: &str, body: &Value) -> Result<String> {
    host::with(|host| host.create_network(name, &body.to_string()))
}

/// Creates a volume.
///
/// # Errors
/// `denied`, `conflict`, `invalid`.
pub fn create_volume(name: &str, body: &Value) -> Result<()> {
    host::with(|host| host.create_volume(name, &body.to_string()))
}

fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| Error::new("invalid", format!("the daemon's answer is not JSON: {error}")))
}

fn optional(text: Option<String>) -> Result<Option<Value>> {
    text.map(|text| parse(&text)).transpose()
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident($handle:ident, $item:ty);)*) => {
        $(
            $(#[$doc])*
            pub struct $name(Box<dyn $handle>);

            impl $name {
                /// The next piece; none at the end.
                ///
                /// # Errors
                /// What the daemon says; `cancelled`.
                pub fn next(&self) -> Result<Option<$item>> {
                    self.0.next()
                }
            }

            impl Waitable for $name {
                fn waitable(&self) -> &dyn std::any::Any {
                    self.0.waitable()
                }
            }
        )*
    };
}

operations! {
    /// A pull under way; dropping it stops it.
    ImagePull(PullHandle, PullProgress);
    /// A build under way; dropping it stops it.
    ImageBuild(BuildHandle, String);
    /// A wait under way. Its end is the condition; an error says why waiting is hopeless.
    ContainerWait(WaitHandle, ContainerState);
    /// A log under way.
    LogStream(LogsHandle, Output);
}

impl ImageBuild {
    /// The id of the image, after the end.
    ///
    /// # Errors
    /// `failed` with the build's last lines.
    pub fn image(&self) -> Result<String> {
        self.0.image()
    }
}

/// Pulls an image.
///
/// # Errors
/// `denied`, `not-found`, `unavailable`.
pub fn pull_image(name: &str) -> Result<ImagePull> {
    host::with(|host| host.pull_image(name)).map(ImagePull)
}

/// Builds an image.
///
/// # Errors
/// `denied`, `not-found`, `unavailable`.
pub fn build_image(options: &BuildOptions) -> Result<ImageBuild> {
    host::with(|host| host.build_image(options)).map(ImageBuild)
}

/// As [`stop_container`], without waiting: it yields nothing, and ends when the container has stopped.
///
/// # Errors
/// `denied`, `not-found`, `unavailable`.
pub fn begin_stop(name: &str, timeout: Option<u32>) -> Result<ContainerWait> {
    host::with(|host| host.begin_stop(name, timeout)).map(ContainerWait)
}

/// Waits for a container.
///
/// # Errors
/// `denied`, `not-found`, `unavailable`.
pub fn wait_container(name: &str, condition: Condition, timeout_ms: u64) -> Result<ContainerWait> {
    host::with(|host| host.wait_container(name, condition, timeout_ms)).map(ContainerWait)
}

/// Reads a container's log.
///
/// # Errors
/// `denied`, `not-found`, `unavailable`.
pub fn read_logs(name: &str, options: LogOptions) -> Result<LogStream> {
    host::with(|host| host.read_logs(name, options)).map(LogStream)
}

/// A command under way in a container; dropping it kills it.
pub struct Exec(Box<dyn ExecHandle>);

impl Exec {
    pub(crate) fn handle(&self) -> &dyn ExecHandle {
        &*self.0
    }

    /// The next piece of output; none at the end.
    ///
    /// # Errors
    /// `cancelled`, `unavailable`.
    pub fn next_output(&self) -> Result<Option<Output>> {
        self.0.next_output()
    }

    /// Writes to its standard input.
    ///
    /// # Errors
    /// `input-output`.
    pub fn write_input(&self, data: &[u8]) -> Result<()> {
        self.0.write_input(data)
    }

    /// Ends its standard input.
    ///
    /// # Errors
    /// `input-output`.
    pub fn close_input(&self) -> Result<()> {
        self.0.close_input()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// `cancelled`, `unavailable`.
    pub fn wait(&self) -> Result<ExitStatus> {
        self.0.wait()
    }
}

impl Waitable for Exec {
    fn waitable(&self) -> &dyn std::any::Any {
        self.0.waitable()
    }
}

/// Runs a command in a container.
///
/// # Errors
/// `denied`, `not-found`, `conflict` where the container does not run.
pub fn start_exec(name: &str, command: &ExecCommand) -> Result<Exec> {
    host::with(|host| host.start_exec(name, command)).map(Exec)
}
