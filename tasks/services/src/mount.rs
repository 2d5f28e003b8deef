//! What a service mounts: `[SOURCE:]TARGET[:OPTIONS]`, or a map.

use crate::fields::{Fields, is_default};
use crate::location::Location;
use crate::problems::Problems;
use crate::size::Size;
use crate::yaml::{Node, Place, Value};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Mount {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// A volume's name in the files, or an absolute path of the host; none is an anonymous volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    pub(crate) target: String,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) read_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bind: Option<Bind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) volume: Option<Volume>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tmpfs: Option<Tmpfs>,
    #[serde(skip)]
    pub(crate) place: Place,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Bind {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) propagation: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) create_host_path: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Volume {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) nocopy: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Tmpfs {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) size: Size,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) mode: i64,
}

impl Mount {
    /// The volume that it names.
    pub(crate) fn named_volume(&self) -> Option<&str> {
        self.source.as_deref().filter(|_| self.kind == "volume")
    }

    /// Whether it goes into `Binds`, whose missing directories Docker makes; else into `Mounts`.
    pub(crate) fn is_bind_line(&self) -> bool {
        match self.kind {
            "bind" => self.bind.as_ref().is_none_or(|bind| bind.create_host_path && bind.propagation.is_none()),
            "volume" => self.source.is_some() && self.volume.as_ref().is_none_or(|volume| !volume.nocopy),
            _ => false,
        }
    }
}

/// The mounts of a list. Of several with the same target, as after merging files, the last one counts.
pub(crate) fn mounts(name: &str, items: &[Node], location: &Location, problems: &Problems) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = Vec::new();
    for item in items {
        let found = match &item.value {
            Value::Map(_) => long(name, item, location, problems),
            _ => match item.text().map(|text| short(&text, &item.place, location)) {
                Some(Ok(mount)) => Some(mount),
                Some(Err(why)) => {
                    problems.add(&item.place, why);
                    None
                }
                None => {
                    problems.add(&item.place, format!("a volume of `{name}` must be text or a map"));
                    None
                }
            },
        };
        let Some(mount) = found else { continue };
        match mounts.iter_mut().find(|other| other.target == mount.target) {
            Some(other) => *other = mount,
            None => mounts.push(mount),
        }
    }
    mounts
}

fn long(name: &str, item: &Node, location: &Location, problems: &Problems) -> Option<Mount> {
    let mut fields = Fields::open(format!("{name}.volumes"), item, problems);
    let kind = fields.text("type").unwrap_or_default();
    let source = fields.text("source").filter(|text| !text.is_empty());
    let target = fields.text("target").unwrap_or_default();
    let read_only = fields.flag("read_only").unwrap_or(false);
    let bind = fields.get("bind").map(|node| {
        let mut fields = Fields::open(format!("{name}.volumes.bind"), node, problems);
        let bind =
            Bind { propagation: fields.text("propagation"), create_host_path: fields.flag("create_host_path").unwrap_or(false) };
        fields.finish();
        bind
    });
    let volume = fields.get("volume").map(|node| {
        let mut fields = Fields::open(format!("{name}.volumes.volume"), node, problems);
        let volume = Volume { nocopy: fields.flag("nocopy").unwrap_or(false) };
        fields.finish();
        volume
    });
    let tmpfs = fields.get("tmpfs").map(|node| {
        let mut fields = Fields::open(format!("{name}.volumes.tmpfs"), node, problems);
        let tmpfs = Tmpfs { size: fields.size("size").unwrap_or_default(), mode: fields.integer("mode").unwrap_or(0) };
        fields.finish();
        tmpfs
    });
    fields.finish();
    let place = item.place.clone();
    let refuse = |why: String| {
        problems.add(&item.place, why);
        None
    };
    if let Err(why) = is_target(&target) {
        return refuse(why);
    }
    let options: BTreeMap<&str, bool> =
        [("bind", bind.is_some()), ("volume", volume.is_some()), ("tmpfs", tmpfs.is_some())].into();
    if let Some((other, _)) = options.iter().find(|(option, given)| **given && **option != kind) {
        return refuse(format!("`{other}` says nothing about a mount of the type `{kind}`"));
    }
    let (kind, source) = match (kind.as_str(), source) {
        ("bind", Some(path)) => match host_path(&path, location) {
            Ok(path) => ("bind", Some(path)),
            Err(why) => return refuse(why),
        },
        ("bind", None) => return refuse("a bind needs a `source`".to_owned()),
        ("volume", source) => ("volume", source),
        ("tmpfs", None) => ("tmpfs", None),
        ("tmpfs", Some(_)) => return refuse("a tmpfs has no `source`".to_owned()),
        (other, _) => return refuse(format!("the type `{other}` is not supported: bind, volume and tmpfs are")),
    };
    Some(Mount { kind, source, target, read_only, bind, volume, tmpfs, place })
}

fn short(text: &str, place: &Place, location: &Location) -> Result<Mount, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, options) = match parts.as_slice() {
        [target] => (None, *target, ""),
        [source, target] => (Some(*source), *target, ""),
        [source, target, options] => (Some(*source), *target, *options),
        _ => return Err(format!("`{text}` is not a volume, which is `[SOURCE:]TARGET[:OPTIONS]`")),
    };
    is_target(target)?;
    let mut mount = Mount {
        kind: "volume",
        source: None,
        target: target.to_owned(),
        read_only: false,
        bind: None,
        volume: None,
        tmpfs: None,
        place: place.clone(),
    };
    let (mut propagation, mut nocopy) = (None, false);
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option {
            "ro" => mount.read_only = true,
            "rw" => mount.read_only = false,
            "nocopy" => nocopy = true,
            "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave" => propagation = Some(option.to_owned()),
            _ => return Err(format!("the option `{option}` of the volume `{text}` is not supported")),
        }
    }
    match source {
        Some(path) if path.starts_with(['.', '/', '~']) => {
            mount.kind = "bind";
            mount.source = Some(host_path(path, location)?);
            mount.bind = Some(Bind { propagation, create_host_path: true });
        }
        Some("") => return Err(format!("the volume `{text}` has no source")),
        source => {
            mount.source = source.map(str::to_owned);
            mount.volume = Some(Volume { nocopy });
        }
    }
    Ok(mount)
}

fn is_target(target: &str) -> Result<(), String> {
    if target.starts_with('/') { Ok(()) } else { Err(format!("the target `{target}` is not an absolute path in the container")) }
}

fn host_path(path: &str, location: &Location) -> Result<String, String> {
    if path.starts_with('~') {
        return Err(format!("`{path}`: a task knows no home directory: write the path out, or use a variable"));
    }
    Ok(location.absolute(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<serde_json::Value, String> {
        let location = Location { root: "/p".into(), directory: "d".into() };
        short(text, &Place::new("f", 1), &location).map(|mount| serde_json::to_value(mount).unwrap_or_default())
    }

    #[test]
    fn the_short_form() {
        use serde_json::json;
        for (text, expected) in [
            ("data:/data", json!({ "type": "volume", "source": "data", "target": "/data", "volume": {} })),
            ("/anon", json!({ "type": "volume", "target": "/anon", "volume": {} })),
            (
                "n:/n:ro,nocopy",
                json!({ "type": "volume", "source": "n", "target": "/n", "read_only": true, "volume": { "nocopy": true } }),
            ),
            (
                "./x:/x:ro",
                json!({ "type": "bind", "source": "/p/d/x", "target": "/x", "read_only": true, "bind": { "create_host_path": true } }),
            ),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        for text in ["a:b", "a:/b:c:d", "~/x:/x", ":/x", "x:/x:Z", "relative"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
