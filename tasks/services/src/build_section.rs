//! `build`: how a service's image is made.

use crate::fields::Fields;
use crate::interpolate::Variables;
use crate::location::Location;
use crate::problems::Problems;
use crate::yaml::Node;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Build {
    /// A directory of the project.
    pub(crate) context: String,
    /// Relative to the context.
    pub(crate) dockerfile: Option<String>,
    pub(crate) args: BTreeMap<String, String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) target: Option<String>,
    /// More names of the image.
    pub(crate) tags: Vec<String>,
    pub(crate) no_cache: bool,
}

impl Build {
    pub(crate) fn read(name: &str, node: &Node, location: &Location, variables: &Variables, problems: &Problems) -> Self {
        if let Some(context) = node.text() {
            return Self { context: location.relative(&context), ..Self::default() };
        }
        let mut fields = Fields::open(format!("{name}.build"), node, problems);
        let context = fields.text("context").unwrap_or_else(|| ".".to_owned());
        if context.contains("://") || context.starts_with("git@") {
            problems.add(
                &node.place,
                format!("the build context `{context}` is not a directory: contexts of other machines are not supported"),
            );
        }
        let args = fields.optional_pairs("args").into_iter();
        let build = Self {
            context: location.relative(&context),
            dockerfile: fields.text("dockerfile"),
            // An argument without a value takes the variable's, and is left out where there is none.
            args: args
                .filter_map(|(name, value)| value.or_else(|| variables.get(&name).cloned()).map(|value| (name, value)))
                .collect(),
            labels: fields.pairs("labels"),
            target: fields.text("target"),
            tags: fields.texts("tags"),
            no_cache: fields.flag("no_cache").unwrap_or(false),
        };
        fields.finish();
        build
    }
}
