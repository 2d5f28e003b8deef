use infra_event::{Event, TaskError};
use serde::{Deserialize, Serialize};

/// The name of a supervisor among processes: it is the same binary under this name.
pub(crate) const NAME: &str = "infra-service";
/// Its first argument. A binary that does not know it stops with a usage error instead of doing its work a second time.
pub(crate) const ARGUMENT: &str = "--serve-as-infra-service";
/// The line by which the runner lets the service live on. Where the runner goes before it, the service goes too.
pub(crate) const STAY: &str = "stay";

/// What a supervisor tells the runner that waits for it: one of these a line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Told {
    /// Something of the step: a log line, an effect.
    Event(Box<Event>),
    /// It can be used.
    Ready,
    /// It is not ready and will not be.
    Failed(TaskError),
}
