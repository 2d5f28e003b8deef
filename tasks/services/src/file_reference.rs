//! Secrets and configs that a service mounts.

use crate::fields::Fields;
use crate::problems::Problems;
use crate::yaml::{Node, Place, Value};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct FileReference {
    pub(crate) source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip)]
    pub(crate) place: Place,
}

/// `secrets` or `configs` of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Secret,
    Config,
}

impl FileKind {
    pub(crate) const fn section(self) -> &'static str {
        match self {
            Self::Secret => "secrets",
            Self::Config => "configs",
        }
    }
}

impl FileReference {
    /// What Compose tells references by: the target as it is written.
    fn key(&self, kind: FileKind) -> String {
        self.target.clone().unwrap_or_else(|| self.mounted_at(kind))
    }

    /// Where the container sees it.
    pub(crate) fn mounted_at(&self, kind: FileKind) -> String {
        let name = self.target.as_ref().unwrap_or(&self.source);
        match kind {
            _ if name.starts_with('/') => name.clone(),
            FileKind::Secret => format!("/run/secrets/{name}"),
            FileKind::Config => format!("/{name}"),
        }
    }
}

/// A list of names or maps. Of several with the same target the last one counts.
pub(crate) fn references(name: &str, kind: FileKind, items: &[Node], problems: &Problems) -> Vec<FileReference> {
    let mut references: Vec<FileReference> = Vec::new();
    for item in items {
        let place = item.place.clone();
        let reference = if let Value::Map(_) = &item.value {
            let mut fields = Fields::open(format!("{name}.{}", kind.section()), item, problems);
            let reference =
                FileReference { source: fields.text("source").unwrap_or_default(), target: fields.text("target"), place };
            fields.finish();
            reference
        } else {
            let source = item.text().unwrap_or_default();
            // Compose writes the short form of a secret out, and that of a config not.
            let target = (kind == FileKind::Secret).then(|| format!("/run/secrets/{source}"));
            FileReference { source, target, place }
        };
        if reference.source.is_empty() {
            problems.add(&item.place, format!("an entry of `{name}.{}` needs a `source`", kind.section()));
            continue;
        }
        match references.iter_mut().find(|other| other.key(kind) == reference.key(kind)) {
            Some(other) => *other = reference,
            None => references.push(reference),
        }
    }
    references
}
