//! Readers of what others have written, for those who try them with anything.

pub use crate::docker::is_ignored;
pub use crate::http::{leads_to, read_url};
pub use crate::pipe::unpacked;
