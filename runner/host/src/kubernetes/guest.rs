//! The interface `kubernetes` of the WIT package: counts the call, and leaves the rest to [`StepKubernetes`].

use super::{
    ApplyRequest, Applying, Condition, Connection, DeleteRequest, Exec, ExecRequest, Forward, ForwardRequest, JobRun, LogRequest,
    LogStream, PatchType, Selection, StepKubernetes, Target, Waiting, WorkloadChange,
};
use crate::State;
use crate::bindings::infra::task::kubernetes::{self as wit, Host, HostCluster};
use crate::bindings::infra::task::types::Error;
use crate::error_conversion::wit_error;
use infra_effect::{Effect, EffectKind, KubernetesEffect, KubernetesObject, KubernetesVerb};
use infra_event::{ErrorCode, TaskError};
use infra_gate::Decision;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::Resource;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// A cluster that a task has opened.
#[derive(Debug)]
pub struct Cluster {
    context: String,
    namespace: String,
}

impl State {
    /// Reaches the cluster of a context, where the context is granted: before that nothing of it is looked at but its name.
    async fn reach(&mut self, context: Option<&str>) -> Result<Arc<Connection>, TaskError> {
        let host = Arc::clone(self.kubernetes());
        let chosen = host.settings().choose(context)?;
        let effect = KubernetesEffect {
            verb: KubernetesVerb::Inspect,
            context: chosen.name.clone(),
            object: KubernetesObject::default(),
            contents: false,
            port: None,
            command: vec![],
            note: String::new(),
        };
        let decision = self.gate().admit(Effect::Kubernetes { kind: EffectKind::KubernetesConnect, effect }).await?;
        let permit = match decision {
            Decision::Perform(permit) => permit,
            Decision::Simulate(simulated) => return Err(simulated.unknown()),
        };
        if let Some(connection) = host.known(&chosen.name).await {
            permit.done(None);
            return Ok(connection);
        }
        let credentials = match self.plugin_credentials(&chosen).await {
            Ok(credentials) => credentials,
            Err(error) => {
                permit.failed(&error);
                return Err(error);
            }
        };
        permit.end(host.reach(chosen, credentials).await)
    }

    /// Counts the call; the cluster as this step may use it. Credentials that have ended are renewed.
    async fn step_kubernetes(&mut self, cluster: &Resource<Cluster>) -> wasmtime::Result<Result<StepKubernetes, TaskError>> {
        self.count()?;
        let context = self.table().get(cluster)?.context.clone();
        let connection = match self.kubernetes().known(&context).await {
            Some(connection) => Ok(connection),
            None => self.reach(Some(&context)).await,
        };
        Ok(connection.map(|connection| StepKubernetes {
            connection,
            gate: Arc::clone(self.gate()),
            project: self.project().to_owned(),
            run: self.run().clone(),
        }))
    }

    /// An object of a cluster, for the runner itself. A kubeconfig's plugin is a program, and none is started for it.
    pub(crate) async fn object_of(&mut self, context: &str, target: &Target) -> Result<Option<Value>, TaskError> {
        let host = Arc::clone(self.kubernetes());
        if host.known(context).await.is_none() && host.settings().choose(Some(context))?.has_plugin() {
            let message = format!("the user of the context `{context}` has a plugin, which is not started for a secret");
            return Err(TaskError::new(ErrorCode::UNSUPPORTED, message)
                .hint("take it with `{ cmd = [\"kubectl\", \"get\", \"secret\", …] }`, which says what the program may reach"));
        }
        let connection = self.reach(Some(context)).await?;
        let (gate, project, run) = (Arc::clone(self.gate()), self.project().to_owned(), self.run().clone());
        StepKubernetes { connection, gate, project, run }.get(target).await
    }

    fn text_of(&self, value: Value) -> Result<String, Error> {
        self.json_answer(Some(value)).map(Option::unwrap_or_default)
    }
}

/// Calls a function of the cluster; the answer is still the host's.
macro_rules! ask {
    ($state:expr, $cluster:expr, |$step:ident| $call:expr) => {
        match $state.step_kubernetes(&$cluster).await? {
            Ok($step) => $call.await,
            Err(error) => Err(error),
        }
    };
}

fn target(target: wit::Target) -> Target {
    Target { api_version: target.api_version, kind: target.kind, namespace: target.namespace, name: target.name }
}

impl Host for State {
    async fn open(&mut self, context: Option<String>) -> Answer<Resource<Cluster>> {
        self.count()?;
        let opened = self.reach(context.as_deref()).await;
        let opened =
            opened.map(|connection| Cluster { context: connection.context.clone(), namespace: connection.namespace.clone() });
        self.handle(opened)
    }
}

impl HostCluster for State {
    async fn context(&mut self, cluster: Resource<Cluster>) -> wasmtime::Result<String> {
        self.count()?;
        Ok(self.table().get(&cluster)?.context.clone())
    }

    async fn namespace(&mut self, cluster: Resource<Cluster>) -> wasmtime::Result<String> {
        self.count()?;
        Ok(self.table().get(&cluster)?.namespace.clone())
    }

    async fn version(&mut self, cluster: Resource<Cluster>) -> Answer<String> {
        let version = ask!(self, cluster, |step| step.version());
        Ok(version.map_err(wit_error).and_then(|version| self.text_of(version)))
    }

    async fn discovery(&mut self, cluster: Resource<Cluster>) -> Answer<String> {
        let kinds = ask!(self, cluster, |step| step.discovery());
        Ok(kinds.map_err(wit_error).and_then(|kinds| self.text_of(kinds)))
    }

    async fn can_i(&mut self, cluster: Resource<Cluster>, verb: String, what: wit::Target) -> Answer<bool> {
        let what = target(what);
        Ok(ask!(self, cluster, |step| step.can_i(&verb, &what)).map_err(wit_error))
    }

    async fn get(&mut self, cluster: Resource<Cluster>, what: wit::Target) -> Answer<Option<String>> {
        let what = target(what);
        let found = ask!(self, cluster, |step| step.get(&what));
        Ok(found.map_err(wit_error).and_then(|found| found.map(|object| self.text_of(object)).transpose()))
    }

    async fn list(&mut self, cluster: Resource<Cluster>, what: wit::Selection) -> Answer<String> {
        let selection = Selection {
            api_version: what.api_version,
            kind: what.kind,
            namespace: what.namespace,
            all_namespaces: what.all_namespaces,
            labels: what.label_selector,
            fields: what.field_selector,
            limit: what.limit,
            continue_at: what.continue_at,
        };
        let list = ask!(self, cluster, |step| step.list(&selection));
        Ok(list.map_err(wit_error).and_then(|list| self.text_of(list)))
    }

    async fn events(&mut self, cluster: Resource<Cluster>, what: wit::Target) -> Answer<String> {
        let what = target(what);
        let events = ask!(self, cluster, |step| step.events(&what));
        Ok(events.map_err(wit_error).and_then(|events| self.text_of(events)))
    }

    async fn apply(
        &mut self,
        cluster: Resource<Cluster>,
        text: String,
        options: wit::ApplyOptions,
    ) -> Answer<Resource<Applying>> {
        let request = ApplyRequest {
            namespace: options.namespace,
            force: options.force,
            prune: options.prune,
            compare: options.compare,
            timeout: Duration::from_millis(options.timeout_ms),
        };
        let applying = ask!(self, cluster, |step| step.apply(text, request));
        self.handle(applying)
    }

    async fn delete(&mut self, cluster: Resource<Cluster>, what: wit::Target, options: wit::DeleteOptions) -> Answer<bool> {
        let (what, request) =
            (target(what), DeleteRequest { propagation: options.propagation, grace_period: options.grace_period_s });
        Ok(ask!(self, cluster, |step| step.delete(&what, &request)).map_err(wit_error))
    }

    async fn patch(
        &mut self,
        cluster: Resource<Cluster>,
        what: wit::Target,
        kind: wit::PatchType,
        patch: String,
    ) -> Answer<String> {
        let what = target(what);
        let kind = match kind {
            wit::PatchType::Merge => PatchType::Merge,
            wit::PatchType::Strategic => PatchType::Strategic,
            wit::PatchType::JsonPatch => PatchType::Json,
        };
        let after = ask!(self, cluster, |step| step.patch(&what, kind, &patch));
        Ok(after.map_err(wit_error).and_then(|after| self.text_of(after)))
    }

    async fn change(
        &mut self,
        cluster: Resource<Cluster>,
        what: wit::Target,
        change: wit::WorkloadChange,
    ) -> Answer<Option<String>> {
        let what = target(what);
        let change = match change {
            wit::WorkloadChange::Scale(replicas) => WorkloadChange::Scale(replicas),
            wit::WorkloadChange::Restart => WorkloadChange::Restart,
            wit::WorkloadChange::SetImage(images) => WorkloadChange::SetImage(images),
            wit::WorkloadChange::Rollback(revision) => WorkloadChange::Rollback(revision),
        };
        Ok(ask!(self, cluster, |step| step.change(&what, &change)).map_err(wit_error))
    }

    async fn rollout(&mut self, cluster: Resource<Cluster>, what: wit::Target) -> Answer<String> {
        let what = target(what);
        let state = ask!(self, cluster, |step| step.rollout(&what));
        Ok(state.map_err(wit_error).and_then(|state| self.text_of(state)))
    }

    async fn wait(
        &mut self,
        cluster: Resource<Cluster>,
        what: wit::Target,
        until: wit::Condition,
        timeout_ms: u64,
    ) -> Answer<Resource<Waiting>> {
        let what = target(what);
        let condition = match until {
            wit::Condition::Exists => Condition::Exists,
            wit::Condition::Deleted => Condition::Deleted,
            wit::Condition::Ready => Condition::Ready,
            wit::Condition::Condition((kind, status)) => Condition::Condition(kind, status),
            wit::Condition::Field((path, value)) => Condition::Field(path, value),
            wit::Condition::Rollout => Condition::Rollout,
            wit::Condition::Job => Condition::Job,
        };
        let waiting = ask!(self, cluster, |step| step.wait(&what, condition, Duration::from_millis(timeout_ms)));
        self.handle(waiting)
    }

    async fn logs(&mut self, cluster: Resource<Cluster>, options: wit::LogOptions) -> Answer<Resource<LogStream>> {
        let request = LogRequest {
            kind: options.kind,
            namespace: options.namespace,
            name: options.name,
            labels: options.label_selector,
            container: options.container,
            follow: options.follow,
            previous: options.previous,
            tail: options.tail,
            since: options.since_s,
            timestamps: options.timestamps,
        };
        let logs = ask!(self, cluster, |step| step.logs(request));
        self.handle(logs)
    }

    async fn exec(&mut self, cluster: Resource<Cluster>, command: wit::ExecCommand) -> Answer<Resource<Exec>> {
        let request = ExecRequest {
            kind: command.kind,
            namespace: command.namespace,
            name: command.name,
            container: command.container,
            args: command.args,
            input: command.input,
        };
        let exec = ask!(self, cluster, |step| step.exec(request));
        self.handle(exec)
    }

    async fn port_forward(&mut self, cluster: Resource<Cluster>, options: wit::ForwardOptions) -> Answer<Resource<Forward>> {
        let request = ForwardRequest {
            kind: options.kind,
            namespace: options.namespace,
            name: options.name,
            address: options.address,
            ports: options.ports,
        };
        let forward = ask!(self, cluster, |step| step.port_forward(request));
        self.handle(forward)
    }

    async fn run_job(
        &mut self,
        cluster: Resource<Cluster>,
        manifest: String,
        namespace: Option<String>,
        timeout_ms: u64,
    ) -> Answer<Resource<JobRun>> {
        let timeout = Duration::from_millis(timeout_ms);
        let job = ask!(self, cluster, |step| step.run_job(&manifest, namespace.as_deref(), timeout));
        self.handle(job)
    }

    async fn drop(&mut self, cluster: Resource<Cluster>) -> wasmtime::Result<()> {
        self.table().delete(cluster)?;
        Ok(())
    }
}
