use crate::{ArgumentPatterns, PathPattern, ProcessEffect, TextPattern};
use serde::{Deserialize, Serialize};

/// Allows a program. Its arguments are hygiene; what it can reach is set by its confinement: `read`, `write` and `connect`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProcessGrant {
    /// The program: a name that is looked up in `PATH`, or a path relative to the project.
    pub program: TextPattern,
    /// Its arguments; any, where nothing is said.
    #[serde(default)]
    pub args: ArgumentPatterns,
    /// The files that the program may read.
    #[serde(default)]
    pub read: Vec<PathPattern>,
    /// The files that the program may read and write.
    #[serde(default)]
    pub write: Vec<PathPattern>,
    /// The TCP ports that it may connect to, as `*:PORT`; `*` for any.
    #[serde(default)]
    pub connect: Vec<String>,
    /// The variables of the runner's own environment that it gets.
    #[serde(default)]
    pub env: Vec<TextPattern>,
    /// The program only reads: a plan runs it, confined to reading.
    #[serde(default)]
    pub pure: bool,
    /// `false` starts it without confinement. It must be written out.
    #[serde(default = "yes")]
    pub confine: bool,
}

const fn yes() -> bool {
    true
}

impl ProcessGrant {
    /// A grant of exactly this command, confined.
    #[must_use]
    pub fn exactly(program: &str, args: &[String]) -> Self {
        Self {
            program: TextPattern(program.to_owned()),
            args: ArgumentPatterns::exactly(args),
            read: vec![],
            write: vec![],
            connect: vec![],
            env: vec![],
            pure: false,
            confine: true,
        }
    }

    /// Whether the effect's program and arguments are those of this grant.
    #[must_use]
    pub fn allows(&self, effect: &ProcessEffect) -> bool {
        self.program.matches(&effect.program) && self.args.matches(&effect.args)
    }
}
