use serde::Serialize;
use serde_json::Value as Json;

/// All that is known of a task before it runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Explained {
    pub task: String,
    pub help: Option<String>,
    /// What it does, in a few words.
    pub does: String,
    /// What it uses.
    pub component: Option<String>,
    /// The digest of that.
    pub digest: Option<String>,
    /// Why the component cannot be used.
    pub problem: Option<String>,
    pub values: Vec<Valued>,
    pub secrets: Vec<Sourced>,
    /// The steps of a run, in their order.
    pub order: Vec<Ordered>,
    /// Why it cannot be planned.
    pub unplanned: Vec<String>,
    /// Grants, as lines.
    pub granted: Vec<String>,
    /// What the component asks for.
    pub needed: Vec<Needed>,
    /// What of that is not granted.
    pub missing: Vec<String>,
    /// What of that the policy does not allow.
    pub missing_in_policy: Vec<String>,
    /// What it asks for depends on other steps.
    pub late: bool,
    /// Whether it is up to date, and else what has changed.
    pub up_to_date: Vec<String>,
    pub rules: Vec<String>,
    pub limits: Vec<(String, String)>,
    /// The last times, the newest first.
    pub past: Vec<Past>,
}

/// A parameter with its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Valued {
    pub name: String,
    pub value: Option<Json>,
    /// Where the value comes from.
    pub origin: String,
    /// It is the task's own.
    pub own: bool,
    /// The task itself uses it.
    pub used: bool,
}

/// A secret; never its text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Sourced {
    pub name: String,
    /// Where its text comes from.
    pub from: String,
    /// Where it is declared.
    pub declared: String,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Ordered {
    /// From 1.
    pub step: usize,
    pub name: String,
    /// The steps that must have ended.
    pub after: Vec<usize>,
    pub whatever_happens: bool,
    pub skip: Option<String>,
}

/// A grant that the component asks for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Needed {
    pub line: String,
}

/// A time that it ran.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Past {
    pub run: String,
    pub name: String,
    pub started: Option<String>,
    pub outcome: String,
    pub duration_ms: Option<u64>,
}
