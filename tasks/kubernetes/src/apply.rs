use crate::manifests::{self, Source};
use crate::reference::shown;
use crate::{Kubernetes, namespace, quota};
use infra::Result;
use infra::kubernetes::{Applied, ApplyOptions, Change, Cluster, Condition, FieldChange, Target};
use infra::ui::{Progress, Unit};
use infra_cluster::watch;
use serde_json::{Value, json};

/// Fields that a line of the log shows.
const TOLD: usize = 8;

/// Applies the manifests and waits until all that was changed is ready.
pub(crate) fn apply(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let manifests = Source::of(params).read()?;
    if params.check_quotas {
        quota::check(cluster, &manifests, &namespace(cluster, params))?;
    }
    let applied = send(cluster, params, &manifests, false)?;
    if params.wait {
        // What was not changed may still be on its way from an earlier run.
        let targets: Vec<Target> =
            applied.iter().filter(|one| one.change != Change::Deleted).map(|one| one.target.clone()).collect();
        watch(cluster, &targets, &Condition::Ready, u64::from(params.timeout) * 1000)?;
    }
    Ok(table(&applied))
}

/// Compares the manifests with what is there.
pub(crate) fn diff(cluster: &Cluster, params: &Kubernetes) -> Result<Value> {
    let manifests = Source::of(params).read()?;
    let compared = send(cluster, params, &manifests, true)?;
    Ok(table(&compared))
}

fn send(cluster: &Cluster, params: &Kubernetes, manifests: &[manifests::Manifest], compare: bool) -> Result<Vec<Applied>> {
    let options = ApplyOptions {
        namespace: params.namespace.clone(),
        force: params.force,
        prune: params.prune.clone(),
        compare,
        timeout_ms: u64::from(params.timeout) * 1000,
    };
    let applying = cluster.apply(&manifests::text(manifests), &options)?;
    let doing = if compare { "compare" } else { "apply" };
    let bar = Progress::bar(&format!("{doing} to {}", cluster.context()), manifests.len() as u64, Unit::Items);
    let mut all = vec![];
    while let Some(applied) = applying.next()? {
        tell(&applied);
        all.push(applied);
        bar.position(all.len() as u64);
    }
    bar.finish();
    Ok(all)
}

fn tell(applied: &Applied) {
    let name = shown(&applied.target);
    let why = applied.not_validated.as_deref().map(|why| format!(" (not validated: {why})")).unwrap_or_default();
    if applied.change == Change::Unchanged {
        infra::debug!("{name} unchanged");
        return;
    }
    infra::info!("{name} {}{why}", applied.change.word());
    for field in applied.fields.iter().take(TOLD) {
        infra::info!("  {}", words(field));
    }
    if applied.fields.len() > TOLD {
        infra::info!("  and {} more", applied.fields.len() - TOLD);
    }
}

fn words(change: &FieldChange) -> String {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{}: {before} → {after}", change.field),
        (None, Some(after)) => format!("{}: + {after}", change.field),
        (Some(before), None) => format!("{}: - {before}", change.field),
        (None, None) => change.field.clone(),
    }
}

fn table(applied: &[Applied]) -> Value {
    let row = |one: &Applied| {
        let mut row = json!({
            "kind": one.target.kind, "namespace": one.target.namespace, "name": one.target.name, "change": one.change.word(),
        });
        if !one.fields.is_empty() {
            row["fields"] = one.fields.iter().map(words).collect();
        }
        row
    };
    applied.iter().map(row).collect()
}
