//! `deploy`: what of it has a meaning for one container.

use crate::cpus::Cpus;
use crate::fields::{Fields, is_default};
use crate::problems::Problems;
use crate::size::Size;
use crate::yaml::Node;
use serde::Serialize;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Deploy {
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    pub(crate) resources: Resources,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) restart_policy: Option<RestartPolicy>,
    /// Compose always writes it.
    placement: Placement,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Placement {}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Resources {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limits: Option<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reservations: Option<Resource>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Resource {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) cpus: Cpus,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) memory: Size,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) pids: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct RestartPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) condition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_attempts: Option<i64>,
}

impl Deploy {
    pub(crate) fn read(name: &str, node: &Node, problems: &Problems) -> Self {
        let name = format!("{name}.deploy");
        let mut fields = Fields::open(name.as_str(), node, problems);
        let mode = fields.text("mode");
        if mode.as_ref().is_some_and(|mode| mode != "replicated") {
            problems.unsupported(&node.place, &format!("{name}.mode: {}", mode.clone().unwrap_or_default()), &["replicated"]);
        }
        one(&mut fields, "replicas", node);
        let mut deploy = Self { mode, ..Self::default() };
        if let Some(node) = fields.get("resources") {
            let mut fields = Fields::open(format!("{name}.resources"), node, problems);
            deploy.resources.limits = fields.get("limits").map(|node| {
                let mut fields = Fields::open(format!("{name}.resources.limits"), node, problems);
                let limits = Resource {
                    cpus: fields.decimal("cpus").map(Cpus::new).unwrap_or_default(),
                    memory: fields.size("memory").unwrap_or_default(),
                    pids: fields.integer("pids").unwrap_or(0),
                };
                fields.finish();
                limits
            });
            deploy.resources.reservations = fields.get("reservations").map(|node| {
                let mut fields = Fields::open(format!("{name}.resources.reservations"), node, problems);
                let reservations = Resource { memory: fields.size("memory").unwrap_or_default(), ..Resource::default() };
                fields.finish();
                reservations
            });
            fields.finish();
        }
        deploy.restart_policy = fields.get("restart_policy").map(|node| {
            let mut fields = Fields::open(format!("{name}.restart_policy"), node, problems);
            let policy = RestartPolicy { condition: fields.text("condition"), max_attempts: fields.integer("max_attempts") };
            if policy.condition.as_ref().is_some_and(|word| !matches!(word.as_str(), "none" | "on-failure" | "any")) {
                problems.add(&node.place, format!("`{name}.restart_policy.condition` must be none, on-failure or any"));
            }
            fields.finish();
            policy
        });
        fields.finish();
        deploy
    }
}

/// A service is one container: `scale` and `replicas` may say so.
pub(crate) fn one(fields: &mut Fields<'_>, key: &'static str, node: &Node) {
    if fields.integer(key).is_some_and(|count| count != 1) {
        fields.problems.add(&node.place, format!("`{}` must be 1: a service is one container here", fields.path(key)));
    }
}
