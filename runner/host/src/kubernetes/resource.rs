use super::request::encoded;
use infra_effect::{KubernetesObject, KubernetesScope};
use infra_event::{ErrorCode, TaskError};
use serde::Serialize;
use serde_json::Value;

/// A kind of objects, as the server, or a definition that is about to be applied, describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource {
    /// Empty for the core.
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) plural: String,
    pub(super) singular: String,
    pub(super) short_names: Vec<String>,
    pub(super) namespaced: bool,
    pub(super) verbs: Vec<String>,
}

impl Resource {
    /// As `v1` or `apps/v1`.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether this is the kind that Kubernetes itself defines.
    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }

    pub(super) fn is_secret(&self) -> bool {
        self.is("", "Secret")
    }

    /// Whether the server lets anyone do this with it at all.
    pub(super) fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|can| can == verb)
    }

    /// Whether a person may mean this kind: by kind, plural, singular or short name, with or without the group.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        let (short, group) = lower.split_once('.').map_or((lower.as_str(), None), |(short, group)| (short, Some(group)));
        let named = self.kind.to_lowercase() == short || self.plural == short || self.singular == short;
        let named = named || self.short_names.iter().any(|name| name == short);
        named
            && !short.is_empty()
            && group.is_none_or(|group| group == self.group || group == format!("{}.{}", self.version, self.group))
    }

    /// The address of all objects, of one, or of a part of one.
    pub(super) fn path(&self, namespace: Option<&str>, name: Option<&str>, part: Option<&str>) -> String {
        let mut path = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        if let Some(namespace) = namespace.filter(|_| self.namespaced) {
            path.push_str(&format!("/namespaces/{}", encoded(namespace)));
        }
        path.push_str(&format!("/{}", encoded(&self.plural)));
        for piece in [name, part].into_iter().flatten() {
            path.push_str(&format!("/{}", encoded(piece)));
        }
        path
    }

    /// What an effect acts on.
    pub(super) fn object(&self, namespace: Option<&str>, name: &str) -> KubernetesObject {
        let scope = match namespace {
            _ if !self.namespaced => KubernetesScope::Cluster,
            Some(namespace) => KubernetesScope::Namespace(namespace.to_owned()),
            None => KubernetesScope::AllNamespaces,
        };
        KubernetesObject { group: self.group.clone(), kind: self.kind.clone(), scope, name: name.to_owned() }
    }

    /// The kinds of one answer of `/apis/GROUP/VERSION`.
    pub(super) fn of_list(list: &Value) -> Vec<Self> {
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let texts = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        };
        let (group, version) = split_api_version(list["groupVersion"].as_str().unwrap_or_default());
        let resources = list["resources"].as_array().into_iter().flatten();
        // What has a slash in its name is a part of another.
        let whole = resources.filter(|resource| !text(resource, "name").contains('/'));
        whole
            .map(|resource| Self {
                group: group.to_owned(),
                version: version.to_owned(),
                kind: text(resource, "kind"),
                plural: text(resource, "name"),
                singular: text(resource, "singularName"),
                short_names: texts(&resource["shortNames"]),
                namespaced: resource["namespaced"].as_bool().unwrap_or(false),
                verbs: texts(&resource["verbs"]),
            })
            .collect()
    }

    /// The kinds that a CustomResourceDefinition will make.
    pub(super) fn of_definition(definition: &Value) -> Vec<Self> {
        let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let versions = definition.pointer("/spec/versions").and_then(Value::as_array).cloned().unwrap_or_default();
        let one = |version: String| Self {
            group: text("/spec/group"),
            version,
            kind: text("/spec/names/kind"),
            plural: text("/spec/names/plural"),
            singular: text("/spec/names/singular"),
            short_names: vec![],
            namespaced: text("/spec/scope") == "Namespaced",
            verbs: ["get", "list", "create", "patch", "delete"].map(str::to_owned).to_vec(),
        };
        versions.iter().filter_map(|version| Some(one(version["name"].as_str()?.to_owned()))).collect()
    }
}

/// The group and the version of `apps/v1`, or of `v1`.
pub(super) fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// Refuses what cannot be a name, so that none leads to another address.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), TaskError> {
    let strange = |char: char| matches!(char, '/' | '%' | '?' | '#' | '\\') || char.is_whitespace() || char.is_control();
    if name.is_empty() || name.len() > 253 || matches!(name, "." | "..") || name.contains(strange) {
        return Err(TaskError::new(ErrorCode::INVALID, format!("`{name}` is no name of a {what}"))
            .hint("names have lower-case letters, digits, `-` and `.`"));
    }
    Ok(())
}

/// Refuses what cannot be a namespace.
pub(super) fn check_namespace(name: &str) -> Result<(), TaskError> {
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > 63 || !name.bytes().all(fine) {
        return Err(TaskError::new(ErrorCode::INVALID, format!("`{name}` is no name of a namespace"))
            .hint("it has lower-case letters, digits and `-`, 63 at most"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployments() -> Resource {
        let list = json!({ "groupVersion": "apps/v1", "resources": [
            { "name": "deployments", "singularName": "", "kind": "Deployment", "namespaced": true, "shortNames": ["deploy"], "verbs": ["get"] },
            { "name": "deployments/scale", "kind": "Scale", "namespaced": true, "verbs": ["get"] },
        ] });
        let mut all = Resource::of_list(&list);
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn a_kind_is_called_by_any_of_its_names() {
        let resource = deployments();
        for name in ["Deployment", "deployment", "deployments", "deploy", "deployments.apps", "Deployment.apps", "deploy.v1.apps"]
        {
            assert!(resource.is_called(name), "{name}");
        }
        for name in ["deployments.evil.io", "deployments/scale", "Deploymen", ""] {
            assert!(!resource.is_called(name), "{name}");
        }
    }

    #[test]
    fn addresses_are_those_of_the_server() {
        let resource = deployments();
        assert_eq!(resource.path(Some("a"), Some("b"), Some("scale")), "/apis/apps/v1/namespaces/a/deployments/b/scale");
        assert_eq!(resource.path(None, None, None), "/apis/apps/v1/deployments");
        let nodes = Resource { version: "v1".into(), plural: "nodes".into(), ..Resource::default() };
        assert_eq!(nodes.path(Some("a"), Some("n"), None), "/api/v1/nodes/n");
        assert_eq!(nodes.path(None, Some("../x?y"), None), "/api/v1/nodes/..%2Fx%3Fy");
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["a/b", "..", "a?b", "a%2Fb", "", "a b", "a\nb"] {
            assert!(check_name("pod", name).is_err(), "{name}");
        }
        assert!(check_name("role", "system:node-x.y").is_ok());
        assert!(check_namespace("kube-system").is_ok() && check_namespace("A").is_err() && check_namespace("a/b").is_err());
    }
}
