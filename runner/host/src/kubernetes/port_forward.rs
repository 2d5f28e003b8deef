use super::pods::{is_ready, text};
use super::step_kubernetes::{Located, StepKubernetes, Target};
use crate::docker::{Operation, send};
use infra_effect::{EffectKind, KubernetesVerb, PortBinding};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, Permit};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use serde_json::Value;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

/// How often a pod that can be connected to is looked for, for one connection.
const ATTEMPTS: u32 = 120;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(500);

/// Which ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForwardRequest {
    /// A pod, a Service or a workload.
    pub kind: String,
    /// The context's, where nothing is said.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// Of this machine.
    pub address: Option<String>,
    /// Ports of this machine and of the target, by number or name.
    pub ports: Vec<(u16, String)>,
}

/// Ports under way; dropping it closes them.
#[derive(Debug)]
pub struct Forward {
    /// What happens.
    pub events: Operation<String>,
    /// The ports of this machine.
    pub ports: Vec<u16>,
    // The effects last as long as the ports.
    _permits: Vec<PermitUntilDropped>,
}

/// Closing a port is how forwarding ends.
#[derive(Debug)]
struct PermitUntilDropped(Option<Permit>);

impl Drop for PermitUntilDropped {
    fn drop(&mut self) {
        if let Some(permit) = self.0.take() {
            permit.done(None);
        }
    }
}

impl StepKubernetes {
    /// Listens on ports of this machine, and passes each connection on to a pod that is ready when it comes: a pod may be replaced meanwhile.
    ///
    /// # Errors
    /// When it is not granted, nothing is there, or a port is taken.
    pub async fn port_forward(&self, request: ForwardRequest) -> Result<Forward, TaskError> {
        let kind = if request.kind.is_empty() { "Pod".to_owned() } else { request.kind.clone() };
        let target = Target { kind, namespace: request.namespace.clone(), name: request.name.clone(), ..Target::default() };
        let located = self.locate(&target).await?;
        let address = request.address.clone().unwrap_or_else(|| "127.0.0.1".to_owned());
        if request.ports.is_empty() {
            return Err(TaskError::new(ErrorCode::INVALID, "no port is named").hint("name some, as `3000:80`"));
        }
        let mut permits = vec![];
        for (local, remote) in &request.ports {
            let mut effect = self.effect(KubernetesVerb::PortForward, located.object());
            effect.port = Some(PortBinding { address: address.clone(), port: *local });
            effect.note = format!("to its port {remote}");
            match self.admit(EffectKind::KubernetesPortForward, effect).await? {
                Decision::Perform(permit) => permits.push(permit),
                Decision::Simulate(simulated) => return Err(simulated.unknown()),
            }
        }
        let opened = self.open_ports(&located, &address, &request.ports).await;
        let listeners = match opened {
            Ok(listeners) => listeners,
            Err(error) => {
                permits.into_iter().for_each(|permit| permit.failed(&error));
                return Err(error);
            }
        };
        let ports =
            listeners.iter().filter_map(|(listener, _)| listener.local_addr().ok()).map(|address| address.port()).collect();
        let forwarding = Arc::new(Forwarding { step: self.clone(), located });
        let events = Operation::start(None, move |sender| async move {
            let mut all = JoinSet::new();
            for (listener, remote) in listeners {
                all.spawn(Arc::clone(&forwarding).listen(listener, remote, sender.clone()));
            }
            while all.join_next().await.is_some() {}
            Ok(())
        });
        Ok(Forward { events, ports, _permits: permits.into_iter().map(|permit| PermitUntilDropped(Some(permit))).collect() })
    }

    async fn open_ports(
        &self,
        located: &Located,
        address: &str,
        ports: &[(u16, String)],
    ) -> Result<Vec<(TcpListener, String)>, TaskError> {
        self.live(located).await?.ok_or_else(|| super::read::absent(located))?;
        let mut listeners = vec![];
        for (local, remote) in ports {
            let listener = TcpListener::bind((address, *local)).await.map_err(|error| {
                TaskError::new(ErrorCode::CONFLICT, format!("cannot listen on {address}:{local}: {error}"))
                    .hint("stop what uses the port, or take another one; 0 takes a free one")
            })?;
            listeners.push((listener, remote.clone()));
        }
        Ok(listeners)
    }
}

struct Forwarding {
    step: StepKubernetes,
    located: Located,
}

impl Forwarding {
    async fn listen(self: Arc<Self>, listener: TcpListener, remote: String, events: Sender<Result<String, TaskError>>) {
        // Dropped with the listener: connections end then.
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((stream, _)) = accepted else { continue };
                    let (this, remote, events) = (Arc::clone(&self), remote.clone(), events.clone());
                    connections.spawn(async move {
                        if let Err(error) = this.carry(stream, &remote).await {
                            let _ = send(&events, error.message).await;
                        }
                    });
                }
                Some(_) = connections.join_next() => {}
                () = events.closed() => return,
            }
        }
    }

    /// Carries one connection to a pod. While there is none, one is waited for.
    async fn carry(&self, mut local: TcpStream, remote: &str) -> Result<(), TaskError> {
        let mut attempt = 0;
        let mut remote_stream = loop {
            attempt += 1;
            match self.connect(remote).await {
                Ok(stream) => break stream,
                Err(error) if attempt >= ATTEMPTS || error.code == ErrorCode::INVALID => return Err(error),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        // How a connection ends is between its two ends.
        let _ = tokio::io::copy_bidirectional(&mut local, &mut remote_stream).await;
        Ok(())
    }

    async fn connect(&self, remote: &str) -> Result<impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin, TaskError> {
        let pod = self.step.ready_pod(&self.located).await?;
        // Behind a name there may be another pod soon; a pod that is named is taken as it is.
        if !self.located.resource.is("", "Pod") && !is_ready(&pod) {
            return Err(TaskError::new(ErrorCode::UNAVAILABLE, format!("{} has no pod that is ready", self.located.shown())));
        }
        let service = match self.located.resource.is("", "Service") {
            true => self.step.live(&self.located).await?,
            false => None,
        };
        let port = target_port(service.as_ref(), &pod, remote)?;
        let (namespace, name) = (text(&pod, "/metadata/namespace"), text(&pod, "/metadata/name"));
        let pods: Api<Pod> = Api::namespaced(self.step.connection.client.clone(), namespace);
        let doing = format!("forward a connection to the port {port} of the pod {namespace}/{name}");
        let mut forwarder = pods
            .portforward(name, &[port])
            .await
            .map_err(|error| super::api_error::kubernetes_error(&self.step.connection.context, &doing, &error))?;
        forwarder.take_stream(port).ok_or_else(|| TaskError::new(ErrorCode::DEFECT, format!("cannot {doing}")))
    }
}

/// The pod's port: a Service's port leads to one of the pod's, and names are those of the pod's containers.
fn target_port(service: Option<&Value>, pod: &Value, remote: &str) -> Result<u16, TaskError> {
    let wrong =
        |what: String| TaskError::new(ErrorCode::INVALID, what).hint("name a port by its number, or by its name in the manifest");
    let mut wanted = remote.to_owned();
    if let Some(service) = service {
        let number: Option<u64> = remote.parse().ok();
        let ports = service.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten();
        let found = ports.into_iter().find(|port| port["name"] == remote || number.is_some_and(|number| port["port"] == number));
        let Some(found) = found else { return Err(wrong(format!("the Service has no port `{remote}`"))) };
        let target = found.get("targetPort").unwrap_or(&found["port"]);
        wanted = target.as_str().map_or_else(|| target.to_string(), str::to_owned);
    }
    if let Ok(number) = wanted.parse::<u16>() {
        return if number > 0 { Ok(number) } else { Err(wrong("0 is no port of a pod".to_owned())) };
    }
    let containers = pod.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
    let mut ports = containers.into_iter().flat_map(|container| container["ports"].as_array().into_iter().flatten());
    let found = ports.find(|port| port["name"] == wanted).and_then(|port| port["containerPort"].as_u64());
    found.and_then(|number| u16::try_from(number).ok()).ok_or_else(|| wrong(format!("no container has a port named `{wanted}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_port_is_found_by_number_and_by_name() {
        let pod = json!({ "spec": { "containers": [{ "ports": [{ "name": "http", "containerPort": 8080 }] }] } });
        let service = json!({ "spec": { "ports": [{ "name": "web", "port": 80, "targetPort": "http" }, { "port": 81 }] } });
        assert_eq!(target_port(None, &pod, "9000"), Ok(9000));
        assert_eq!(target_port(None, &pod, "http"), Ok(8080));
        assert_eq!(target_port(Some(&service), &pod, "80"), Ok(8080));
        assert_eq!(target_port(Some(&service), &pod, "web"), Ok(8080));
        assert_eq!(target_port(Some(&service), &pod, "81"), Ok(81));
        for (service, remote) in [(None, "x"), (Some(&service), "8080"), (None, "0")] {
            assert!(target_port(service, &pod, remote).is_err(), "{remote}");
        }
    }
}
