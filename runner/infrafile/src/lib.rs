//! TOML text to an [`Infrafile`]: typed, every value with its place; profiles, parameters, grants, includes.

mod diagnostic;
mod duration;
mod find;
mod load;
mod model;
mod param_value;
mod request;
mod size;
mod sources;
mod template_parse;

pub use diagnostic::{Diagnostic, Diagnostics, suggest};
pub use duration::parse_duration;
pub use find::{FILE_NAME, find};
pub use load::{check, load};
pub use model::{
    Call, Condition, Format, Infrafile, Location, Origin, Param, ParamKind, ParamValue, Part, Precondition, Reference,
    ReferenceName, Retries, Service, Spanned, Task, Template, Work,
};
pub use request::Request;
pub use size::parse_size;
pub use sources::{Source, Sources};
