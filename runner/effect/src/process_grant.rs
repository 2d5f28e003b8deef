use crate::{ArgumentPatterns, PathPattern, ProcessEffect, TextPattern};
use serde::{Deserialize, Serialize};

/// Allows a program. Its arguments are hygiene; what it can reach is set by its confinement: `read`, `write`, `connect` and `listen`.
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
    /// The TCP ports that it may listen on, as `*:PORT`; `*` for any.
    #[serde(default)]
    pub listen: Vec<String>,
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
            listen: vec![],
            env: vec![],
            pure: false,
            confine: true,
        }
    }

    /// The grant as a line of an Infrafile or a policy.
    #[must_use]
    pub fn line(&self) -> String {
        let json = |texts: Vec<&str>| texts.into_iter().map(crate::grants::quoted).collect::<Vec<_>>().join(", ");
        let mut parts = vec![format!("program = {}", crate::grants::quoted(&self.program.0))];
        let mut list = |key: &str, texts: Vec<&str>| {
            if !texts.is_empty() {
                parts.push(format!("{key} = [{}]", json(texts)));
            }
        };
        list("read", self.read.iter().map(|path| path.0.as_str()).collect());
        list("write", self.write.iter().map(|path| path.0.as_str()).collect());
        list("connect", self.connect.iter().map(String::as_str).collect());
        list("listen", self.listen.iter().map(String::as_str).collect());
        list("env", self.env.iter().map(|name| name.0.as_str()).collect());
        if self.args != ArgumentPatterns::any() {
            parts.insert(1, format!("args = [{}]", json(self.args.0.iter().map(String::as_str).collect())));
        }
        for (word, said) in [("pure = true", self.pure), ("confine = false", !self.confine)] {
            if said {
                parts.push(word.to_owned());
            }
        }
        format!("process = [{{ {} }}]", parts.join(", "))
    }

    /// Whether the effect's program and arguments are those of this grant. A program that is named by a path through `..` must be spelled out: no
    /// wildcard stands for it.
    #[must_use]
    pub fn allows(&self, effect: &ProcessEffect) -> bool {
        let climbs = effect.program.split('/').any(|segment| segment == "..");
        let named = self.program.0 == effect.program || (!climbs && self.program.matches(&effect.program));
        named && self.args.matches(&effect.args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_does_not_climb() {
        let grant = |program: &str| ProcessGrant { args: ArgumentPatterns::any(), ..ProcessGrant::exactly(program, &[]) };
        let effect = |program: &str| ProcessEffect { program: program.to_owned(), ..ProcessEffect::default() };
        assert!(grant("tools/**").allows(&effect("tools/a/b")));
        assert!(!grant("tools/**").allows(&effect("tools/../../bin/sh")));
        assert!(!grant("**").allows(&effect("..")));
        assert!(grant("../tools/x").allows(&effect("../tools/x")));
    }
}
