//! What one file alone cannot tell: names that nobody has, circles, and ports that two services want.

use crate::file_reference::FileKind;
use crate::order::circle;
use crate::problems::Problems;
use crate::project::Project;
use crate::service::Service;
use std::collections::BTreeMap;

pub(crate) fn check(project: &Project, problems: &Problems) {
    for service in project.services.values() {
        references(project, service, problems);
    }
    if let Some(circle) = circle(project) {
        let place = circle.first().and_then(|name| project.services.get(*name)).map(|service| &service.place);
        if let Some(place) = place {
            problems.add(place, format!("these services wait for each other: {}", circle.join(" → ")));
        }
    }
    unique(project, problems);
}

fn references(project: &Project, service: &Service, problems: &Problems) {
    let name = &service.name;
    for dependency in service.depends_on.iter().filter(|dependency| dependency.required) {
        if !project.services.contains_key(&dependency.service) {
            problems.add(&dependency.place, format!("service `{name}` depends on `{}`, which no file has", dependency.service));
        }
    }
    for network in service.networks.keys().filter(|network| *network != "default") {
        if !project.networks.contains_key(network) {
            problems.add(&service.place, format!("service `{name}` uses network `{network}`, which no file has"));
        }
    }
    for mount in &service.volumes {
        if let Some(volume) = mount.named_volume().filter(|volume| !project.volumes.contains_key(*volume)) {
            problems.add(&mount.place, format!("service `{name}` uses volume `{volume}`, which no file has"));
        }
    }
    for (kind, used, known) in
        [(FileKind::Secret, &service.secrets, &project.secrets), (FileKind::Config, &service.configs, &project.configs)]
    {
        for reference in used.iter().filter(|reference| !known.contains_key(&reference.source)) {
            let what = kind.section().trim_end_matches('s');
            problems.add(&reference.place, format!("service `{name}` uses {what} `{}`, which no file has", reference.source));
        }
    }
}

/// Two services may have neither the same container nor the same port of the host.
fn unique(project: &Project, problems: &Problems) {
    let mut containers: BTreeMap<String, &Service> = BTreeMap::new();
    for service in project.services.values() {
        if let Some(other) = containers.insert(service.container(&project.name), service) {
            let container = service.container(&project.name);
            problems.add(
                &service.place,
                format!("the container `{container}` is also that of service `{}` ({})", other.name, other.place),
            );
        }
    }
    let ports: Vec<(&Service, &crate::port::Port)> =
        project.services.values().flat_map(|service| service.ports.iter().map(move |port| (service, port))).collect();
    let everywhere = |address: &str| matches!(address, "" | "0.0.0.0" | "::");
    for (index, (service, port)) in ports.iter().enumerate() {
        let clash = ports[..index].iter().find(|(other_service, other)| {
            other.fixed().is_some()
                && other.fixed() == port.fixed()
                && other.protocol == port.protocol
                && (other.host_ip == port.host_ip || everywhere(&other.host_ip) || everywhere(&port.host_ip))
                && (service.name != other_service.name || other.target != port.target)
                && together(service, other_service)
        });
        if let Some((other_service, other)) = clash {
            let number = port.fixed().unwrap_or_default();
            problems.add(
                &port.place,
                format!("port {number} is published by service `{}` ({}) too", other_service.name, other.place),
            );
        }
    }
}

/// Services of different profiles, or ones that are switched off, need not run at the same time.
fn together(one: &Service, other: &Service) -> bool {
    let always = |service: &Service| service.profiles.is_empty() && service.registration.enabled;
    let shared = one.profiles.iter().any(|profile| other.profiles.contains(profile));
    (always(one) && always(other)) || shared
}
