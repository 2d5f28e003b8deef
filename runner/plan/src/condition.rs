use crate::scope::Scope;
use infra_infrafile::{Condition, ReferenceName};
use serde_json::Value as Json;

/// Why the task is not wanted, where a condition does not hold.
pub(crate) fn unmet(conditions: &[Condition], scope: &Scope) -> Option<String> {
    conditions.iter().find_map(|condition| {
        let value = match &condition.name {
            ReferenceName::Param(name) => scope.params.get(name).and_then(crate::Expression::literal),
            ReferenceName::Matrix(name) => scope.matrix.get(name).cloned(),
            ReferenceName::Needs { .. } | ReferenceName::Secret(_) => None,
        };
        let value = value.unwrap_or(Json::Null);
        let among = |value: &Json| condition.values.iter().any(|wanted| same(wanted, value));
        let holds = match &value {
            Json::Array(items) => items.iter().any(among),
            one => among(one),
        };
        (holds == condition.negated).then(|| {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{} is {shown}", condition.name)
        })
    })
}

/// Equal, also where one is written as text: `PORT = 80` and `PORT=80` on the command line.
fn same(left: &Json, right: &Json) -> bool {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    left == right || text(left) == text(right)
}
