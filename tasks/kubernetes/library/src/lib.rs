//! What tasks on clusters share.

mod object;
mod time;
mod watch;

pub use object::{shown, text};
pub use time::{age, in_words, seconds};
pub use watch::watch;
