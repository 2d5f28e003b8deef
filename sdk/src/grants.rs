use serde_json::{Map, Value, json};

/// The grants that a call needs, in the Infrafile's form. The runner compares them with what is granted before anything runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grants(Map<String, Value>);

impl Grants {
    /// No grants.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also the files that have this pattern, for reading.
    #[must_use]
    pub fn read(self, pattern: &str) -> Self {
        self.file("read", pattern)
    }

    /// Also the files that have this pattern, for writing.
    #[must_use]
    pub fn write(self, pattern: &str) -> Self {
        self.file("write", pattern)
    }

    /// Also a program with any arguments.
    #[must_use]
    pub fn program(mut self, program: &str) -> Self {
        self.list("process").push(json!({ "program": program }));
        self
    }

    /// Also a part of a Docker grant: `json!({ "images": ["redis:7"], "verbs": ["pull", "run"] })`.
    #[must_use]
    pub fn docker(mut self, grant: Value) -> Self {
        self.list("docker").push(grant);
        self
    }

    /// Also a part of a Kubernetes grant: `json!({ "contexts": ["kind-*"], "kinds": ["Deployment"], "verbs": ["get"] })`.
    #[must_use]
    pub fn kubernetes(mut self, grant: Value) -> Self {
        self.list("kubernetes").push(grant);
        self
    }

    /// Also a part of an HTTP grant: `json!({ "hosts": ["api.example.com"], "methods": ["GET"] })`.
    #[must_use]
    pub fn http(mut self, grant: Value) -> Self {
        self.list("http").push(grant);
        self
    }

    /// Also a secret for a place: `process:psql`, `docker:postgres:16` or `file:out/.env`.
    #[must_use]
    pub fn secret(mut self, name: &str, to: &str) -> Self {
        self.list("secrets").push(json!({ "name": name, "to": [to] }));
        self
    }

    /// Also a secret whose text the task itself is told.
    #[must_use]
    pub fn revealed(mut self, name: &str) -> Self {
        self.list("secrets").push(json!({ "name": name, "reveal": true }));
        self
    }

    /// As JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    fn file(mut self, list: &str, pattern: &str) -> Self {
        let files = self.0.entry("files").or_insert_with(|| json!({}));
        if let Value::Object(files) = files
            && let Value::Array(patterns) = files.entry(list).or_insert_with(|| json!([]))
        {
            patterns.push(pattern.into());
        }
        self
    }

    fn list(&mut self, name: &str) -> &mut Vec<Value> {
        let list = self.0.entry(name).or_insert_with(|| json!([]));
        if !list.is_array() {
            *list = json!([]);
        }
        match list {
            Value::Array(list) => list,
            _ => unreachable!("it was made an array above"),
        }
    }
}
