//! The Docker daemon behind the gate.
//!
//! [`StepDocker`] performs: each of its functions makes an effect from what the task asks and what the daemon says about the named object,
//! has it admitted, and acts on the id that was looked at. The rest is the thin layer to the guest.

mod api_error;
mod archive;
mod build_context;
mod carry_through;
mod connection;
mod container;
mod container_body;
mod container_check;
mod container_create;
mod container_list;
mod container_logs;
mod container_stop;
mod container_wait;
mod credentials;
mod docker_host;
mod dockerignore;
mod endpoint;
mod exec;
mod exec_kill;
mod found;
mod guest;
mod guest_operations;
mod image;
mod image_build;
mod image_pull;
mod inherited;
mod kept_volumes;
mod label;
mod mount_source;
mod network;
mod network_body;
mod object_name;
mod operation;
mod port_holder;
mod port_in_use;
mod port_process;
mod scratch_container;
mod settle;
mod step_docker;
mod volume;

pub(crate) use archive::ContainerFiles;
pub(crate) use carry_through::carry_through;
pub use connection::Daemon;
pub use container_logs::{LogRequest, OutputPiece};
pub use container_wait::{Condition, StateOfContainer};
pub use docker_host::{ContainerSummary, DockerHost};
#[doc(hidden)]
pub use dockerignore::is_ignored;
pub use endpoint::{DockerSettings, Endpoint};
pub(crate) use exec::ExecInput;
pub use exec::{Exec, ExecRequest, ExecStatus};
pub use image_build::{BuildRequest, ImageBuild};
pub use image_pull::PullProgress;
pub use operation::Operation;
pub(crate) use operation::send;
pub use port_in_use::PortHolder;
pub use scratch_container::ScratchContainer;
pub use settle::Settled;
pub use step_docker::StepDocker;

/// A pull under way.
pub type ImagePull = Operation<PullProgress>;
/// A wait under way.
pub type ContainerWait = Operation<StateOfContainer>;
/// A log under way.
pub type LogStream = Operation<OutputPiece>;
