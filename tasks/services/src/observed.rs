//! The containers that a project has now.

use crate::labels;
use crate::project::Project;
use crate::service::Service;
use infra::{Result, docker};
use serde_json::Value;
use std::collections::BTreeMap;

/// A container as Docker tells of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) inspection: Value,
}

impl Container {
    pub(crate) fn inspect(name: &str) -> Result<Option<Self>> {
        let found = docker::inspect_container(name)?;
        Ok(found.map(|inspection| Self { name: name.to_owned(), inspection }))
    }

    pub(crate) fn id(&self) -> &str {
        self.inspection["Id"].as_str().unwrap_or(&self.name)
    }

    /// As `running`.
    pub(crate) fn status(&self) -> &str {
        self.inspection["State"]["Status"].as_str().unwrap_or_default()
    }

    /// As `healthy`; empty without a health check.
    pub(crate) fn health(&self) -> &str {
        let health = self.inspection["State"]["Health"]["Status"].as_str().unwrap_or_default();
        if health == "none" { "" } else { health }
    }

    pub(crate) fn exit_code(&self) -> i64 {
        self.inspection["State"]["ExitCode"].as_i64().unwrap_or(0)
    }

    /// The image's name.
    pub(crate) fn image(&self) -> String {
        self.inspection["Config"]["Image"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.inspection["State"]["Running"] == true
    }

    pub(crate) fn ended_well(&self) -> bool {
        self.status() == "exited" && self.exit_code() == 0
    }

    pub(crate) fn label(&self, name: &str) -> &str {
        self.inspection["Config"]["Labels"][name].as_str().unwrap_or_default()
    }

    /// Its volumes without a name of their own, by their targets: what must outlive the container.
    pub(crate) fn anonymous_volumes(&self) -> BTreeMap<String, String> {
        let mounts = self.inspection["Mounts"].as_array().into_iter().flatten();
        mounts
            .filter(|mount| mount["Type"] == "volume")
            .filter_map(|mount| Some((mount["Destination"].as_str()?.to_owned(), mount["Name"].as_str()?.to_owned())))
            .filter(|(_, name)| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .collect()
    }

    /// When its state changed last, in RFC 3339; empty where that is not known.
    pub(crate) fn last_update(&self) -> String {
        let state = &self.inspection["State"];
        let times = [&state["StartedAt"], &state["FinishedAt"], &self.inspection["Created"]];
        let times = times.into_iter().filter_map(Value::as_str).filter(|time| !time.starts_with("0001-"));
        // Without the fraction of a second.
        times.max().map_or_else(String::new, |time| format!("{}Z", time.split(['.', 'Z']).next().unwrap_or(time)))
    }
}

/// The containers of the project by service. One that only the plan knows is among them.
pub(crate) fn observe(project: &Project) -> Result<BTreeMap<String, Container>> {
    let mut found: BTreeMap<String, Container> = BTreeMap::new();
    for listed in docker::list_containers(&[&format!("{}={}", labels::PROJECT, project.name)], true)? {
        let label = |name: &str| listed["Labels"][name].as_str().unwrap_or_default();
        let service = label(labels::SERVICE).to_owned();
        let name = listed["Names"][0].as_str().unwrap_or_default().trim_start_matches('/').to_owned();
        if service.is_empty() || label(labels::ONE_OFF) == "True" || name.is_empty() {
            continue;
        }
        // A service is one container here; of several that Compose has made the first one counts.
        let number = |container: &Container| container.label(labels::NUMBER).parse().unwrap_or(u32::MAX);
        // It may go between the list and the question.
        if let Some(container) = Container::inspect(&name)?
            && found.get(&service).is_none_or(|other| number(&container) < number(other))
        {
            found.insert(service, container);
        }
    }
    Ok(found)
}

/// The containers of a project whose service no file has any more.
pub(crate) fn orphans<'a>(project: &Project, observed: &'a BTreeMap<String, Container>) -> impl Iterator<Item = &'a Container> {
    observed.iter().filter(|(service, _)| !project.services.contains_key(*service)).map(|(_, container)| container)
}

/// The service's container.
///
/// # Errors
/// `not-found` where it has none.
pub(crate) fn existing<'a>(observed: &'a BTreeMap<String, Container>, service: &Service) -> Result<&'a Container> {
    observed.get(&service.name).ok_or_else(|| {
        infra::Error::new("not-found", format!("service {} has no container", service.name)).hint("`action = \"up\"` makes it")
    })
}
