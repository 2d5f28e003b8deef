use crate::{Location, Param, Spanned, Template, UpToDate};
use infra_effect::Grants;
use infra_event::Limits;
use std::time::Duration;

/// A task as it is declared, with the profile applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its whole name: `backup`, or `ops:backup` from an include with the namespace `ops`.
    pub name: String,
    /// Where its name is written.
    pub at: Location,
    /// One line for people.
    pub help: Option<String>,
    /// The heading that lists put it under.
    pub group: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Not listed, and not to be named on the command line.
    pub private: bool,
    /// Parameters of its own.
    pub params: Vec<Param>,
    /// What it does.
    pub work: Work,
    /// What must be done before, in any order.
    pub needs: Vec<Call>,
    /// What is done after it, whatever happened.
    pub finally: Vec<Call>,
    /// All must hold, else the task is skipped.
    pub when: Vec<Condition>,
    /// One step for each combination; the first axis varies slowest.
    pub matrix: Vec<(String, Vec<Template>)>,
    /// Whether each row of the matrix waits for the one before, and is done only where that succeeded.
    pub serial: bool,
    /// The environment of its programs.
    pub env: Vec<(String, Template)>,
    /// Where its programs start, relative to the project's root.
    pub dir: Option<Template>,
    /// What it may do. What `run` and `sh` grant is added by the plan.
    pub allow: Grants,
    /// Whether the program of `run` or `sh` is confined.
    pub confine: bool,
    /// Names that no two steps hold at once.
    pub locks: Vec<String>,
    /// How often it is tried.
    pub retries: Retries,
    /// The longest that an attempt may take.
    pub timeout: Option<Duration>,
    /// What it may use.
    pub limits: Limits,
    /// The word to type before anything runs.
    pub confirm: Option<String>,
    /// What must be there before anything runs.
    pub preconditions: Vec<Precondition>,
    /// Whether it gets the terminal.
    pub interactive: bool,
    /// Whether it lives on, and how it is seen to be ready.
    pub service: Option<Service>,
    /// What it is made from and what it makes, where it says so.
    pub up_to_date: Option<UpToDate>,
    /// Why it is not done, where a profile says so.
    pub skip: Option<String>,
}

/// What a task does.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Nothing of its own: it stands for what it needs.
    Nothing,
    /// These tasks, in this order.
    Steps(Vec<Call>),
    /// A component.
    Uses {
        /// `std/NAME`, a path, or `oci://…`, as written; relative to the project's root.
        component: Spanned<String>,
        /// Its arguments: a [`Template::Table`], or a literal table.
        with: Template,
    },
    /// One program: the program and its arguments.
    Run(Vec<Template>),
    /// A script for `sh -eu`, never interpolated.
    Shell(String),
}

/// A task that is called from another.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The task's whole name; it exists.
    pub task: String,
    /// Values for the task's own parameters, and arguments that are added to its `with`.
    pub with: Vec<(String, Template)>,
    /// Where it is written.
    pub at: Location,
}

/// A plain condition of `when`: a parameter or matrix value is one of some values.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// `PROFILE`, or `matrix.NAME`.
    pub name: crate::ReferenceName,
    /// The values of which it must be one; a list parameter must hold one of them.
    pub values: Vec<serde_json::Value>,
    /// `when = { not = { … } }`.
    pub negated: bool,
    /// Where it is written.
    pub at: Location,
}

/// How often a task is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// With the first.
    pub attempts: u32,
    /// The wait before the second attempt; each further wait is twice as long, with jitter.
    pub backoff: Duration,
    /// No wait is longer.
    pub limit: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { attempts: 1, backoff: Duration::from_secs(1), limit: Duration::from_secs(60) }
    }
}

/// What must be there before anything runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Precondition {
    /// A path, relative to the project's root.
    pub exists: Template,
    /// What is wrong where it is not there.
    pub message: Option<String>,
    /// What to do then.
    pub hint: Option<String>,
    /// Where it is written.
    pub at: Location,
}

/// A task that lives on. Its `timeout` is the time until it is ready; the waits before it is started again are those of its `retries`.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// `tcp://HOST:PORT` that accepts a connection; it is ready when started where nothing is said.
    pub ready: Option<Template>,
    /// Whether it is started again when it was ready and has failed.
    pub restart: bool,
}
