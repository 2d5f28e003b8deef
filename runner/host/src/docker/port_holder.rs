use super::docker_host::DockerHost;
use super::port_process::listening_process;
use bollard::query_parameters::ListContainersOptions;
use infra_event::{ErrorCode, TaskError};

/// Says who holds the port that a container wants, where the daemon refuses for that.
pub(super) async fn name_the_holder(host: &DockerHost, starting: &str, error: TaskError) -> TaskError {
    if error.code != ErrorCode::CONFLICT {
        return error;
    }
    let Some(port) = port(&error.message) else { return error };
    let options = ListContainersOptions::default();
    let listed = host.call("list containers", |docker| async move { docker.list_containers(Some(options)).await }).await;
    let holder = listed.ok().into_iter().flatten().find(|container| {
        let publishes = container.ports.iter().flatten().any(|published| published.public_port == Some(port));
        publishes && container.id.as_deref() != Some(starting)
    });
    let details = |container: Option<&str>, process: Option<&str>| serde_json::json!({ "port": port, "container": container, "process": process });
    match holder {
        Some(container) => {
            let name = container.names.iter().flatten().next().map_or("?", |name| name.trim_start_matches('/')).to_owned();
            let image = container.image.unwrap_or_default();
            error
                .hint(format!("the container `{name}` ({image}) publishes port {port}: stop it (`docker stop {name}`), or publish another port"))
                .details(details(Some(&name), None))
        }
        None => {
            let local = host.connection().await.is_ok_and(|connection| connection.local);
            let look = move || local.then(|| listening_process(port)).flatten();
            let process = tokio::task::spawn_blocking(look).await.ok().flatten();
            let who = match &process {
                Some(process) => format!("{process} listens on port {port}"),
                None => {
                    format!("a program of the daemon's machine listens on port {port} (`ss -ltnp 'sport = :{port}'` shows it)")
                }
            };
            error.hint(format!("{who}: stop it, or publish another port")).details(details(None, process.as_deref()))
        }
    }
}

/// The port in "Bind for 127.0.0.1:5432 failed: port is already allocated" and "listen tcp4 0.0.0.0:5432: bind: address already in use".
fn port(message: &str) -> Option<u16> {
    let before = ["Bind for ", "listen tcp4 ", "listen tcp6 ", "listen tcp ", "listen udp4 ", "listen udp "];
    let address = before.iter().find_map(|words| message.split_once(words))?.1;
    let address = address.split([' ', '\n']).next()?.trim_end_matches(':');
    address.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::port;

    #[test]
    fn the_port_is_found() {
        let cases = [
            ("driver failed …: Bind for 127.0.0.1:5432 failed: port is already allocated", Some(5432)),
            ("Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use", Some(80)),
            ("listen tcp6 [::]:81: bind: address already in use", Some(81)),
            ("something else", None),
        ];
        for (message, wanted) in cases {
            assert_eq!(port(message), wanted, "{message}");
        }
    }
}
