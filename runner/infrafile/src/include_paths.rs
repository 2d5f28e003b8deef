use crate::{node::Node, syntax};

/// The files that an Infrafile includes, as it names them. None where it is no TOML.
#[must_use]
pub fn include_paths(text: &str) -> Vec<String> {
    let Ok(tree) = syntax::parse(text, 0) else { return vec![] };
    let includes = tree.get("include").and_then(Node::array).unwrap_or_default();
    includes.iter().filter_map(|include| Some(include.table()?.get("path")?.text()?.to_owned())).collect()
}
