//! What the tests apply.

/// A pod ends at once when it is told to.
pub const FOREVER: &str = "trap 'exit 0' TERM; while true; do sleep 0.2; done";

/// A Deployment whose pods run an image.
pub fn deployment(name: &str, replicas: u32, image: &str) -> String {
    format!(
        r#"apiVersion: apps/v1
kind: Deployment
metadata: {{ name: {name}, namespace: NAMESPACE }}
spec:
  replicas: {replicas}
  selector: {{ matchLabels: {{ app: {name} }} }}
  template:
    metadata: {{ labels: {{ app: {name} }} }}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - {{ name: main, image: "{image}", command: [sh, -c, "{FOREVER}"] }}
"#
    )
}

/// A ConfigMap with one value.
pub fn config_map(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name}, namespace: NAMESPACE }}\ndata: {{ key: \"{value}\" }}\n")
}

/// The namespace itself.
pub const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: { name: NAMESPACE, labels: { team: shop, pod-security.kubernetes.io/enforce: baseline } }\n";

/// Several documents in one text.
pub fn together(documents: &[&str]) -> String {
    documents.join("---\n")
}
