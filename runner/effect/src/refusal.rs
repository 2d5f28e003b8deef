use crate::EffectKind;
use std::fmt;

/// Which of the two keys refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The Infrafile's `allow`.
    Infrafile,
    /// The policy of the user or of CI, which the repository cannot edit.
    Policy,
    /// Protection: the effect's context is protected, and the run has not asked for its name.
    Protection,
}

/// An effect that was not admitted, and the line that would admit it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// The kind of the effect.
    pub kind: EffectKind,
    /// The effect in one line.
    pub summary: String,
    /// Who refused.
    pub key: Key,
    /// The line to add.
    pub line: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.key {
            Key::Infrafile => "the task's `allow`",
            Key::Policy => "the policy",
            Key::Protection => {
                return write!(f, "{} {}: the context is protected, and the run has not asked", self.kind, self.summary);
            }
        };
        write!(f, "{} {} is not allowed by {who}", self.kind, self.summary)
    }
}

impl Refusal {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.key {
            Key::Infrafile => format!("add to the task's `allow`, if it shall: {}", self.line),
            Key::Policy => format!("add to policy.toml, if it shall: {}", self.line),
            Key::Protection => format!("a task says in its `requires` which contexts it needs, as {}", self.line),
        }
    }
}
