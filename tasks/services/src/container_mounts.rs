//! What a container mounts: volumes, directories of the host, secrets and configs.

use crate::container::said;
use crate::file_reference::FileKind;
use crate::mount::Mount;
use crate::project::Project;
use crate::service::Service;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Lines of `Binds`: Docker makes the host's directories that are missing.
pub(crate) fn binds(project: &Project, service: &Service) -> Vec<String> {
    let line = |mount: &Mount| {
        let mode = if mount.read_only { "ro" } else { "rw" };
        format!("{}:{}:{mode}", source(project, mount).unwrap_or_default(), mount.target)
    };
    service.volumes.iter().filter(|mount| mount.is_bind_line()).map(line).collect()
}

/// Entries of `Mounts`.
pub(crate) fn mounts(project: &Project, service: &Service, inherited: &BTreeMap<String, String>) -> Vec<Value> {
    let mut mounts: Vec<Value> = Vec::new();
    for mount in service.volumes.iter().filter(|mount| !mount.is_bind_line()) {
        let anonymous = mount.kind == "volume" && mount.source.is_none();
        let before = inherited.get(&mount.target).filter(|_| anonymous).cloned();
        mounts.push(entry(mount, source(project, mount).or(before)));
    }
    // What the image declares and the service does not speak of keeps its data too.
    let spoken = |target: &String| {
        let tmpfs = service.tmpfs.iter().any(|text| text.split(':').next() == Some(target.as_str()));
        tmpfs || service.volumes.iter().any(|mount| mount.target == *target)
    };
    for (target, volume) in inherited.iter().filter(|(target, _)| !spoken(target)) {
        mounts.push(json!({ "Type": "volume", "Source": volume, "Target": target }));
    }
    for (kind, references, files) in
        [(FileKind::Secret, &service.secrets, &project.secrets), (FileKind::Config, &service.configs, &project.configs)]
    {
        for reference in references {
            let file = files.get(&reference.source).cloned().unwrap_or_default();
            mounts.push(json!({ "Type": "bind", "Source": file, "Target": reference.mounted_at(kind), "ReadOnly": true }));
        }
    }
    mounts
}

/// The volume's name in Docker, or the path.
fn source(project: &Project, mount: &Mount) -> Option<String> {
    match mount.named_volume() {
        Some(name) => Some(project.volumes.get(name).map_or_else(|| name.to_owned(), |volume| volume.name.clone())),
        None => mount.source.clone(),
    }
}

fn entry(mount: &Mount, source: Option<String>) -> Value {
    let propagation = mount.bind.as_ref().and_then(|bind| bind.propagation.as_ref());
    let bind = propagation.map(|propagation| json!({ "Propagation": propagation }));
    let volume = mount.volume.as_ref().filter(|volume| volume.nocopy).map(|_| json!({ "NoCopy": true }));
    let tmpfs = mount.tmpfs.as_ref().map(|tmpfs| {
        let number = |number: i64| if number == 0 { Value::Null } else { json!(number) };
        Value::Object(said([("SizeBytes", number(tmpfs.size.0)), ("Mode", number(tmpfs.mode))]))
    });
    Value::Object(said([
        ("Type", json!(mount.kind)),
        ("Source", json!(source)),
        ("Target", json!(mount.target)),
        ("ReadOnly", if mount.read_only { json!(true) } else { Value::Null }),
        ("BindOptions", json!(bind)),
        ("VolumeOptions", json!(volume)),
        ("TmpfsOptions", json!(tmpfs)),
    ]))
}
