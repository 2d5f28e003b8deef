//! Events to terminal, plain text and JSON lines.
//!
//! A report sees nothing but [`infra_event::Event`]s. Text that a guest or a server wrote is cleaned before it is shown,
//! so that it cannot draw over the terminal.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes))]

mod by_task;
mod clean_text;
mod critical_path;
mod duration_text;
mod estimate;
mod failure_text;
mod github;
mod github_files;
mod gitlab;
pub mod graph;
mod grouped;
mod json;
mod junit;
mod live_lines;
mod output_table;
mod place;
mod plain;
mod plan_text;
mod progress_signal;
mod progress_text;
mod quiet;
mod record;
#[cfg(test)]
mod recorded;
mod report;
mod run_page;
mod screen;
mod several;
mod short_text;
mod step_line;
mod style;
mod summary;
mod terminal;
mod timeline;
mod trace;
mod wrapped;

pub use by_task::by_task;
pub use clean_text::clean_message;
pub use duration_text::duration_text;
pub use github::{github, github_mask};
pub use github_files::github_files;
pub use gitlab::gitlab;
pub use json::json;
pub use junit::junit;
pub use output_table::output;
pub use place::Places;
pub use plain::plain;
pub use plan_text::plan;
pub use quiet::quiet;
pub use report::Report;
pub use run_page::{PageEffect, PageLine, PageStep, RunPage, run_page};
pub use several::several;
pub use short_text::short_text as fitted;
pub use style::{Style, in_ci};
pub use terminal::terminal;
pub use trace::trace;
