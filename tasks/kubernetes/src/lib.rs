//! `std/kubernetes`: applies manifests to a cluster, watches what becomes of them, and does what kubectl does by hand.

mod apply;
mod cleanup;
mod command;
mod copy;
mod demand;
mod forward;
mod images;
mod job;
mod kustomize;
mod logs;
mod manifests;
mod overlay;
mod quantity;
mod quota;
mod reference;
mod status;
mod until;
mod workload;

use infra::kubernetes::{self, Cluster, WorkloadChange};
use infra::{Error, Grants, Params, Result};
use infra_cluster::watch;
use manifests::Source;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What to do with what.
#[derive(Params)]
struct Kubernetes {
    /// What to do. `diff` compares, `rollout` tells how workloads are, `cleanup` deletes what the manifests describe.
    #[param(
        default = "apply",
        choices(
            "apply",
            "diff",
            "wait",
            "status",
            "rollout",
            "rollback",
            "restart",
            "scale",
            "set-image",
            "logs",
            "events",
            "exec",
            "copy",
            "run",
            "port-forward",
            "delete",
            "cleanup"
        )
    )]
    action: String,
    /// `false` does nothing: as `${needs.cluster.ready}`, where there may be no cluster.
    #[param(default = true)]
    enabled: bool,
    /// The context of the kubeconfig; the current one where nothing is said.
    context: Option<String>,
    /// The namespace of objects that name none.
    namespace: Option<String>,
    /// Manifests: files, patterns of files, and directories. A directory with a `kustomization.yaml` is built by kustomize.
    #[param(default = Vec::<String>::new())]
    files: Vec<String>,
    /// Where the categories are, a directory each; taken where `files` is empty.
    #[param(default = "platform/k8s")]
    directory: String,
    /// Only these categories, in this order; all where nothing is said.
    #[param(default = Vec::<String>::new())]
    categories: Vec<String>,
    /// The overlay of each category: `overlays/NAME` is laid over `base`, or built by kustomize. Without one it is `base`, else the category itself.
    overlay: Option<String>,
    /// Other names for images: `{ "postgres" = "comind-ops/postgres:debian" }`.
    #[param(default = BTreeMap::<String, String>::new())]
    images: BTreeMap<String, String>,
    /// Objects, as `deployment/web`. Where neither these nor `labels` say which, rollout, rollback and restart are about the workloads of the
    /// manifests.
    #[param(default = Vec::<String>::new())]
    targets: Vec<String>,
    /// Objects with these labels, as `app=web` (logs, restart, rollout, delete).
    labels: Option<String>,
    /// Delete what was applied as this set and is not among the manifests any more (apply, diff).
    prune: Option<String>,
    /// Take fields over from other managers (apply).
    #[param(default = false)]
    force: bool,
    /// Wait until everything is ready (apply, rollback, restart, scale, set-image), or gone (delete, cleanup).
    #[param(default = true)]
    wait: bool,
    /// What is waited for (wait): `ready`, `exists`, `deleted`, `rollout`, `job`, `condition=TYPE`, `condition=TYPE=STATUS`, `field=PATH=VALUE`.
    #[param(default = "ready")]
    until: String,
    /// How long all of it may take, in seconds.
    #[param(default = 300_u32)]
    timeout: u32,
    /// Compare what is asked for with the quotas before anything is sent (apply).
    #[param(default = true)]
    check_quotas: bool,
    /// How many (scale).
    replicas: Option<u32>,
    /// Which revision (rollback); the one before where nothing is said, or 0.
    revision: Option<u32>,
    /// The program and its arguments (exec, run).
    #[param(default = Vec::<String>::new())]
    command: Vec<String>,
    /// The image of the job (run).
    image: Option<String>,
    /// Variables of the job's environment (run).
    #[param(default = BTreeMap::<String, String>::new())]
    env: BTreeMap<String, String>,
    /// The container (logs, exec, copy).
    container: Option<String>,
    /// Go on as logs grow.
    #[param(default = false)]
    follow: bool,
    /// The log of the container before its last restart.
    #[param(default = false)]
    previous: bool,
    /// Only the last lines of logs.
    tail: Option<u32>,
    /// Only the logs of the last seconds.
    since: Option<u32>,
    /// Put the time before each line of logs.
    #[param(default = false)]
    timestamps: bool,
    /// What is forwarded, as `3000:80` or `3000:http`.
    #[param(default = Vec::<String>::new())]
    ports: Vec<String>,
    /// Where this machine listens for what is forwarded.
    #[param(default = "127.0.0.1")]
    address: String,
    /// Copied from here: a file of the project, or `:PATH` in the container.
    from: Option<String>,
    /// Copied to there.
    to: Option<String>,
}

/// What the call needs, as far as its arguments tell: the kinds and names the gate says by itself.
fn requires(params: &Kubernetes) -> Result<Grants> {
    if !params.enabled {
        return Ok(Grants::new());
    }
    let mut verbs: Vec<&str> = match params.action.as_str() {
        "apply" => vec!["apply"],
        "diff" => vec!["diff"],
        "wait" => vec!["wait"],
        "rollback" => vec!["rollback"],
        "restart" => vec!["restart"],
        "scale" => vec!["scale"],
        "set-image" => vec!["set-image"],
        "logs" => vec!["logs"],
        "events" => vec!["events"],
        "exec" | "copy" => vec!["exec"],
        "run" => vec!["run"],
        "port-forward" => vec!["port-forward"],
        "delete" | "cleanup" => vec!["delete"],
        _ => vec!["get"],
    };
    let waits = ["apply", "rollback", "restart", "scale", "set-image", "delete", "cleanup"].contains(&params.action.as_str());
    verbs.extend((params.wait && waits).then_some("wait"));
    verbs.extend((params.force && params.action == "apply").then_some("force"));
    verbs.extend((said(&params.prune).is_some() && params.action == "apply").then_some("delete"));
    let mut grant = json!({ "verbs": verbs });
    if let Some(context) = said(&params.context) {
        grant["contexts"] = json!([context]);
    }
    let mut grants = Grants::new().kubernetes(grant);
    if takes_manifests(params) {
        grants = Source::of(params).patterns().iter().fold(grants, |grants, pattern| grants.read(pattern));
    }
    match (&params.from, &params.to) {
        (Some(from), _) if params.action == "copy" && !from.starts_with(':') => grants = grants.read(from),
        (_, Some(to)) if params.action == "copy" && !to.starts_with(':') => grants = grants.write(to),
        _ => {}
    }
    Ok(grants)
}

fn takes_manifests(params: &Kubernetes) -> bool {
    let unnamed = params.targets.is_empty() && said(&params.labels).is_none();
    ["apply", "diff", "status", "cleanup"].contains(&params.action.as_str())
        || unnamed && ["rollout", "rollback", "restart"].contains(&params.action.as_str())
}

/// A parameter that is empty says nothing.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// The same with nothing where an argument says nothing.
fn without_empty(params: Kubernetes) -> Kubernetes {
    let kept = |text: &Option<String>| said(text).map(str::to_owned);
    Kubernetes {
        context: kept(&params.context),
        namespace: kept(&params.namespace),
        overlay: kept(&params.overlay),
        labels: kept(&params.labels),
        container: kept(&params.container),
        prune: kept(&params.prune),
        ..params
    }
}

/// Applies manifests to a cluster and watches what becomes of them; or does one of the things that kubectl does by hand.
#[infra::task(requires = requires)]
fn kubernetes(params: Kubernetes) -> Result<Value> {
    if !params.enabled {
        infra::info!("nothing is done: there is no cluster");
        return Ok(Value::Null);
    }
    let params = without_empty(params);
    let cluster = kubernetes::open(params.context.as_deref())?;
    let timeout_ms = u64::from(params.timeout) * 1000;
    match params.action.as_str() {
        "apply" => apply::apply(&cluster, &params),
        "diff" => apply::diff(&cluster, &params),
        "status" => status::status(&cluster, &params),
        "cleanup" => cleanup::cleanup(&cluster, &params),
        "delete" => cleanup::delete(&cluster, &params),
        "wait" => {
            let targets = reference::targets(&cluster, &params)?;
            watch(&cluster, &targets, &until::parse(&params.until)?, timeout_ms)?;
            Ok(json!({ "ready": targets.len() }))
        }
        "rollout" => workload::rollout(&cluster, &params),
        "rollback" => workload::change(
            &cluster,
            &params,
            &WorkloadChange::Rollback(params.revision.filter(|revision| *revision > 0).map(u64::from)),
        ),
        "restart" => workload::change(&cluster, &params, &WorkloadChange::Restart),
        "scale" => match params.replicas {
            Some(replicas) => workload::change(&cluster, &params, &WorkloadChange::Scale(replicas)),
            None => Err(Error::new("invalid", "`replicas` is missing").hint("say how many, as `replicas = 3`")),
        },
        "set-image" => match params.images.is_empty() {
            false => workload::change(&cluster, &params, &WorkloadChange::SetImage(params.images.clone().into_iter().collect())),
            true => Err(Error::new("invalid", "`images` is missing")
                .hint("name containers and their images, as `images = { web = \"web:2\" }`; `*` is for all")),
        },
        "logs" => logs::logs(&cluster, &params),
        "events" => status::events(&cluster, &params),
        "exec" => command::exec(&cluster, &params),
        "copy" => copy::copy(&cluster, &params),
        "run" => job::run(&cluster, &params, timeout_ms),
        _ => forward::forward(&cluster, &params),
    }
}

/// The namespace that is meant where nothing says another.
fn namespace(cluster: &Cluster, params: &Kubernetes) -> String {
    params.namespace.clone().unwrap_or_else(|| cluster.namespace())
}

#[cfg(test)]
mod tests;
