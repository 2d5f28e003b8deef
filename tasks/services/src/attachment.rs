//! The networks that a service joins.

use crate::fields::{Fields, is_default, texts};
use crate::problems::Problems;
use crate::yaml::{Node, Value};
use serde::Serialize;
use std::collections::BTreeMap;

/// How a service stands in a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Attachment {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) aliases: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ipv4_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ipv6_address: Option<String>,
    /// The network with the highest one is the first.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) priority: i64,
}

/// A list of names, or a map.
pub(crate) fn attachments(name: &str, node: &Node, problems: &Problems) -> BTreeMap<String, Option<Attachment>> {
    if let Some(names) = texts(node) {
        return names.into_iter().map(|name| (name, None)).collect();
    }
    let Some(entries) = node.entries() else {
        problems.add(&node.place, format!("`{name}.networks` must be a list or a map"));
        return BTreeMap::new();
    };
    let attachment = |network: &str, node: &Node| {
        let mut fields = Fields::open(format!("{name}.networks.{network}"), node, problems);
        let attachment = Attachment {
            aliases: fields.texts("aliases"),
            ipv4_address: fields.text("ipv4_address"),
            ipv6_address: fields.text("ipv6_address"),
            priority: fields.integer("priority").unwrap_or(0),
        };
        fields.finish();
        let wrong4 = attachment.ipv4_address.as_ref().is_some_and(|text| text.parse::<std::net::Ipv4Addr>().is_err());
        let wrong6 = attachment.ipv6_address.as_ref().is_some_and(|text| text.parse::<std::net::Ipv6Addr>().is_err());
        if wrong4 || wrong6 {
            problems.add(&node.place, format!("`{name}.networks.{network}` has an address that is none"));
        }
        attachment
    };
    let entries = entries.iter();
    entries
        .map(|entry| {
            let there = entry.value.value != Value::Null;
            (entry.key.clone(), there.then(|| attachment(&entry.key, &entry.value)))
        })
        .collect()
}

/// The names, those with the highest priority first.
pub(crate) fn by_priority(networks: &BTreeMap<String, Option<Attachment>>) -> Vec<&str> {
    let mut names: Vec<&str> = networks.keys().map(String::as_str).collect();
    names.sort_by_key(|name| -networks.get(*name).and_then(Option::as_ref).map_or(0, |attachment| attachment.priority));
    names
}
