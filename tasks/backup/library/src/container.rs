use infra::{Error, Result};
use serde_json::Value;

/// The container of a Compose service.
#[derive(Clone, Debug)]
pub struct Service {
    /// The service's name in Compose.
    pub name: String,
    /// The container's name.
    pub container: String,
    /// The image that it was made from.
    pub image: String,
    /// Whether it runs.
    pub running: bool,
    /// Its volumes.
    pub mounts: Vec<Mount>,
    inspection: Value,
}

/// A volume in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The volume's name.
    pub volume: String,
    /// Where the container sees it.
    pub destination: String,
}

impl Service {
    /// Finds the container by its Compose labels.
    ///
    /// # Errors
    /// `not-found` where the service has none.
    pub fn find(project: Option<&str>, service: &str) -> Result<Self> {
        let project = project.map_or_else(infra::context::project, str::to_owned);
        let labels = [format!("com.docker.compose.project={project}"), format!("com.docker.compose.service={service}")];
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let listed = infra::docker::list_containers(&labels, true)?;
        let one_off = |container: &Value| container["Labels"]["com.docker.compose.oneoff"] == "True";
        let id = listed.iter().filter(|container| !one_off(container)).find_map(|container| container["Id"].as_str());
        let missing = || {
            Error::new("not-found", format!("the service `{service}` of the Compose project `{project}` has no container"))
                .hint("start it first; `std/services` with `action = \"status\"` shows what there is")
        };
        let inspection = infra::docker::inspect_container(id.ok_or_else(missing)?)?.ok_or_else(missing)?;
        let text = |pointer: &str| inspection.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mounts = inspection["Mounts"].as_array().into_iter().flatten();
        let volumes = mounts.filter(|mount| mount["Type"] == "volume").filter_map(|mount| {
            let (volume, destination) = (mount["Name"].as_str()?, mount["Destination"].as_str()?);
            Some(Mount { volume: volume.to_owned(), destination: destination.to_owned() })
        });
        Ok(Self {
            name: service.to_owned(),
            container: text("/Name").trim_start_matches('/').to_owned(),
            image: text("/Config/Image"),
            running: inspection.pointer("/State/Running").and_then(Value::as_bool) == Some(true),
            mounts: volumes.collect(),
            inspection,
        })
    }

    /// A variable of its environment.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        let lines = self.inspection.pointer("/Config/Env").and_then(Value::as_array).into_iter().flatten();
        lines.filter_map(Value::as_str).find_map(|line| line.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    }

    /// A volume of it, by its name, its name in Compose, or its place in the container.
    ///
    /// # Errors
    /// `not-found` with what there is.
    pub fn mount(&self, wanted: Option<&str>) -> Result<&Mount> {
        let ends = |mount: &&Mount, wanted: &str| mount.volume.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('_'));
        let found = match wanted {
            None if self.mounts.len() == 1 => self.mounts.first(),
            None => None,
            Some(wanted) => {
                let exact = self.mounts.iter().find(|mount| mount.volume == wanted || mount.destination == wanted);
                exact.or_else(|| self.mounts.iter().find(|mount| ends(mount, wanted)))
            }
        };
        found.ok_or_else(|| {
            let there: Vec<&str> = self.mounts.iter().map(|mount| mount.volume.as_str()).collect();
            let there = if there.is_empty() { "it has no volume".to_owned() } else { format!("it has {}", there.join(", ")) };
            let which = wanted.map_or_else(|| "which volume".to_owned(), |wanted| format!("the volume `{wanted}`"));
            Error::new("not-found", format!("{which} of the service `{}` is meant is not clear: {there}", self.name))
                .hint("name one of them in `volume`")
        })
    }

    /// # Errors
    /// `conflict` where it does not run.
    pub fn must_run(&self) -> Result<()> {
        if self.running {
            return Ok(());
        }
        Err(Error::new("conflict", format!("the container `{}` does not run", self.container)).hint("start it first"))
    }
}
