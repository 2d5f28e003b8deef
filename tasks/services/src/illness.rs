//! How a service's container can be ill.

use crate::observed::Container;
use crate::service::Service;
use crate::time::seconds_since_epoch;
use serde_json::Value;

/// A container that was started again by Docker within this time is in a loop.
const SETTLED_S: i64 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Illness {
    Exited,
    Unhealthy,
    RestartLoop,
    /// It was made and never started.
    NotStarted,
    Dead,
    FailedOneOff,
}

impl Illness {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Exited => "has exited",
            Self::Unhealthy => "is unhealthy",
            Self::RestartLoop => "restarts again and again",
            Self::NotStarted => "was never started",
            Self::Dead => "is dead",
            Self::FailedOneOff => "has failed",
        }
    }

    /// Nothing for a healthy one. `ends` says that others wait for its end; `now` is in seconds since 1970.
    pub(crate) fn of(service: &Service, container: &Container, ends: bool, now: i64) -> Option<Self> {
        match container.status() {
            "exited" if ends || service.may_end() => (container.exit_code() != 0).then_some(Self::FailedOneOff),
            "exited" => Some(Self::Exited),
            "created" => Some(Self::NotStarted),
            "dead" | "removing" => Some(Self::Dead),
            "restarting" => Some(Self::RestartLoop),
            "running" if container.health() == "unhealthy" => Some(Self::Unhealthy),
            "running" if in_loop(&container.inspection, now) => Some(Self::RestartLoop),
            _ => None,
        }
    }
}

/// Between two restarts a container runs for a moment.
fn in_loop(inspection: &Value, now: i64) -> bool {
    let restarts = inspection["RestartCount"].as_i64().unwrap_or(0);
    let started = inspection["State"]["StartedAt"].as_str().and_then(seconds_since_epoch);
    restarts > 0 && started.is_some_and(|started| now - started < SETTLED_S)
}
