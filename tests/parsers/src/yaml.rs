use crate::texts;

/// Compose files, manifests.
pub(crate) fn documents(data: &[u8]) {
    let [text] = texts(data);
    if let Ok(documents) = infra_yaml::documents(&text) {
        for document in documents {
            assert!(serde_json::to_string(&document.value).is_ok());
        }
    }
}
