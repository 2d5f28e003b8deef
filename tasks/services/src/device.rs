//! A device of the host: `SOURCE[:TARGET[:PERMISSIONS]]`, or a map.

use crate::fields::Fields;
use crate::problems::Problems;
use crate::yaml::{Node, Value};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Device {
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) permissions: String,
}

impl Device {
    pub(crate) fn read(name: &str, node: &Node, problems: &Problems) -> Option<Self> {
        let all = || "rwm".to_owned();
        if let Value::Map(_) = node.value {
            let mut fields = Fields::open(format!("{name}.devices"), node, problems);
            let source = fields.text("source");
            let target = fields.text("target");
            let permissions = fields.text("permissions").unwrap_or_else(all);
            fields.finish();
            if source.is_none() {
                problems.add(&node.place, format!("a device of `{name}` needs a `source`"));
            }
            let source = source?;
            return Some(Self { target: target.unwrap_or_else(|| source.clone()), source, permissions });
        }
        let text = node.text().unwrap_or_default();
        let parts: Vec<&str> = text.split(':').collect();
        let device = |source: &str, target: &str, permissions: String| Self {
            source: source.to_owned(),
            target: target.to_owned(),
            permissions,
        };
        match parts.as_slice() {
            [source] if !source.is_empty() => Some(device(source, source, all())),
            [source, target] => Some(device(source, target, all())),
            [source, target, permissions] => Some(device(source, target, (*permissions).to_owned())),
            _ => {
                problems.add(&node.place, format!("`{text}` is not a device, which is `SOURCE[:TARGET[:PERMISSIONS]]`"));
                None
            }
        }
    }
}
