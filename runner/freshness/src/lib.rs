//! What steps are made from and what they made: by it a step is seen to be up to date, and what it made is kept and brought back.

mod base;
mod difference;
mod directory;
mod facts;
mod index;
mod judge;
mod look;
mod lookup;
mod record;
mod sealed;
mod snapshot;
mod stamp;
mod store;
mod walk;

pub use base::Base;
pub use difference::differences;
pub use directory::{Project, Taken};
pub use facts::Facts;
pub use index::{Index, StepLock};
pub use judge::{Judged, judge};
pub use look::{Kind, Look};
pub use lookup::Programs;
pub use record::{Record, State};
pub use snapshot::Snapshot;
pub use stamp::Stamp;
pub use store::{Kept, Store};
