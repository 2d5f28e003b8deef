use crate::kubernetes::{
    Applied, ApplyOptions, ClusterHandle, Condition, DeleteOptions, ExecCommand, ExecStream, ForwardOptions, ForwardedPorts,
    LogLine, LogOptions, PatchType, Pieces, Progress, Selection, Target, WorkloadChange,
};
use crate::testing::{Ended, Ready, TestHost, current_host, missing};
use crate::{Error, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a test says of its cluster.
#[derive(Debug, Default)]
pub(crate) struct ClusterWorld {
    pub(crate) objects: BTreeMap<String, Value>,
    pub(crate) applied: Vec<Applied>,
    pub(crate) failing_waits: BTreeMap<String, Error>,
    pub(crate) log: Vec<LogLine>,
    pub(crate) missing: bool,
}

/// The stand-in's cluster. It keeps objects, and answers as it was told.
pub(crate) struct TestCluster {
    context: String,
}

impl TestCluster {
    pub(crate) fn open(host: &TestHost, context: Option<&str>) -> Result<Box<dyn ClusterHandle>> {
        host.called(format!("kubernetes.open {}", context.unwrap_or("current")));
        if host.cluster(|world| world.missing) {
            return Err(Error::new("unavailable", "no cluster answers"));
        }
        Ok(Box::new(Self { context: context.unwrap_or("current").to_owned() }))
    }

    fn ask<R>(&self, call: String, answer: impl FnOnce(&mut ClusterWorld) -> R) -> R {
        let host = current_host();
        host.called(format!("kubernetes.{call}"));
        host.cluster(answer)
    }
}

pub(crate) fn key(target: &Target) -> String {
    let namespace = target.namespace.as_deref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{namespace}{}/{}", target.kind, target.name)
}

impl Pieces<Applied> for Ready<Applied> {
    fn next(&self) -> Result<Option<Applied>> {
        Ok(self.take())
    }
}

impl Pieces<LogLine> for Ready<LogLine> {
    fn next(&self) -> Result<Option<LogLine>> {
        Ok(self.take())
    }
}

impl Pieces<String> for Ready<String> {
    fn next(&self) -> Result<Option<String>> {
        Ok(self.take())
    }
}

impl ForwardedPorts for Ready<String> {
    fn ports(&self) -> Vec<u16> {
        vec![]
    }
}

impl Pieces<Progress> for Ready<Result<Progress>> {
    fn next(&self) -> Result<Option<Progress>> {
        self.take().transpose()
    }
}

impl ExecStream for Ended {
    fn next_output(&self) -> Result<Option<crate::process::Output>> {
        crate::ExecHandle::next_output(self)
    }
    fn write_input(&self, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn close_input(&self) -> Result<()> {
        Ok(())
    }
    fn wait(&self) -> Result<crate::process::ExitStatus> {
        crate::ExecHandle::wait(self)
    }
}

impl ClusterHandle for TestCluster {
    fn context(&self) -> String {
        self.context.clone()
    }
    fn namespace(&self) -> String {
        "default".to_owned()
    }
    fn version(&self) -> Result<String> {
        Ok(json!({ "gitVersion": "v1.30.0" }).to_string())
    }
    fn discovery(&self) -> Result<String> {
        Ok("[]".to_owned())
    }
    fn can_i(&self, verb: &str, what: &Target) -> Result<bool> {
        self.ask(format!("can-i {verb} {}", key(what)), |_| Ok(true))
    }
    fn get(&self, what: &Target) -> Result<Option<String>> {
        self.ask(format!("get {}", key(what)), |world| Ok(world.objects.get(&key(what)).map(Value::to_string)))
    }
    fn list(&self, what: &Selection, _: Option<&str>) -> Result<String> {
        let named = |object: &Value| {
            let place = object.pointer("/metadata/namespace").and_then(Value::as_str);
            object["kind"] == what.kind.as_str()
                && (what.all_namespaces || what.namespace.is_none() || what.namespace.as_deref() == place)
        };
        self.ask(format!("list {}", what.kind), |world| {
            let items: Vec<Value> = world.objects.values().filter(|object| named(object)).cloned().collect();
            Ok(json!({ "items": items, "metadata": {} }).to_string())
        })
    }
    fn events(&self, what: &Target) -> Result<String> {
        self.ask(format!("events {}", key(what)), |_| Ok("[]".to_owned()))
    }
    fn apply(&self, text: &str, options: &ApplyOptions) -> Result<Box<dyn Pieces<Applied>>> {
        let call = if options.compare { "compare" } else { "apply" };
        let set = options.prune.as_deref().map(|set| format!(" as {set}")).unwrap_or_default();
        let documents = text.split("\n---").filter(|document| !document.trim().is_empty()).count();
        self.ask(format!("{call} {documents} documents{set}"), |world| Ok(Ready::new(world.applied.clone()) as _))
    }
    fn delete(&self, what: &Target, _: &DeleteOptions) -> Result<bool> {
        self.ask(format!("delete {}", key(what)), |world| Ok(world.objects.remove(&key(what)).is_some()))
    }
    fn patch(&self, what: &Target, _: PatchType, patch: &str) -> Result<String> {
        self.ask(format!("patch {} {patch}", key(what)), |world| {
            world.objects.get(&key(what)).map(Value::to_string).ok_or_else(|| missing("object", &key(what)))
        })
    }
    fn change(&self, what: &Target, change: &WorkloadChange) -> Result<Option<String>> {
        self.ask(format!("change {} {change:?}", key(what)), |_| Ok(Some("changed".to_owned())))
    }
    fn rollout(&self, what: &Target) -> Result<String> {
        self.ask(format!("rollout {}", key(what)), |_| {
            Ok(json!({ "complete": true, "message": "complete", "revision": 1, "history": [] }).to_string())
        })
    }
    fn wait(&self, what: &Target, until: &Condition, _: u64) -> Result<Box<dyn Pieces<Progress>>> {
        self.ask(format!("wait {} {until:?}", key(what)), |world| {
            let failure = world.failing_waits.get(&key(what)).cloned();
            Ok(Ready::new(failure.map(Err::<Progress, _>)) as _)
        })
    }
    fn logs(&self, options: &LogOptions) -> Result<Box<dyn Pieces<LogLine>>> {
        let what = options.labels.clone().unwrap_or_else(|| format!("{}/{}", options.kind, options.name));
        self.ask(format!("logs {what}"), |world| Ok(Ready::new(world.log.clone()) as _))
    }
    fn exec(&self, command: &ExecCommand) -> Result<Box<dyn ExecStream>> {
        let line = command.args.join(" ");
        current_host().called(format!("kubernetes.exec {}/{}: {line}", command.kind, command.name));
        let (code, stdout) = current_host().program(&line)?;
        Ok(Box::new(Ended::new(code, stdout)))
    }
    fn port_forward(&self, options: &ForwardOptions) -> Result<Box<dyn ForwardedPorts>> {
        self.ask(format!("port-forward {}/{} {:?}", options.kind, options.name, options.ports), |_| {
            Ok(Ready::<String>::new([]) as _)
        })
    }
    fn run_job(&self, manifest: &str, _: Option<&str>, _: u64) -> Result<Box<dyn Pieces<LogLine>>> {
        let target = Target::of(&serde_json::from_str(manifest)?);
        self.ask(format!("run-job {}", target.name), |world| Ok(Ready::new(world.log.clone()) as _))
    }
}
