//! What an Infrafile says, typed.

mod infrafile;
mod location;
mod named_params;
mod named_secrets;
mod param;
mod task;
mod template;
mod up_to_date;

pub use infrafile::Infrafile;
pub use location::{Location, Spanned};
pub use param::{Origin, Param, ParamKind, ParamValue};
pub use task::{Call, Condition, Precondition, Retries, Service, Task, Work};
pub use template::{Format, Part, Reference, ReferenceName, Template};
pub use up_to_date::UpToDate;
