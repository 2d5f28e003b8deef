use crate::bindings::infra::task::kubernetes as wit;
use crate::kubernetes::{
    Applied, ApplyOptions, Change, ClusterHandle, Condition, DeleteOptions, ExecCommand, ExecStream, FieldChange, ForwardOptions,
    ForwardedPorts, LogLine, LogOptions, PatchType, Pieces, Progress, Selection, Target, WorkloadChange,
};
use crate::process::{ExitStatus, Output};
use crate::wasm_host::{Handle, handle, lift, subscribe};
use crate::{Error, Result};

/// Objects in one answer of a list.
const PAGE: u32 = 500;

subscribe! {
    wit::Applying,
    wit::Waiting,
    wit::LogStream,
    wit::Exec,
    wit::Forward,
    wit::JobRun,
}

/// The component's import.
pub(crate) struct WasmCluster(wit::Cluster);

pub(crate) fn open(context: Option<&str>) -> Result<Box<dyn ClusterHandle>> {
    Ok(Box::new(WasmCluster(lift(wit::open(context))?)))
}

fn target(target: &Target) -> wit::Target {
    wit::Target {
        api_version: target.api_version.clone(),
        kind: target.kind.clone(),
        namespace: target.namespace.clone(),
        name: target.name.clone(),
    }
}

fn line(line: wit::LogLine) -> LogLine {
    LogLine { pod: line.pod, container: line.container, text: line.text }
}

impl Pieces<Applied> for Handle<wit::Applying> {
    fn next(&self) -> Result<Option<Applied>> {
        let Some(applied) = lift(self.inner.next())? else { return Ok(None) };
        let fields: Vec<FieldChange> = serde_json::from_str(&applied.fields)
            .map_err(|error| Error::new("invalid", format!("the fields of an applied object are not JSON: {error}")))?;
        Ok(Some(Applied {
            target: Target {
                api_version: Some(applied.api_version),
                kind: applied.kind,
                namespace: applied.namespace,
                name: applied.name,
            },
            change: match applied.change {
                wit::Change::Created => Change::Created,
                wit::Change::Configured => Change::Configured,
                wit::Change::Unchanged => Change::Unchanged,
                wit::Change::Deleted => Change::Deleted,
            },
            fields,
            not_validated: applied.not_validated,
        }))
    }
}

impl Pieces<Progress> for Handle<wit::Waiting> {
    fn next(&self) -> Result<Option<Progress>> {
        let next = lift(self.inner.next())?;
        Ok(next.map(|progress| Progress { message: progress.message, position: progress.position, total: progress.total }))
    }
}

impl Pieces<LogLine> for Handle<wit::LogStream> {
    fn next(&self) -> Result<Option<LogLine>> {
        Ok(lift(self.inner.next())?.map(line))
    }
}

impl Pieces<LogLine> for Handle<wit::JobRun> {
    fn next(&self) -> Result<Option<LogLine>> {
        Ok(lift(self.inner.next())?.map(line))
    }
}

impl Pieces<String> for Handle<wit::Forward> {
    fn next(&self) -> Result<Option<String>> {
        lift(self.inner.next())
    }
}

impl ForwardedPorts for Handle<wit::Forward> {
    fn ports(&self) -> Vec<u16> {
        self.inner.ports()
    }
}

impl ExecStream for Handle<wit::Exec> {
    fn next_output(&self) -> Result<Option<Output>> {
        Ok(lift(self.inner.next_output())?.map(Into::into))
    }
    fn write_input(&self, data: &[u8]) -> Result<()> {
        lift(self.inner.write_input(data))
    }
    fn close_input(&self) -> Result<()> {
        lift(self.inner.close_input())
    }
    fn wait(&self) -> Result<ExitStatus> {
        Ok(lift(self.inner.wait())?.into())
    }
}

impl ClusterHandle for WasmCluster {
    fn context(&self) -> String {
        self.0.context()
    }
    fn namespace(&self) -> String {
        self.0.namespace()
    }
    fn version(&self) -> Result<String> {
        lift(self.0.version())
    }
    fn discovery(&self) -> Result<String> {
        lift(self.0.discovery())
    }
    fn can_i(&self, verb: &str, what: &Target) -> Result<bool> {
        lift(self.0.can_i(verb, &target(what)))
    }
    fn get(&self, what: &Target) -> Result<Option<String>> {
        lift(self.0.get(&target(what)))
    }
    fn list(&self, what: &Selection, continue_at: Option<&str>) -> Result<String> {
        lift(self.0.list(&wit::Selection {
            api_version: what.api_version.clone(),
            kind: what.kind.clone(),
            namespace: what.namespace.clone(),
            all_namespaces: what.all_namespaces,
            label_selector: what.labels.clone(),
            field_selector: what.fields.clone(),
            limit: Some(PAGE),
            continue_at: continue_at.map(str::to_owned),
        }))
    }
    fn events(&self, what: &Target) -> Result<String> {
        lift(self.0.events(&target(what)))
    }
    fn apply(&self, text: &str, options: &ApplyOptions) -> Result<Box<dyn Pieces<Applied>>> {
        let options = wit::ApplyOptions {
            namespace: options.namespace.clone(),
            force: options.force,
            prune: options.prune.clone(),
            compare: options.compare,
            timeout_ms: options.timeout_ms,
        };
        Ok(handle(lift(self.0.apply(text, &options))?))
    }
    fn delete(&self, what: &Target, options: &DeleteOptions) -> Result<bool> {
        let options = wit::DeleteOptions { propagation: options.propagation.clone(), grace_period_s: options.grace_period_s };
        lift(self.0.delete(&target(what), &options))
    }
    fn patch(&self, what: &Target, kind: PatchType, patch: &str) -> Result<String> {
        let kind = match kind {
            PatchType::Merge => wit::PatchType::Merge,
            PatchType::Strategic => wit::PatchType::Strategic,
            PatchType::Json => wit::PatchType::JsonPatch,
        };
        lift(self.0.patch(&target(what), kind, patch))
    }
    fn change(&self, what: &Target, change: &WorkloadChange) -> Result<Option<String>> {
        let change = match change {
            WorkloadChange::Scale(replicas) => wit::WorkloadChange::Scale(*replicas),
            WorkloadChange::Restart => wit::WorkloadChange::Restart,
            WorkloadChange::SetImage(images) => wit::WorkloadChange::SetImage(images.clone()),
            WorkloadChange::Rollback(revision) => wit::WorkloadChange::Rollback(*revision),
        };
        lift(self.0.change(&target(what), &change))
    }
    fn rollout(&self, what: &Target) -> Result<String> {
        lift(self.0.rollout(&target(what)))
    }
    fn wait(&self, what: &Target, until: &Condition, timeout_ms: u64) -> Result<Box<dyn Pieces<Progress>>> {
        let until = match until.clone() {
            Condition::Exists => wit::Condition::Exists,
            Condition::Deleted => wit::Condition::Deleted,
            Condition::Ready => wit::Condition::Ready,
            Condition::Condition(kind, status) => wit::Condition::Condition((kind, status)),
            Condition::Field(path, value) => wit::Condition::Field((path, value)),
            Condition::Rollout => wit::Condition::Rollout,
            Condition::Job => wit::Condition::Job,
        };
        Ok(handle(lift(self.0.wait(&target(what), &until, timeout_ms))?))
    }
    fn logs(&self, options: &LogOptions) -> Result<Box<dyn Pieces<LogLine>>> {
        let options = wit::LogOptions {
            kind: options.kind.clone(),
            namespace: options.namespace.clone(),
            name: options.name.clone(),
            label_selector: options.labels.clone(),
            container: options.container.clone(),
            follow: options.follow,
            previous: options.previous,
            tail: options.tail,
            since_s: options.since_s,
            timestamps: options.timestamps,
        };
        Ok(handle(lift(self.0.logs(&options))?))
    }
    fn exec(&self, command: &ExecCommand) -> Result<Box<dyn ExecStream>> {
        let command = wit::ExecCommand {
            kind: command.kind.clone(),
            namespace: command.namespace.clone(),
            name: command.name.clone(),
            container: command.container.clone(),
            args: command.args.clone(),
            input: command.input,
        };
        Ok(handle(lift(self.0.exec(&command))?))
    }
    fn port_forward(&self, options: &ForwardOptions) -> Result<Box<dyn ForwardedPorts>> {
        let options = wit::ForwardOptions {
            kind: options.kind.clone(),
            namespace: options.namespace.clone(),
            name: options.name.clone(),
            address: options.address.clone(),
            ports: options.ports.clone(),
        };
        Ok(handle(lift(self.0.port_forward(&options))?))
    }
    fn run_job(&self, manifest: &str, namespace: Option<&str>, timeout_ms: u64) -> Result<Box<dyn Pieces<LogLine>>> {
        Ok(handle(lift(self.0.run_job(manifest, namespace, timeout_ms))?))
    }
}
