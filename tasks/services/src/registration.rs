//! `x-infra`: what the registry of services says about one.

use crate::fields::Fields;
use crate::problems::Problems;
use crate::yaml::Node;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Registration {
    /// Else the service takes part only where it is named.
    pub(crate) enabled: bool,
    /// Else its failure is a warning.
    pub(crate) required: bool,
    pub(crate) description: String,
    /// In place of the name of the directory above the service's.
    pub(crate) category: Option<String>,
    /// Whether it runs to its end and is done then; found out from its definition where nothing is said.
    pub(crate) one_off: Option<bool>,
}

impl Default for Registration {
    fn default() -> Self {
        Self { enabled: true, required: true, description: String::new(), category: None, one_off: None }
    }
}

impl Registration {
    pub(crate) fn read(name: &str, node: &Node, problems: &Problems) -> Self {
        let mut fields = Fields::open(format!("{name}.x-infra"), node, problems);
        let registration = Self {
            enabled: fields.flag("enabled").unwrap_or(true),
            required: fields.flag("required").unwrap_or(true),
            description: fields.text("description").unwrap_or_default(),
            category: fields.text("category"),
            one_off: fields.flag("one_off"),
        };
        fields.finish();
        registration
    }
}
