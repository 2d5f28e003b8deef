use crate::piece::{Piece, literal};
use crate::reader::RawCondition;
use crate::scope::Scope;

/// What must hold, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// It holds anyway.
    Always,
    /// It never holds.
    Never,
    /// A parameter has one of these values.
    When {
        /// The parameter.
        param: String,
        /// The values.
        values: Vec<String>,
        /// It has none of them.
        negated: bool,
    },
    /// Only make knows; how it is written.
    Unknown(String),
}

impl Condition {
    /// What a condition of make compares.
    pub fn new(raw: &RawCondition, scope: &Scope<'_>) -> Self {
        if let Some(found) = membership(raw, scope) {
            return found;
        }
        let (left, right) = (scope.expand(&raw.left), scope.expand(&raw.right));
        match (param(&left), literal(&left), param(&right), literal(&right)) {
            (_, Some(left), _, Some(right)) => Self::known((left.trim() == right.trim()) != raw.negated),
            (Some(param), _, _, Some(value)) | (_, Some(value), Some(param), _) => {
                Self::When { param, values: vec![value.trim().to_owned()], negated: raw.negated }
            }
            _ => {
                let sign = if raw.negated { "ifneq" } else { "ifeq" };
                Self::Unknown(format!("{sign} ({},{})", raw.left, raw.right))
            }
        }
    }

    pub const fn known(holds: bool) -> Self {
        if holds { Self::Always } else { Self::Never }
    }

    /// The opposite.
    pub fn negate(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::When { param, values, negated } => Self::When { param, values, negated: !negated },
            Self::Unknown(text) => Self::Unknown(format!("not {text}")),
        }
    }
}

/// The parameter that is the whole text.
fn param(pieces: &[Piece]) -> Option<String> {
    match pieces {
        [Piece::Param(name)] => Some(name.clone()),
        _ => None,
    }
}

/// `$(filter a b,$(X))` and `$(filter $(X),a b)` compared with nothing: whether X is one of them.
fn membership(raw: &RawCondition, scope: &Scope<'_>) -> Option<Condition> {
    let filter = raw.left.trim().strip_prefix("$(filter ").filter(|_| raw.right.trim().is_empty())?.strip_suffix(')')?;
    let (first, second) = filter.split_once(',')?;
    let (first, second) = (scope.expand(first.trim()), scope.expand(second.trim()));
    let (param, values) = match (param(&first), literal(&second), literal(&first), param(&second)) {
        (Some(param), Some(values), _, _) | (_, _, Some(values), Some(param)) => (param, values),
        _ => return None,
    };
    let values = values.split_whitespace().map(str::to_owned).collect();
    Some(Condition::When { param, values, negated: !raw.negated })
}
