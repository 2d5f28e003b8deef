//! All Compose files of a project, read as one.

use crate::interpolate::interpolate;
use crate::service::{Service, unsupported};
use crate::yaml::{self, Entry, at};
use infra::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The services, networks and volumes of every file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Project {
    pub(crate) name: String,
    /// By name.
    pub(crate) services: BTreeMap<String, Service>,
    /// The name in the files and the name in Docker.
    pub(crate) volumes: BTreeMap<String, String>,
    /// The name in the files and the name in Docker.
    pub(crate) networks: BTreeMap<String, String>,
}

impl Project {
    /// Reads the files that have one of the patterns.
    pub(crate) fn load(name: &str, patterns: &[String], variables: &BTreeMap<String, String>) -> Result<Self> {
        let mut paths = BTreeSet::new();
        for pattern in patterns {
            paths.extend(infra::files::find(pattern)?);
        }
        if paths.is_empty() {
            return Err(Error::new("not-found", format!("no Compose file has the pattern {}", patterns.join(", "))));
        }
        let mut project = Self { name: name.to_owned(), ..Self::default() };
        project.networks.insert("default".to_owned(), format!("{name}_default"));
        for path in paths {
            project.add(&path, &infra::files::read_to_string(&path)?, variables)?;
        }
        project.check()?;
        Ok(project)
    }

    /// Adds a file. Its category is the name of the directory above the service's: `…/CATEGORY/SERVICE/compose.yaml`.
    pub(crate) fn add(&mut self, path: &str, text: &str, variables: &BTreeMap<String, String>) -> Result<()> {
        let mut root = yaml::parse(path, text)?;
        root.map_text(&mut |line, text| interpolate(text, variables).map_err(|error| at(path, line, error)))?;
        let category = path.rsplit('/').nth(2).unwrap_or_default();
        for Entry { key, line, value } in root.entries().ok_or_else(|| at(path, 1, "a Compose file is a map"))? {
            let entries = || value.entries().ok_or_else(|| at(path, *line, format!("`{key}` must be a map")));
            match key.as_str() {
                "services" => {
                    for entry in entries()? {
                        let service = Service::read(path, category, entry)?;
                        if let Some(other) = self.services.insert(entry.key.clone(), service) {
                            return Err(at(path, entry.line, format!("service `{}` stands in {} too", entry.key, other.path)));
                        }
                    }
                }
                "volumes" => {
                    for entry in entries()? {
                        let docker = docker_name(path, key, entry)?.unwrap_or_else(|| format!("{}_{}", self.name, entry.key));
                        self.volumes.insert(entry.key.clone(), docker);
                    }
                }
                "networks" => {
                    for entry in entries()? {
                        let docker = docker_name(path, key, entry)?.unwrap_or_else(|| format!("{}_{}", self.name, entry.key));
                        self.networks.insert(entry.key.clone(), docker);
                    }
                }
                // The specification calls `version` obsolete and without effect.
                "version" => {}
                key if key.starts_with("x-") => {}
                _ => return Err(unsupported(path, *line, key, "networks, services, version, volumes")),
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        for service in self.services.values() {
            for (name, _) in &service.depends_on {
                if !self.services.contains_key(name) {
                    let message = format!("{}: service `{}` depends on `{name}`, which no file has", service.path, service.name);
                    return Err(Error::new("invalid", message));
                }
            }
            for network in &service.networks {
                if !self.networks.contains_key(network) {
                    let message =
                        format!("{}: service `{}` uses network `{network}`, which no file has", service.path, service.name);
                    return Err(Error::new("invalid", message));
                }
            }
            for mount in &service.volumes {
                if let Some(source) = &mount.source
                    && !source.starts_with(['.', '/', '~'])
                    && !self.volumes.contains_key(source)
                {
                    let message =
                        format!("{}: service `{}` uses volume `{source}`, which no file has", service.path, service.name);
                    return Err(Error::new("invalid", message));
                }
            }
        }
        self.order(&self.services.keys().cloned().collect()).map(|_| ())
    }

    /// The services that are named, or of the category, with all that they depend on; everything where nothing is said.
    pub(crate) fn select(&self, names: &[String], category: Option<&str>) -> Result<BTreeSet<String>> {
        let mut wanted: Vec<String> = Vec::new();
        for name in names {
            if !self.services.contains_key(name) {
                let known = self.services.keys().cloned().collect::<Vec<_>>().join(", ");
                return Err(Error::new("not-found", format!("there is no service `{name}`: known are {known}")));
            }
            wanted.push(name.clone());
        }
        if let Some(category) = category {
            let before = wanted.len();
            wanted.extend(
                self.services.values().filter(|service| service.category == category).map(|service| service.name.clone()),
            );
            if wanted.len() == before {
                let known: BTreeSet<&str> = self.services.values().map(|service| service.category.as_str()).collect();
                let known = known.into_iter().collect::<Vec<_>>().join(", ");
                return Err(Error::new("not-found", format!("no service is of the category `{category}`: known are {known}")));
            }
        }
        if names.is_empty() && category.is_none() {
            wanted.extend(self.services.keys().cloned());
        }
        let mut selected = BTreeSet::new();
        while let Some(name) = wanted.pop() {
            if let Some(service) = self.services.get(&name)
                && selected.insert(name)
            {
                wanted.extend(service.depends_on.iter().map(|(name, _)| name.clone()));
            }
        }
        Ok(selected)
    }

    /// The selected services, each behind what it depends on.
    pub(crate) fn order(&self, selected: &BTreeSet<String>) -> Result<Vec<&Service>> {
        let mut ordered: Vec<&Service> = Vec::new();
        let mut left: Vec<&Service> = selected.iter().filter_map(|name| self.services.get(name)).collect();
        while !left.is_empty() {
            let done: BTreeSet<&str> = ordered.iter().map(|service| service.name.as_str()).collect();
            let ready = |service: &&Service| {
                service.depends_on.iter().all(|(name, _)| done.contains(name.as_str()) || !selected.contains(name))
            };
            let (now, later): (Vec<&Service>, Vec<&Service>) = left.into_iter().partition(ready);
            if now.is_empty() {
                let names = later.iter().map(|service| service.name.as_str()).collect::<Vec<_>>().join(", ");
                return Err(Error::new("invalid", format!("these services wait for each other: {names}")));
            }
            ordered.extend(now);
            left = later;
        }
        Ok(ordered)
    }
}

fn docker_name(path: &str, section: &str, entry: &Entry) -> Result<Option<String>> {
    let mut name = None;
    let entries =
        entry.value.entries().ok_or_else(|| at(path, entry.line, format!("`{section}.{}` must be a map", entry.key)))?;
    for part in entries {
        match (part.key.as_str(), part.value.text()) {
            ("name", Some(text)) => name = Some(text),
            (key, _) if key.starts_with("x-") => {}
            (key, _) => return Err(unsupported(path, part.line, &format!("{section}.{}.{key}", entry.key), "name")),
        }
    }
    Ok(name)
}
