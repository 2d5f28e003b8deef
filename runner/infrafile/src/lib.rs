//! TOML text to an [`Infrafile`]: typed, every value with its place; profiles, parameters, grants, includes.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod assignments;
mod call_reading;
mod containment;
mod cycles;
mod diagnostic;
mod duration;
mod find;
mod format;
mod grants;
mod include;
mod include_paths;
mod include_rules;
mod limits;
mod lint;
mod load;
mod matrix;
mod model;
mod names;
mod node;
mod param_declaration;
mod param_value;
mod problems;
mod profile;
mod project;
mod references;
mod request;
mod retries;
mod schema;
mod secret_addresses;
mod secret_places;
mod secrets;
mod service;
mod size;
mod sources;
mod syntax;
mod task_reading;
mod template_parse;
#[cfg(test)]
mod tests;
mod text_file;
mod up_to_date;
mod values;
mod when;
mod work;

pub use diagnostic::{Diagnostic, Diagnostics, nearest, suggest};
pub use duration::parse_duration;
pub use find::{FILE_NAME, find};
pub use format::format;
pub use include_paths::include_paths;
pub use lint::{Fix, Lint, Segment, fixed, lints, masked};
pub use load::{check, load};
pub use model::{
    Call, Condition, Format, Infrafile, Location, Origin, Param, ParamKind, ParamValue, Part, Precondition, Reference,
    ReferenceName, Retries, Service, Spanned, Task, Template, UpToDate, Work,
};
pub use request::Request;
pub use schema::schema;
pub use size::parse_size;
pub use sources::{Source, Sources};
pub use up_to_date::{cached_output_problem, input_problem, output_problem};
