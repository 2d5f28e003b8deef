//! Kubernetes clusters behind the gate.
//!
//! [`StepKubernetes`] performs: each of its functions makes an effect from what the task asks and what the server says about the kind, has it
//! admitted, and acts. Objects are JSON as the server has them; the kinds are those that it tells. The rest is the thin layer to the guest.

mod api_error;
mod apply;
mod apply_object;
mod apply_set;
mod connection;
mod delete;
mod discovery;
mod exec;
mod exec_plugin;
mod field_diff;
mod field_path;
mod guest;
mod guest_operations;
mod kubeconfig;
mod kubernetes_host;
mod logs;
mod made_kubeconfig;
mod manifest;
mod patch;
mod pod_trouble;
mod pods;
mod port_forward;
mod read;
mod request;
mod resource;
mod rollout;
mod run_job;
mod secret;
mod selector;
mod settings;
mod settle;
mod step_kubernetes;
mod verdict;
mod wait;
mod wait_failure;
mod warnings;
mod workload;

pub use apply::{Applied, ApplyRequest, Change};
pub use connection::{Connection, Credentials};
pub use delete::DeleteRequest;
pub use exec::{Exec, ExecRequest, ExecStatus};
pub use guest::Cluster;
pub use kubeconfig::Chosen;
pub use kubernetes_host::KubernetesHost;
pub use logs::{LogLine, LogRequest};
pub use patch::PatchType;
pub use port_forward::{Forward, ForwardRequest};
pub use read::Selection;
pub use run_job::JobRun;
pub use settings::KubernetesSettings;
pub use step_kubernetes::{StepKubernetes, Target};
pub use verdict::Progress;
pub use wait::Condition;
pub use workload::WorkloadChange;

use crate::docker::Operation;

/// Objects on their way to the server.
pub type Applying = Operation<Applied>;
/// A wait under way.
pub type Waiting = Operation<Progress>;
/// Logs under way.
pub type LogStream = Operation<LogLine>;
