use super::request::{Request, soon};
use super::resource::Resource;
use super::step_kubernetes::{Located, StepKubernetes};
use futures_util::StreamExt as _;
use infra_event::{ErrorCode, TaskError};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// The label of what was applied as one set.
pub(super) const LABEL: &str = "infra.dev/apply-set";
/// Who applies.
pub(super) const MANAGER: &str = "infra";
/// Kinds that are asked about at once.
const AT_ONCE: usize = 16;
/// Only the metadata of objects.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// What the label of a project's set holds: at most 63 characters.
pub(super) fn label_value(project: &str, set: &str) -> Result<String, TaskError> {
    let fine = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if set.is_empty() || !fine(set) {
        return Err(TaskError::new(ErrorCode::INVALID, format!("`{set}` is no name of a set of objects"))
            .hint("it has letters, digits, `-`, `_` and `.`"));
    }
    let whole = format!("{project}.{set}");
    let ends = |edge: Option<char>| edge.is_some_and(|char| char.is_ascii_alphanumeric());
    if whole.len() <= 63 && fine(&whole) && ends(whole.chars().next()) && ends(whole.chars().last()) {
        return Ok(whole);
    }
    let digest = Sha256::digest(whole.as_bytes());
    Ok(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

/// Whether this runner applied an object, and nothing else made it: controllers copy labels from what they look after.
fn is_applied(object: &Value) -> bool {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array).is_some_and(|owners| !owners.is_empty());
    let managers = object.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
    !owners && managers.into_iter().any(|entry| entry["manager"] == MANAGER && entry["operation"] == "Apply")
}

impl StepKubernetes {
    /// The objects of a set that are not among these any more.
    pub(super) async fn left_over(&self, set: &str, kept: &[Located]) -> Result<Vec<Located>, TaskError> {
        let kinds = self.connection.all_kinds(true).await?;
        let listable = kinds.into_iter().filter(|kind| ["list", "delete", "patch"].iter().all(|verb| kind.can(verb)));
        let namespaces: BTreeSet<String> = kept.iter().filter_map(|located| located.namespace.clone()).collect();
        let asked = listable.map(|kind| self.members(kind, set, &namespaces));
        let answers: Vec<_> = futures_util::stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut left = vec![];
        for found in answers {
            left.extend(found?);
        }
        let same = |one: &Located, other: &Located| one.object() == other.object();
        left.retain(|found| !kept.iter().any(|wanted| same(found, wanted)));
        Ok(left)
    }

    async fn members(&self, resource: Resource, set: &str, namespaces: &BTreeSet<String>) -> Result<Vec<Located>, TaskError> {
        let doing = format!("list what is left of a set ({})", resource.plural);
        let question = |namespace: Option<&str>| {
            Request::get(resource.path(namespace, None, None)).with("labelSelector", format!("{LABEL}={set}")).accepting(METADATA)
        };
        let mut lists = vec![];
        match self.connection.attempt(&question(None), soon()).await {
            Ok(list) => lists.push(list),
            // Who may not look everywhere may look where these objects are.
            Err(super::request::Failure::Server(error)) if super::api_error::is_forbidden(&error) => {
                for namespace in namespaces.iter().filter(|_| resource.namespaced) {
                    lists.extend(self.connection.attempt(&question(Some(namespace)), soon()).await.ok());
                }
            }
            Err(super::request::Failure::Server(error)) if super::api_error::is_absent(&error) => {}
            Err(error) => return Err(self.connection.explain(&doing, error)),
        }
        let items = lists.iter().flat_map(|list| list["items"].as_array().into_iter().flatten()).filter(|item| is_applied(item));
        let text = |item: &Value, pointer: &str| item.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Ok(items
            .filter_map(|item| {
                let name = text(item, "/metadata/name")?;
                Some(Located { resource: resource.clone(), namespace: text(item, "/metadata/namespace"), name })
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_label_is_short_and_of_one_project() {
        assert_eq!(label_value("shop", "apps").unwrap(), "shop.apps");
        assert_eq!(label_value(&"x".repeat(70), "apps").unwrap().len(), 32);
        assert_eq!(label_value("my shop", "apps").unwrap().len(), 32);
        assert!(label_value("shop", "a=b").is_err() && label_value("shop", "").is_err());
    }

    #[test]
    fn what_a_controller_made_is_not_of_the_set() {
        let applied = json!([{ "manager": "infra", "operation": "Apply" }]);
        assert!(is_applied(&json!({ "metadata": { "managedFields": applied } })));
        assert!(!is_applied(&json!({ "metadata": { "managedFields": applied, "ownerReferences": [{}] } })));
        assert!(!is_applied(&json!({ "metadata": { "managedFields": [{ "manager": "infra", "operation": "Update" }] } })));
        assert!(!is_applied(&json!({ "metadata": {} })));
    }
}
