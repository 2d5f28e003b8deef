//! The use cases, wired: each verb of the command line is one function here.

mod build_crates;
mod components;
mod confirm;
mod directories;
mod error;
mod global;
mod grant_lines;
mod locks;
mod param_text;
mod preflight;
mod prepare;
mod project;
mod reporting;
mod rooms;
mod signals;
mod step_executor;
mod verb;
mod words;

pub use global::{Global, OutputMode};
pub use infra_confine::spawner_main;
pub use infra_event::ExitCode;
pub use verb::build::build;
pub use verb::check::check;
pub use verb::doctor::doctor;
pub use verb::history::history;
pub use verb::init::init;
pub use verb::inspect::inspect;
pub use verb::list::{list, welcome};
pub use verb::logs::logs;
pub use verb::new_task::new_task;
pub use verb::plan::{PlanRequest, plan};
pub use verb::resume::resume;
pub use verb::run::{RunRequest, run};
pub use verb::services::{services, stop_services};
pub use verb::task_help::task_help;
