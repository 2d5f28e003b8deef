//! What a service waits for.

use crate::fields::{Fields, texts};
use crate::problems::Problems;
use crate::yaml::{Node, Place};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dependency {
    pub(crate) service: String,
    pub(crate) condition: Condition,
    /// Start again when the other one was recreated.
    pub(crate) restart: bool,
    /// Else it is only waited for where it is there.
    pub(crate) required: bool,
    pub(crate) place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Started,
    Healthy,
    CompletedSuccessfully,
}

impl Condition {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Started => "service_started",
            Self::Healthy => "service_healthy",
            Self::CompletedSuccessfully => "service_completed_successfully",
        }
    }
}

/// A list of names, or a map of conditions.
pub(crate) fn dependencies(name: &str, node: &Node, problems: &Problems) -> Vec<Dependency> {
    let dependency = |service: String, place: &Place| Dependency {
        service,
        condition: Condition::Started,
        restart: false,
        required: true,
        place: place.clone(),
    };
    if let Some(names) = texts(node) {
        return names.into_iter().map(|service| dependency(service, &node.place)).collect();
    }
    let Some(entries) = node.entries() else {
        problems.add(&node.place, format!("`{name}.depends_on` must be a list, or a map of conditions"));
        return vec![];
    };
    let mut found = Vec::new();
    for entry in entries {
        let mut fields = Fields::open(format!("{name}.depends_on.{}", entry.key), &entry.value, problems);
        let mut dependency = dependency(entry.key.clone(), &entry.place);
        match fields.text("condition").as_deref() {
            None | Some("service_started") => {}
            Some("service_healthy") => dependency.condition = Condition::Healthy,
            Some("service_completed_successfully") => dependency.condition = Condition::CompletedSuccessfully,
            Some(other) => problems.add(
                &entry.value.place,
                format!(
                    "`{other}` is not a condition: known are service_started, service_healthy, service_completed_successfully"
                ),
            ),
        }
        dependency.restart = fields.flag("restart").unwrap_or(false);
        dependency.required = fields.flag("required").unwrap_or(true);
        fields.finish();
        found.push(dependency);
    }
    found
}
