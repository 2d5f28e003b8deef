use crate::piece::Piece;
use crate::reader::Rule;
use crate::variable::Variables;
use std::collections::BTreeMap;

/// How deep variables may use each other.
const DEPTH: usize = 40;

/// What names stand for at one place of a Makefile.
#[derive(Clone, Debug)]
pub(crate) struct Scope<'a> {
    pub variables: &'a Variables,
    /// `$@`, `$<`, `$^`, and the arguments of a macro.
    pub local: BTreeMap<String, Vec<Piece>>,
    /// Variables that have other values for this target.
    pub values: BTreeMap<String, String>,
    pub depth: usize,
}

impl<'a> Scope<'a> {
    /// Outside of all rules.
    pub fn new(variables: &'a Variables) -> Self {
        Self { variables, local: BTreeMap::new(), values: BTreeMap::new(), depth: 0 }
    }

    /// In the recipe of a rule.
    pub fn of(variables: &'a Variables, rule: &Rule) -> Self {
        let text = |text: String| vec![Piece::Text(text)];
        let mut prerequisites: Vec<&str> = Vec::new();
        for prerequisite in &rule.prerequisites {
            if !prerequisites.contains(&prerequisite.as_str()) {
                prerequisites.push(prerequisite);
            }
        }
        let all = prerequisites.join(" ");
        let first = prerequisites.first().map_or(String::new(), |first| (*first).to_owned());
        let local = [("@", rule.target.clone()), ("<", first), ("^", all.clone()), ("?", all.clone()), ("+", all)];
        Self {
            variables,
            local: local.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect(),
            values: rule.values.iter().cloned().collect(),
            depth: 0,
        }
    }

    /// One level further in; none where variables use each other without end.
    pub fn deeper(&self) -> Option<Self> {
        (self.depth < DEPTH).then(|| Self { depth: self.depth + 1, ..self.clone() })
    }
}
