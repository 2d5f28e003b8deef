//! The daemon as a person uses it, past the gate.

use bollard::Docker;
use bollard::models::{ContainerCreateBody, HostConfig, NetworkCreateRequest, VolumeCreateRequest};
use bollard::query_parameters::{
    CreateContainerOptions, CreateImageOptions, ListContainersOptions, ListImagesOptions, ListNetworksOptions,
    ListVolumesOptions, PushImageOptions, RemoveContainerOptions, RemoveImageOptions, RemoveVolumeOptions, TopOptions,
};
use futures_util::StreamExt as _;
use infra_host::docker::{DockerHost, DockerSettings};
use std::collections::HashMap;

pub async fn daemon() -> Docker {
    DockerHost::new(DockerSettings::default()).connection().await.unwrap().docker.clone()
}

/// A container that somebody else runs.
pub async fn run(name: &str, image: &str, labels: &[(&str, &str)]) -> String {
    let docker = daemon().await;
    let owned = |text: &str| text.to_owned();
    let body = ContainerCreateBody {
        image: Some(owned(image)),
        cmd: Some(vec![owned("sleep"), owned("600")]),
        labels: Some(labels.iter().map(|(key, value)| (owned(key), owned(value))).collect()),
        host_config: Some(HostConfig { network_mode: Some(owned("none")), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptions { name: Some(owned(name)), ..CreateContainerOptions::default() };
    let id = docker.create_container(Some(options), body).await.unwrap().id;
    docker.start_container(&id, None).await.unwrap();
    id
}

pub async fn create_volume_and_network(name: &str) {
    let docker = daemon().await;
    let volume = VolumeCreateRequest { name: Some(name.to_owned()), ..VolumeCreateRequest::default() };
    docker.create_volume(volume).await.unwrap();
    docker.create_network(NetworkCreateRequest { name: name.to_owned(), ..NetworkCreateRequest::default() }).await.unwrap();
}

pub async fn remove_volume_and_network(name: &str) {
    let docker = daemon().await;
    docker.remove_volume(name, None::<RemoveVolumeOptions>).await.unwrap();
    docker.remove_network(name).await.unwrap();
}

/// Makes an image of one layer from an archive.
pub async fn import(image: &str, archive: Vec<u8>, changes: &[&str]) {
    let (repo, tag) = image.rsplit_once(':').unwrap();
    let options = CreateImageOptions {
        from_src: Some("-".to_owned()),
        repo: Some(repo.to_owned()),
        tag: Some(tag.to_owned()),
        changes: changes.iter().map(|change| (*change).to_owned()).collect(),
        ..CreateImageOptions::default()
    };
    let docker = daemon().await;
    let mut stream = docker.create_image(Some(options), Some(bollard::body_full(archive.into())), None);
    while let Some(info) = stream.next().await {
        info.unwrap();
    }
}

pub async fn push(name: &str, user: Option<(&str, &str)>) {
    let (repo, tag) = name.rsplit_once(':').unwrap();
    let options = PushImageOptions { tag: Some(tag.to_owned()), ..PushImageOptions::default() };
    let credentials = user.map(|(name, password)| bollard::auth::DockerCredentials {
        username: Some(name.to_owned()),
        password: Some(password.to_owned()),
        ..Default::default()
    });
    let docker = daemon().await;
    let mut stream = docker.push_image(repo, Some(options), credentials);
    while let Some(info) = stream.next().await {
        info.unwrap();
    }
}

pub async fn remove_image(name: &str) {
    let options = RemoveImageOptions { force: true, ..RemoveImageOptions::default() };
    let _ = daemon().await.remove_image(name, Some(options), None).await;
}

pub async fn has_image(name: &str) -> bool {
    daemon().await.inspect_image(name).await.is_ok()
}

/// Whether the container runs a process with this text in its command.
pub async fn has_process(container: &str, text: &str) -> bool {
    let options = TopOptions { ps_args: "-eo pid,args".to_owned() };
    let top = daemon().await.top_processes(container, Some(options)).await.unwrap();
    top.processes.unwrap_or_default().iter().flatten().any(|field| field.contains(text))
}

/// The commands of all containers, also of those that have ended.
pub async fn commands() -> Vec<String> {
    let options = ListContainersOptions { all: true, ..ListContainersOptions::default() };
    let listed = daemon().await.list_containers(Some(options)).await.unwrap();
    listed.into_iter().filter_map(|container| container.command).collect()
}

/// Removes what carries the project's label.
pub async fn clean(project: &str) {
    let docker = daemon().await;
    let filters = Some(HashMap::from([("label".to_owned(), vec![format!("dev.infra.project={project}")])]));
    let options = ListContainersOptions { all: true, filters: filters.clone(), ..ListContainersOptions::default() };
    for container in docker.list_containers(Some(options)).await.unwrap() {
        let options = RemoveContainerOptions { force: true, v: true, ..RemoveContainerOptions::default() };
        let _ = docker.remove_container(&container.id.unwrap(), Some(options)).await;
    }
    for network in docker.list_networks(Some(ListNetworksOptions { filters: filters.clone() })).await.unwrap() {
        let _ = docker.remove_network(&network.id.unwrap()).await;
    }
    let volumes = docker.list_volumes(Some(ListVolumesOptions { filters: filters.clone() })).await.unwrap();
    for volume in volumes.volumes.unwrap_or_default() {
        let _ = docker.remove_volume(&volume.name, None::<RemoveVolumeOptions>).await;
    }
    let options = ListImagesOptions { filters, ..ListImagesOptions::default() };
    for image in docker.list_images(Some(options)).await.unwrap() {
        let options = RemoveImageOptions { force: true, ..RemoveImageOptions::default() };
        let _ = docker.remove_image(&image.id, Some(options), None).await;
    }
}
