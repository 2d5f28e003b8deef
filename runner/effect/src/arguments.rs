use crate::TextPattern;
use serde::{Deserialize, Serialize};

/// Patterns for an argument vector: each stands for one argument (`*` for any), a last `**` for all that follow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArgumentPatterns(pub Vec<String>);

impl ArgumentPatterns {
    /// Any arguments.
    #[must_use]
    pub fn any() -> Self {
        Self(vec!["**".to_owned()])
    }

    /// Exactly these arguments. They are taken literally, also where they hold a star.
    #[must_use]
    pub fn exactly(args: &[String]) -> Self {
        Self(args.iter().map(|arg| format!("={arg}")).collect())
    }

    /// The pattern of exactly this argument, as short as it can be written.
    #[must_use]
    pub fn literal(arg: &str) -> String {
        if arg.contains('*') || arg.starts_with('=') { format!("={arg}") } else { arg.to_owned() }
    }

    /// Whether `args` as a whole have these patterns.
    #[must_use]
    pub fn matches(&self, args: &[String]) -> bool {
        let (patterns, open) = match self.0.split_last() {
            Some((last, rest)) if last == "**" => (rest, true),
            _ => (self.0.as_slice(), false),
        };
        (if open { args.len() >= patterns.len() } else { args.len() == patterns.len() })
            && patterns.iter().zip(args).all(|(pattern, arg)| one_argument(pattern, arg))
    }
}

impl Default for ArgumentPatterns {
    fn default() -> Self {
        Self::any()
    }
}

/// A pattern that starts with `=` is literal; `*` alone is any one argument; else `*` within it stands for any run of characters.
fn one_argument(pattern: &str, arg: &str) -> bool {
    match pattern.strip_prefix('=') {
        Some(literal) => literal == arg,
        None if pattern == "*" => true,
        None => TextPattern(pattern.replace('*', "**")).matches(arg),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(patterns: &[&str], args: &[&str]) -> bool {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        ArgumentPatterns(owned(patterns)).matches(&owned(args))
    }

    #[test]
    fn one_star_is_one_argument_and_two_are_the_rest() {
        assert!(matches(&["run", "*", "**"], &["run", "web", "-d", "x"]));
        assert!(matches(&["run", "*", "**"], &["run", "a/b"]));
        assert!(!matches(&["run", "*", "**"], &["run"]));
        assert!(!matches(&["rev-parse", "*"], &["rev-parse", "HEAD", "--evil"]));
        assert!(matches(&[], &[]));
        assert!(!matches(&[], &["x"]));
        assert!(matches(&["-chdir=*", "plan"], &["-chdir=infra/prod", "plan"]));
    }

    #[test]
    fn spelled_out_arguments_are_literal() {
        let spelled = ArgumentPatterns::exactly(&["*".to_owned()]);
        assert!(spelled.matches(&["*".to_owned()]));
        assert!(!spelled.matches(&["x".to_owned()]));
    }
}
