use super::{Freshness, json};
use infra_event::{Digest, StepId};
use infra_freshness::Facts;
use infra_plan::{Patterns, Plan, Prepared, Step, Work};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::PoisonError;

impl Freshness {
    /// All that a step depends on besides files.
    pub(crate) fn facts(&self, plan: &Plan, step: &Step, prepared: &Prepared, patterns: &Patterns, component: Digest) -> Facts {
        let mut facts = Facts::default();
        facts.add("the version of infra", env!("CARGO_PKG_VERSION"));
        facts.add("the component", component.to_string());
        facts.add_each("argument", &prepared.args.to_json());
        facts.add_each("environment variable", &serde_json::to_value(&prepared.env).unwrap_or_default());
        for (name, value) in self.granted_variables(prepared) {
            facts.add(format!("environment variable {name}"), value);
        }
        facts.add("the directory", prepared.dir.clone());
        facts.add("the grants", json(&prepared.grants));
        facts.add("the policy", self.policy.clone());
        facts.add("the limits", serde_json::to_string(&step.limits).unwrap_or_default());
        facts.add("the project", json!([self.root, self.project]).to_string());
        facts.add("the task", step.name.clone());
        facts.add("the list `inputs`", json!(patterns.inputs).to_string());
        facts.add("the list `outputs`", json!(patterns.outputs).to_string());
        facts.add("`cache`", Json::Bool(patterns.cache).to_string());
        for (name, digest) in self.outputs_of_needs(plan, step) {
            facts.add(format!("what {name} makes"), digest.hex());
        }
        facts
    }

    /// What programs get of the runner's own environment.
    fn granted_variables(&self, prepared: &Prepared) -> BTreeMap<&str, &str> {
        if prepared.grants.process.is_empty() {
            return BTreeMap::new();
        }
        let granted =
            |name: &str| prepared.grants.process.iter().flat_map(|grant| &grant.env).any(|pattern| pattern.matches(name));
        let picked = self.environment.iter().filter(|(name, _)| *name == "PATH" || granted(name));
        picked.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// The outputs of the steps that this one needs, also by way of a task that only stands for others.
    fn outputs_of_needs(&self, plan: &Plan, step: &Step) -> BTreeMap<String, Digest> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut open, mut found) = (step.needs.clone(), BTreeMap::new());
        let mut seen: std::collections::HashSet<StepId> = open.iter().copied().collect();
        while let Some(need) = open.pop().and_then(|id| plan.step(id)) {
            if let Some(digest) = ended.outputs.get(&need.id) {
                found.insert(need.name.clone(), *digest);
            } else if need.work == Work::Nothing {
                open.extend(need.needs.iter().filter(|id| seen.insert(**id)));
            }
        }
        found
    }
}
