//! Named volumes of a project.

use crate::fields::{Fields, is_default};
use crate::network::external;
use crate::problems::Problems;
use crate::yaml::Entry;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The order of the fields is Compose's: its JSON is what the volume's config hash is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct NamedVolume {
    /// In Docker.
    pub(crate) name: String,
    driver: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    driver_opts: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) external: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
}

impl NamedVolume {
    pub(crate) fn read(project: &str, entry: &Entry, problems: &Problems) -> Self {
        let mut fields = Fields::open(format!("volumes.{}", entry.key), &entry.value, problems);
        let external = external(&mut fields);
        let given = fields.text("name");
        let volume = Self {
            name: given.unwrap_or_else(|| if external { entry.key.clone() } else { format!("{project}_{}", entry.key) }),
            driver: fields.text("driver").unwrap_or_else(|| "local".to_owned()),
            driver_opts: fields.pairs("driver_opts"),
            external,
            labels: fields.pairs("labels"),
        };
        fields.finish();
        volume
    }

    /// The body of `POST /volumes/create`, without labels.
    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        if self.driver != "local" {
            body.insert("Driver".into(), json!(self.driver));
        }
        if !self.driver_opts.is_empty() {
            body.insert("DriverOpts".into(), json!(self.driver_opts));
        }
        Value::Object(body)
    }

    /// The labels that the files give it.
    pub(crate) const fn labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }
}
