//! Kubernetes clusters. Needs `kubernetes` grants. Objects are JSON as the API server has them.

use crate::host::{self, Waitable};
use crate::process::{ExitStatus, Output};
use crate::{Error, Result};
use serde_json::Value;

/// One object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// As `apps/v1`; where nothing is said, the version that the server prefers.
    pub api_version: Option<String>,
    /// A kind, a plural or a short name: `Deployment`, `deploy`, `applications.argoproj.io`.
    pub kind: String,
    /// The context's, where nothing is said.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl Target {
    /// An object in the context's namespace, or outside of namespaces.
    #[must_use]
    pub fn new(kind: &str, name: &str) -> Self {
        Self { kind: kind.to_owned(), name: name.to_owned(), ..Self::default() }
    }

    /// The same in a namespace.
    #[must_use]
    pub fn within(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// The object that this JSON is.
    #[must_use]
    pub fn of(object: &Value) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Self {
            api_version: text("/apiVersion"),
            kind: text("/kind").unwrap_or_default(),
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name").unwrap_or_default(),
        }
    }
}

/// Objects of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// As `apps/v1`.
    pub api_version: Option<String>,
    /// A kind, a plural or a short name.
    pub kind: String,
    /// The context's, where nothing is said.
    pub namespace: Option<String>,
    /// In any namespace.
    pub all_namespaces: bool,
    /// As `app=web,tier!=cache`.
    pub labels: Option<String>,
    /// As `status.phase=Running`.
    pub fields: Option<String>,
}

/// How a text is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyOptions {
    /// Where objects go that name no namespace.
    pub namespace: Option<String>,
    /// Takes fields over from other managers. Needs the verb `force`.
    pub force: bool,
    /// The name of the set that the objects are: what is of it and not among them any more is deleted.
    pub prune: Option<String>,
    /// Only compares.
    pub compare: bool,
    /// For all of it.
    pub timeout_ms: u64,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self { namespace: None, force: false, prune: None, compare: false, timeout_ms: 300_000 }
    }
}

/// What became of an object, or in a plan would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Created,
    /// It was different.
    Configured,
    /// It was so already.
    Unchanged,
    /// It is of the set and not wanted any more.
    Deleted,
}

impl Change {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
            Self::Deleted => "deleted",
        }
    }
}

/// One object that is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The object.
    pub target: Target,
    /// What became of it.
    pub change: Change,
    /// The fields that differ.
    pub fields: Vec<FieldChange>,
    /// In a plan: why the server could not be asked.
    pub not_validated: Option<String>,
}

/// A field that differs.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FieldChange {
    /// As `spec.replicas`.
    pub field: String,
    /// None where it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// None where it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// How an object is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// `background`, `foreground` or `orphan`.
    pub propagation: Option<String>,
    /// Seconds.
    pub grace_period_s: Option<u32>,
}

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchType {
    /// RFC 7396.
    Merge,
    /// Kubernetes' own.
    Strategic,
    /// RFC 6902.
    Json,
}

/// A change of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkloadChange {
    /// To so many replicas.
    Scale(u32),
    /// New pods, as they are.
    Restart,
    /// Containers and their images; `*` is for all containers.
    SetImage(Vec<(String, String)>),
    /// To this revision, or to the one before the present one.
    Rollback(Option<u64>),
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is there.
    Exists,
    /// The object that is there now is gone.
    Deleted,
    /// What it takes for its kind.
    Ready,
    /// A condition of its status, and the condition's status.
    Condition(String, String),
    /// A field, and its value; any value where that is empty.
    Field(String, String),
    /// Its rollout is complete.
    Rollout,
    /// It is a job, and complete.
    Job,
}

/// How far something is that is waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// As `2 of 3 pods are available`.
    pub message: String,
    /// How many.
    pub position: u64,
    /// Of how many, where that is known.
    pub total: Option<u64>,
}

/// Which logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// A pod or a workload.
    pub kind: String,
    /// The context's, where nothing is said.
    pub namespace: Option<String>,
    /// Empty where there are labels.
    pub name: String,
    /// As `app=web`.
    pub labels: Option<String>,
    /// All, where nothing is said.
    pub container: Option<String>,
    /// Go on as logs grow, and with pods that come later.
    pub follow: bool,
    /// Of the container before its last restart.
    pub previous: bool,
    /// The last lines only.
    pub tail: Option<u32>,
    /// Seconds.
    pub since_s: Option<u32>,
    /// With times.
    pub timestamps: bool,
}

/// A line of a container's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogLine {
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// Without its end.
    pub text: String,
}

/// What to run in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecCommand {
    /// A pod, or something that has pods.
    pub kind: String,
    /// The context's, where nothing is said.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The first, where nothing is said.
    pub container: Option<String>,
    /// The program and its arguments.
    pub args: Vec<String>,
    /// Whether the task writes its standard input.
    pub input: bool,
}

/// Which ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForwardOptions {
    /// A pod, a Service or a workload.
    pub kind: String,
    /// The context's, where nothing is said.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// Of this machine; `127.0.0.1` where nothing is said.
    pub address: Option<String>,
    /// Ports of this machine (0 for a free one) and of the target, by number or name.
    pub ports: Vec<(u16, String)>,
}

/// Something under way that yields pieces.
pub trait Pieces<T>: Waitable {
    /// The next piece; none at the end.
    ///
    /// # Errors
    /// How it failed.
    fn next(&self) -> Result<Option<T>>;
}

/// A command under way in a container, as the host has it.
pub trait ExecStream: Waitable {
    /// The next piece of output.
    ///
    /// # Errors
    /// `unavailable`.
    fn next_output(&self) -> Result<Option<Output>>;
    /// Writes to the standard input.
    ///
    /// # Errors
    /// `input-output`.
    fn write_input(&self, data: &[u8]) -> Result<()>;
    /// Ends the standard input.
    ///
    /// # Errors
    /// `unsupported`.
    fn close_input(&self) -> Result<()>;
    /// Waits for the end.
    ///
    /// # Errors
    /// `unavailable`.
    fn wait(&self) -> Result<ExitStatus>;
}

/// Ports under way, as the host has them.
pub trait ForwardedPorts: Pieces<String> {
    /// The ports of this machine.
    fn ports(&self) -> Vec<u16>;
}

macro_rules! cluster {
    ($($(#[$doc:meta])* fn $method:ident(&self $(, $arg:ident: $type:ty)*) -> $result:ty;)*) => {
        /// A cluster, as the host has it; a method for each function of the WIT interface.
        pub trait ClusterHandle {
            /// `context`.
            fn context(&self) -> String;
            /// `namespace`.
            fn namespace(&self) -> String;
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// What the host says.
                fn $method(&self $(, $arg: $type)*) -> Result<$result>;
            )*
        }
    };
}

cluster! {
    /// `version`.
    fn version(&self) -> String;
    /// `discovery`.
    fn discovery(&self) -> String;
    /// `can-i`.
    fn can_i(&self, verb: &str, what: &Target) -> bool;
    /// `get`.
    fn get(&self, what: &Target) -> Option<String>;
    /// `list`, one page.
    fn list(&self, what: &Selection, continue_at: Option<&str>) -> String;
    /// `events`.
    fn events(&self, what: &Target) -> String;
    /// `apply`.
    fn apply(&self, text: &str, options: &ApplyOptions) -> Box<dyn Pieces<Applied>>;
    /// `delete`.
    fn delete(&self, what: &Target, options: &DeleteOptions) -> bool;
    /// `patch`.
    fn patch(&self, what: &Target, kind: PatchType, patch: &str) -> String;
    /// `change`.
    fn change(&self, what: &Target, change: &WorkloadChange) -> Option<String>;
    /// `rollout`.
    fn rollout(&self, what: &Target) -> String;
    /// `wait`.
    fn wait(&self, what: &Target, until: &Condition, timeout_ms: u64) -> Box<dyn Pieces<Progress>>;
    /// `logs`.
    fn logs(&self, options: &LogOptions) -> Box<dyn Pieces<LogLine>>;
    /// `exec`.
    fn exec(&self, command: &ExecCommand) -> Box<dyn ExecStream>;
    /// `port-forward`.
    fn port_forward(&self, options: &ForwardOptions) -> Box<dyn ForwardedPorts>;
    /// `run-job`.
    fn run_job(&self, manifest: &str, namespace: Option<&str>, timeout_ms: u64) -> Box<dyn Pieces<LogLine>>;
}

/// A cluster that was reached.
pub struct Cluster(Box<dyn ClusterHandle>);

/// Reaches the cluster of a context of the kubeconfig; the current one where nothing is said.
///
/// # Errors
/// `denied`, `not-found`, `unavailable`.
pub fn open(context: Option<&str>) -> Result<Cluster> {
    host::with(|host| host.open_cluster(context)).map(Cluster)
}

fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| Error::new("invalid", format!("the server's answer is not JSON: {error}")))
}

macro_rules! under_way {
    ($($(#[$doc:meta])* $name:ident($item:ty);)*) => {
        $(
            $(#[$doc])*
            pub struct $name(Box<dyn Pieces<$item>>);

            impl $name {
                /// The next piece; none at the end.
                ///
                /// # Errors
                /// How it failed.
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

under_way! {
    /// Objects on their way to the server.
    Applying(Applied);
    /// A wait under way. Its end is the condition; an error says why waiting is hopeless.
    Waiting(Progress);
    /// Logs under way.
    Logs(LogLine);
    /// A job under way; dropping it deletes the job. Its end is success.
    JobRun(LogLine);
}

impl Cluster {
    /// The context's name.
    #[must_use]
    pub fn context(&self) -> String {
        self.0.context()
    }

    /// The context's namespace.
    #[must_use]
    pub fn namespace(&self) -> String {
        self.0.namespace()
    }

    /// What the server says about itself: `gitVersion` and more.
    ///
    /// # Errors
    /// `denied`, `unavailable`.
    pub fn version(&self) -> Result<Value> {
        parse(&self.0.version()?)
    }

    /// Every kind.
    ///
    /// # Errors
    /// `denied`, `unavailable`.
    pub fn discovery(&self) -> Result<Vec<Value>> {
        Ok(parse(&self.0.discovery()?)?.as_array().cloned().unwrap_or_default())
    }

    /// Whether the server lets the user do it.
    ///
    /// # Errors
    /// `denied`, `unavailable`.
    pub fn can_i(&self, verb: &str, what: &Target) -> Result<bool> {
        self.0.can_i(verb, what)
    }

    /// The object, where there is one.
    ///
    /// # Errors
    /// `denied`, `unavailable`; `not-found` for the kind.
    pub fn get(&self, what: &Target) -> Result<Option<Value>> {
        self.0.get(what)?.map(|text| parse(&text)).transpose()
    }

    /// All objects that are selected, page by page.
    ///
    /// # Errors
    /// `denied`, `unavailable`; `not-found` for the kind.
    pub fn list(&self, what: &Selection) -> Result<Vec<Value>> {
        let mut all = vec![];
        let mut continue_at: Option<String> = None;
        loop {
            let mut page = parse(&self.0.list(what, continue_at.as_deref())?)?;
            if let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) {
                all.extend(items);
            }
            continue_at =
                page.pointer("/metadata/continue").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
            if continue_at.is_none() {
                return Ok(all);
            }
        }
    }

    /// The newest events of an object, the newest last; of a namespace where no kind is named.
    ///
    /// # Errors
    /// `denied`, `unavailable`.
    pub fn events(&self, what: &Target) -> Result<Vec<Value>> {
        Ok(parse(&self.0.events(what)?)?.as_array().cloned().unwrap_or_default())
    }

    /// Applies every document of a YAML or JSON text.
    ///
    /// # Errors
    /// `invalid`, `denied` for any object, `not-found` for a kind, `unavailable`.
    pub fn apply(&self, text: &str, options: &ApplyOptions) -> Result<Applying> {
        self.0.apply(text, options).map(Applying)
    }

    /// Deletes an object; whether there was one. It is not waited for.
    ///
    /// # Errors
    /// `denied`, `unavailable`.
    pub fn delete(&self, what: &Target, options: &DeleteOptions) -> Result<bool> {
        self.0.delete(what, options)
    }

    /// Patches an object; how it is afterwards.
    ///
    /// # Errors
    /// `denied`, `not-found`, `invalid`, `unavailable`.
    pub fn patch(&self, what: &Target, kind: PatchType, patch: &Value) -> Result<Value> {
        parse(&self.0.patch(what, kind, &patch.to_string())?)
    }

    /// Changes a workload; what was done, where there was anything to do.
    ///
    /// # Errors
    /// `denied`, `not-found`, `invalid`, `unavailable`.
    pub fn change(&self, what: &Target, change: &WorkloadChange) -> Result<Option<String>> {
        self.0.change(what, change)
    }

    /// How a workload's rollout is.
    ///
    /// # Errors
    /// `denied`, `not-found`, `unavailable`.
    pub fn rollout(&self, what: &Target) -> Result<Value> {
        parse(&self.0.rollout(what)?)
    }

    /// Waits for an object.
    ///
    /// # Errors
    /// `denied`, `not-found`, `unavailable`; of the wait itself `failed` and `timeout`.
    pub fn wait(&self, what: &Target, until: &Condition, timeout_ms: u64) -> Result<Waiting> {
        self.0.wait(what, until, timeout_ms).map(Waiting)
    }

    /// Reads logs.
    ///
    /// # Errors
    /// `denied`, `not-found`, `unavailable`.
    pub fn logs(&self, options: &LogOptions) -> Result<Logs> {
        self.0.logs(options).map(Logs)
    }

    /// Runs a command in a container.
    ///
    /// # Errors
    /// `denied`, `not-found`, `unavailable`.
    pub fn exec(&self, command: &ExecCommand) -> Result<Exec> {
        self.0.exec(command).map(Exec)
    }

    /// Forwards ports of this machine to a pod.
    ///
    /// # Errors
    /// `denied`, `not-found`, `conflict` where a port is taken.
    pub fn port_forward(&self, options: &ForwardOptions) -> Result<Forward> {
        self.0.port_forward(options).map(Forward)
    }

    /// Creates a job and follows it to its end. It is deleted then.
    ///
    /// # Errors
    /// `denied`, `conflict`, `invalid`, `unavailable`; of the job itself `failed` and `timeout`.
    pub fn run_job(&self, manifest: &Value, namespace: Option<&str>, timeout_ms: u64) -> Result<JobRun> {
        self.0.run_job(&manifest.to_string(), namespace, timeout_ms).map(JobRun)
    }
}

/// A command under way in a container; dropping it closes its connection.
pub struct Exec(Box<dyn ExecStream>);

impl Exec {
    /// The next piece of output; none at the end.
    ///
    /// # Errors
    /// `unavailable`.
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
    /// `unsupported` where the server cannot pass it on.
    pub fn close_input(&self) -> Result<()> {
        self.0.close_input()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// `unavailable`.
    pub fn wait(&self) -> Result<ExitStatus> {
        self.0.wait()
    }
}

impl Waitable for Exec {
    fn waitable(&self) -> &dyn std::any::Any {
        self.0.waitable()
    }
}

/// Ports under way; dropping it closes them.
pub struct Forward(Box<dyn ForwardedPorts>);

impl Forward {
    /// The ports of this machine, in the order that they were asked for.
    #[must_use]
    pub fn ports(&self) -> Vec<u16> {
        self.0.ports()
    }

    /// What happens; goes on until it is dropped.
    ///
    /// # Errors
    /// `unavailable`.
    pub fn next(&self) -> Result<Option<String>> {
        self.0.next()
    }
}

impl Waitable for Forward {
    fn waitable(&self) -> &dyn std::any::Any {
        self.0.waitable()
    }
}
