//! The labels that Compose finds its things by.

use crate::config_hash::VERSION;
use crate::project::Project;
use crate::service::Service;
use std::collections::BTreeMap;

pub(crate) const PROJECT: &str = "com.docker.compose.project";
pub(crate) const SERVICE: &str = "com.docker.compose.service";
pub(crate) const CONFIG_HASH: &str = "com.docker.compose.config-hash";
pub(crate) const IMAGE: &str = "com.docker.compose.image";
pub(crate) const NUMBER: &str = "com.docker.compose.container-number";
pub(crate) const ONE_OFF: &str = "com.docker.compose.oneoff";

/// The labels of a container, with those of its service.
pub(crate) fn of_container(project: &Project, service: &Service, hash: &str, image: &str) -> BTreeMap<String, String> {
    let dependencies: Vec<String> = service
        .depends_on
        .iter()
        .map(|dependency| format!("{}:{}:{}", dependency.service, dependency.condition.word(), dependency.restart))
        .collect();
    let mut labels = service.labels.clone();
    for (name, value) in [
        (PROJECT, project.name.as_str()),
        (SERVICE, service.name.as_str()),
        (CONFIG_HASH, hash),
        (IMAGE, image),
        (ONE_OFF, "False"),
        (NUMBER, "1"),
        ("com.docker.compose.depends_on", &dependencies.join(",")),
        ("com.docker.compose.project.working_dir", &service.directory),
        ("com.docker.compose.project.config_files", &service.files.join(",")),
        ("com.docker.compose.version", VERSION),
        ("dev.infra.category", service.category.as_str()),
    ] {
        labels.insert(name.to_owned(), value.to_owned());
    }
    labels
}

/// The labels of a network or a volume. `kind` is the last word of the label that names it.
pub(crate) fn of_shared(
    project: &str,
    kind: &str,
    name: &str,
    hash: &str,
    own: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut labels = own.clone();
    labels.insert(PROJECT.to_owned(), project.to_owned());
    labels.insert(format!("com.docker.compose.{kind}"), name.to_owned());
    labels.insert(CONFIG_HASH.to_owned(), hash.to_owned());
    labels.insert("com.docker.compose.version".to_owned(), VERSION.to_owned());
    labels
}
