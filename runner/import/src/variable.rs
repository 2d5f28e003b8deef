use crate::condition::Condition;
use crate::name::is_variable;
use crate::piece::literal;
use crate::reader::{Assignment, Left, Makefile};
use crate::scope::Scope;
use makefile_lossless::AssignmentOperator;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The parameter that chooses a profile.
const CHOOSER: &str = "PROFILE";

/// What a variable of make is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Variable {
    /// A parameter: somebody may give it another value.
    Param(Param),
    /// Text, written out where it is used.
    Text(String),
    /// A colour. Infra colours what it says itself.
    Nothing,
    /// Its value depends on what only make knows.
    Unknown(String),
}

/// A parameter of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Param {
    pub default: String,
    pub help: Option<String>,
    /// Other values in profiles.
    pub profiles: Vec<(String, String)>,
    /// Whether the environment gives it a value too.
    pub env: bool,
}

/// All variables of a Makefile.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    pub known: BTreeMap<String, Variable>,
    /// In the order of the Makefile.
    pub order: Vec<String>,
    /// Names that the Makefile uses and never sets: they come from outside.
    pub asked: RefCell<BTreeSet<String>>,
    /// Parameters that hold several values with commas between.
    pub lists: RefCell<BTreeSet<String>>,
    /// Parameters that stand in what was written.
    pub used: RefCell<BTreeSet<String>>,
    /// Parameters whose default names a program, and is written out.
    pub programs: RefCell<BTreeSet<String>>,
}

impl Variables {
    /// Looks at every assignment: first those that always hold, then those of a condition.
    pub fn new(makefile: &Makefile, left: &mut Vec<Left>) -> Self {
        let mut variables = Self::default();
        for assignment in &makefile.assignments {
            if !variables.order.contains(&assignment.name) {
                variables.order.push(assignment.name.clone());
            }
            if assignment.conditions.is_empty() {
                let variable = variables.plain(assignment);
                variables.known.insert(assignment.name.clone(), variable);
            }
        }
        for name in variables.order.clone() {
            let conditional: Vec<&Assignment> =
                makefile.assignments.iter().filter(|one| one.name == name && !one.conditions.is_empty()).collect();
            if !conditional.is_empty() {
                let variable = variables.conditional(&name, &conditional, left);
                variables.known.insert(name, variable);
            }
        }
        variables
    }

    /// The parameter of this name.
    pub fn param(&self, name: &str) -> Option<&Param> {
        match self.known.get(name) {
            Some(Variable::Param(param)) => Some(param),
            _ => None,
        }
    }

    pub fn is_list(&self, name: &str) -> bool {
        self.lists.borrow().contains(name)
    }

    fn plain(&self, assignment: &Assignment) -> Variable {
        let value = &assignment.value;
        if is_colour(value) {
            return Variable::Nothing;
        }
        let known = self.known.get(&assignment.name);
        match (assignment.operator, known) {
            (AssignmentOperator::Append, Some(Variable::Text(before))) => Variable::Text(format!("{before} {value}")),
            (AssignmentOperator::Append, Some(Variable::Param(param))) => Variable::Text(format!("{} {value}", param.default)),
            (AssignmentOperator::IfUndefined, Some(known)) => known.clone(),
            (AssignmentOperator::IfUndefined, None) if is_variable(&assignment.name) && !assignment.define => {
                match literal(&Scope::new(self).expand(value)) {
                    Some(default) => {
                        Variable::Param(Param { default, help: assignment.help.clone(), profiles: vec![], env: true })
                    }
                    None => Variable::Text(value.clone()),
                }
            }
            (AssignmentOperator::Shell, _) => Variable::Text(format!("$(shell {value})")),
            _ => Variable::Text(value.clone()),
        }
    }

    /// Values that depend on `PROFILE` are values of profiles; any other condition is not carried.
    fn conditional(&self, name: &str, assignments: &[&Assignment], left: &mut Vec<Left>) -> Variable {
        if assignments.iter().all(|one| is_colour(&one.value) || one.value.is_empty()) {
            return Variable::Nothing;
        }
        let before = match self.known.get(name) {
            Some(Variable::Text(text)) => literal(&Scope::new(self).expand(text)),
            Some(Variable::Param(param)) => Some(param.default.clone()),
            _ => None,
        };
        let mut param = Param { default: before.clone().unwrap_or_default(), ..Param::default() };
        let mut other = before;
        for assignment in assignments {
            let value = literal(&Scope::new(self).expand(&assignment.value));
            let conditions: Vec<Condition> =
                assignment.conditions.iter().map(|raw| Condition::new(raw, &Scope::new(self))).collect();
            match (chosen(&conditions), value) {
                (Some(profiles), Some(value)) if profiles.is_empty() => {
                    param.default.clone_from(&value);
                    other = Some(value);
                }
                (Some(profiles), Some(value)) => {
                    param.profiles.extend(profiles.into_iter().map(|profile| (profile, value.clone())));
                }
                _ => {
                    let reason = "a value that depends on a condition is a value of a profile, and only `PROFILE` chooses one";
                    let text = format!("{name} := {}", assignment.value);
                    left.push(Left { line: 0, text, reason: reason.to_owned() });
                    let fallback = Variable::Text(assignments.last().map(|last| last.value.clone()).unwrap_or_default());
                    return other.map_or(fallback, Variable::Text);
                }
            }
        }
        param.env = assignments.iter().any(|one| one.operator == AssignmentOperator::IfUndefined);
        param.help = assignments.iter().find_map(|one| one.help.clone());
        if is_variable(name) { Variable::Param(param) } else { Variable::Unknown(format!("`{name}` depends on the profile")) }
    }
}

/// The profiles that conditions ask for; none of them where the value is that of all others.
fn chosen(conditions: &[Condition]) -> Option<Vec<String>> {
    let mut profiles = Vec::new();
    for condition in conditions {
        match condition {
            Condition::Always => {}
            Condition::When { param, values, negated } if param == CHOOSER => {
                if !negated {
                    profiles.extend(values.iter().cloned());
                }
            }
            _ => return None,
        }
    }
    Some(profiles)
}

/// Whether a value switches colours.
fn is_colour(value: &str) -> bool {
    ["\\033[", "\\e[", "\\x1b[", "\\x1B[", "\u{1b}[", "\\u001b[", "tput "].iter().any(|mark| value.contains(mark))
        && !value.contains("$(1)")
        && value.len() < 60
}
