//! Shows where the platform's services answer: the example of a team's own task.

use infra::{Grants, Params, Result};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Params)]
struct Endpoints {
    /// How a service's address is written, by the service's name; `{}` is address and port.
    #[param(default = known_forms())]
    forms: BTreeMap<String, String>,
    /// Only these services; it fails where none of them runs.
    #[param(default = Vec::<String>::new())]
    services: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Endpoint {
    service: String,
    url: String,
}

fn known_forms() -> BTreeMap<String, String> {
    let forms = [("postgres", "postgresql://postgres@{}/comind_ops_dev"), ("redis", "redis://{}")];
    forms.map(|(name, form)| (name.to_owned(), form.to_owned())).into()
}

fn requires(_: &Endpoints) -> Result<Grants> {
    Ok(Grants::new().docker(infra::json!({ "verbs": ["inspect"] })))
}

/// Shows where the platform's services answer.
#[infra::task(requires = requires)]
fn endpoints(params: Endpoints) -> Result<Vec<Endpoint>> {
    let mut endpoints = Vec::new();
    for container in infra::docker::list_containers(&["com.docker.compose.service"], false)? {
        let service = container["Labels"]["com.docker.compose.service"].as_str().unwrap_or_default().to_owned();
        if !params.services.is_empty() && !params.services.contains(&service) {
            continue;
        }
        for port in container["Ports"].as_array().into_iter().flatten() {
            let (Some(address), Some(public)) = (port["IP"].as_str(), port["PublicPort"].as_u64()) else { continue };
            let form = params.forms.get(&service).map_or("http://{}", String::as_str);
            let url = form.replace("{}", &format!("{address}:{public}"));
            infra::info!("{service:<10} {url}");
            endpoints.push(Endpoint { service: service.clone(), url });
        }
    }
    endpoints.sort_by(|a, b| a.service.cmp(&b.service));
    if endpoints.is_empty() && !params.services.is_empty() {
        let message = format!("none of {} runs", params.services.join(", "));
        return Err(infra::Error::new("not-found", message).hint("`infra run services-setup` starts what OPTIONAL names"));
    }
    Ok(endpoints)
}

#[cfg(test)]
mod tests {
    use super::*;
    use infra::testing::TestHost;

    #[test]
    fn nothing_runs_and_nothing_is_shown() {
        let shown = |services: &[&str]| {
            let services = services.iter().map(|name| (*name).to_owned()).collect();
            TestHost::new().run(|| endpoints(Endpoints { forms: known_forms(), services }))
        };
        assert_eq!(shown(&[]), Ok(vec![]));
        assert_eq!(shown(&["grafana"]).map_err(|error| error.message), Err("none of grafana runs".to_owned()));
    }
}
