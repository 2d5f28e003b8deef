//! TOML text to an [`Infrafile`]: typed, every value with its place; profiles, parameters, grants, includes.

mod diagnostic;
mod model;
mod sources;

pub use diagnostic::{Diagnostic, Diagnostics, suggest};
pub use model::{
    Call, Condition, Format, Infrafile, Location, Origin, Param, ParamKind, ParamValue, Part, Precondition, Reference,
    ReferenceName, Retries, Service, Spanned, Task, Template, Work,
};
pub use sources::{Source, Sources};
