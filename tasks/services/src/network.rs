//! Networks of a project.

use crate::fields::{Fields, is_default};
use crate::problems::Problems;
use crate::yaml::Entry;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The order of the fields is Compose's: its JSON is what the network's config hash is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Network {
    /// In Docker.
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    driver: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    driver_opts: BTreeMap<String, String>,
    ipam: Ipam,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) external: bool,
    #[serde(skip_serializing_if = "is_default")]
    internal: bool,
    #[serde(skip_serializing_if = "is_default")]
    attachable: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_ipv6: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Ipam {
    #[serde(skip_serializing_if = "Option::is_none")]
    driver: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    config: Vec<Pool>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Pool {
    #[serde(skip_serializing_if = "Option::is_none")]
    subnet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_range: Option<String>,
}

impl Network {
    /// The network that services without a word about networks join.
    pub(crate) fn default_of(project: &str) -> Self {
        Self { name: format!("{project}_default"), ..Self::default() }
    }

    pub(crate) fn read(project: &str, entry: &Entry, problems: &Problems) -> Self {
        let name = format!("networks.{}", entry.key);
        let mut fields = Fields::open(name.as_str(), &entry.value, problems);
        let external = external(&mut fields);
        let given = fields.text("name");
        let mut network = Self {
            name: given.unwrap_or_else(|| if external { entry.key.clone() } else { format!("{project}_{}", entry.key) }),
            driver: fields.text("driver"),
            driver_opts: fields.pairs("driver_opts"),
            ipam: Ipam::default(),
            external,
            internal: fields.flag("internal").unwrap_or(false),
            attachable: fields.flag("attachable").unwrap_or(false),
            labels: fields.pairs("labels"),
            enable_ipv6: fields.flag("enable_ipv6"),
        };
        if let Some(node) = fields.get("ipam") {
            let mut fields = Fields::open(format!("{name}.ipam"), node, problems);
            network.ipam.driver = fields.text("driver");
            for node in fields.items("config") {
                let mut fields = Fields::open(format!("{name}.ipam.config"), node, problems);
                network.ipam.config.push(Pool {
                    subnet: fields.text("subnet"),
                    gateway: fields.text("gateway"),
                    ip_range: fields.text("ip_range"),
                });
                fields.finish();
            }
            fields.finish();
        }
        fields.finish();
        network
    }

    /// The body of `POST /networks/create`, without labels.
    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("Driver".into(), json!(self.driver.as_deref().unwrap_or("bridge")));
        for (key, said) in [("Internal", self.internal), ("Attachable", self.attachable)] {
            if said {
                body.insert(key.into(), json!(true));
            }
        }
        if let Some(enable) = self.enable_ipv6 {
            body.insert("EnableIPv6".into(), json!(enable));
        }
        if !self.driver_opts.is_empty() {
            body.insert("Options".into(), json!(self.driver_opts));
        }
        if self.ipam != Ipam::default() {
            let pool = |pool: &Pool| {
                let parts = [("Subnet", &pool.subnet), ("IPRange", &pool.ip_range), ("Gateway", &pool.gateway)];
                let parts = parts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), json!(text.as_ref()?))));
                Value::Object(parts.collect())
            };
            let mut ipam = Map::new();
            ipam.insert("Driver".into(), json!(self.ipam.driver.as_deref().unwrap_or("default")));
            ipam.insert("Config".into(), self.ipam.config.iter().map(pool).collect());
            body.insert("IPAM".into(), Value::Object(ipam));
        }
        Value::Object(body)
    }

    /// The labels that the files give it.
    pub(crate) const fn labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }
}

/// Whether it belongs to somebody else: it is used, and neither made nor removed.
pub(crate) fn external(fields: &mut Fields<'_>) -> bool {
    fields.flag("external").unwrap_or(false)
}
