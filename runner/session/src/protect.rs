use crate::ask::{ask as asked, somebody_is_there};
use crate::error::SessionError;
use crate::preflight::needed_by;
use crate::prepare::Prepared;
use infra_effect::KubernetesGrant;
use std::collections::BTreeSet;

/// Asks for the name of every protected context that a step needs, before anything runs. No flag answers it.
pub(crate) async fn ask(prepared: &Prepared) -> Result<BTreeSet<String>, SessionError> {
    let contexts = wanted(prepared).await;
    if contexts.is_empty() {
        return Ok(contexts);
    }
    if !somebody_is_there() {
        let names: Vec<String> = contexts.iter().map(|name| format!("`{name}`")).collect();
        return Err(SessionError::usage(
            format!("the run asks for the names of protected contexts ({}), and there is nobody to ask", names.join(", ")),
            "run it in a terminal and type them; `--yes` does not answer this",
        ));
    }
    for name in &contexts {
        if asked(&format!("The context `{name}` is protected: type its name to go on: ")).await? != *name {
            return Err(SessionError::usage(format!("the answer is not `{name}`"), "nothing was run"));
        }
    }
    Ok(contexts)
}

/// The protected contexts that the steps need.
async fn wanted(prepared: &Prepared) -> BTreeSet<String> {
    let settings = prepared.host.world().kubernetes.settings();
    let known = settings.contexts().unwrap_or_default();
    let mut wanted = BTreeSet::new();
    if !known.iter().any(|name| prepared.policy.protects(name)) {
        return wanted;
    }
    let current = settings.choose(None).ok().map(|chosen| chosen.name);
    for step in prepared.plan.steps.iter().filter(|step| step.skip.is_none()) {
        // A step that does not say what it needs, or does not know it yet, may need all that it is granted.
        let (granted, needed) = match needed_by(&prepared.host, step, &prepared.components, &prepared.run).await {
            Ok(Some((granted, needed))) => (granted.kubernetes, needed.kubernetes),
            _ => (prepared.infrafile.tasks.get(&step.task).map(|task| task.allow.kubernetes.clone()).unwrap_or_default(), vec![]),
        };
        if needed.is_empty() {
            wanted.extend(known.iter().filter(|name| holds(&granted, name)).cloned());
            continue;
        }
        for need in &needed {
            if need.contexts.is_empty() {
                wanted.extend(current.clone());
            }
            wanted.extend(known.iter().filter(|name| holds(std::slice::from_ref(need), name)).cloned());
        }
    }
    wanted.retain(|name| prepared.policy.protects(name));
    wanted
}

fn holds(grants: &[KubernetesGrant], context: &str) -> bool {
    grants.iter().any(|grant| grant.contexts.iter().any(|pattern| pattern.matches(context)))
}
