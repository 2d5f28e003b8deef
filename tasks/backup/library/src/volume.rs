//! A volume, through a container that has it.

use crate::{Mount, Scratch, Service, postgres};
use infra::pipe::{Sink, Source};
use infra::{Result, json};

/// What is in a volume, as a tar archive.
#[must_use]
pub fn archive(service: &Service, mount: &Mount) -> Source {
    Source::ContainerPath(service.container.clone(), format!("{}/.", mount.destination.trim_end_matches('/')))
}

/// A container that has the volume and does nothing, as long as its handle is there.
///
/// # Errors
/// `denied`, `unavailable`.
pub fn helper(volume: &str, image: &str) -> Result<Scratch> {
    let body = json!({
        "Image": image,
        "User": "0",
        "Entrypoint": ["tail", "-f", "/dev/null"],
        "Cmd": [],
        "HostConfig": {
            "Mounts": [{ "Type": "volume", "Source": volume, "Target": "/volume" }],
        },
    });
    Scratch::start("volume", &body)
}

/// A volume that gets the content of a tar archive with this checksum: all of it, or stays as it is.
#[must_use]
pub fn unpack(helper: &Scratch, sha256: &str) -> Sink {
    Sink::ContainerCommand(helper.name.clone(), postgres::script(include_str!("unpack.sh"), &[sha256]))
}
