use infra_cluster::{age, text};
use serde::Serialize;
use serde_json::Value;

/// How one object of Argo CD is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// `Synced`, `OutOfSync`, `Unknown`; nothing for what is not synced.
    pub(crate) sync: Option<String>,
    /// `Healthy`, `Progressing`, `Suspended`, `Degraded`, `Missing`, `Unknown`.
    pub(crate) health: Option<String>,
    pub(crate) revision: Option<String>,
    pub(crate) message: String,
    pub(crate) age: String,
}

impl Row {
    pub(crate) fn of(object: &Value) -> Self {
        let kind = text(object, "/kind").to_owned();
        let (sync, health, message) = match kind.as_str() {
            "Application" => (word(object, "/status/sync/status"), word(object, "/status/health/status"), complaint(object)),
            "ApplicationSet" => application_set(object),
            _ => (None, None, String::new()),
        };
        Self {
            kind,
            name: text(object, "/metadata/name").to_owned(),
            sync,
            health,
            revision: revision(object),
            message,
            age: age(text(object, "/metadata/creationTimestamp")),
        }
    }

    /// Whether it is as its repository says.
    pub(crate) fn is_synced(&self) -> bool {
        self.sync.as_deref().is_none_or(|sync| sync == "Synced")
    }

    pub(crate) fn is_healthy(&self) -> bool {
        self.health.as_deref().is_none_or(|health| health == "Healthy")
    }

    /// Why it is not well. What progresses or is suspended is not ill.
    pub(crate) fn trouble(&self) -> Option<String> {
        let ill = self.health.as_deref().filter(|health| ["Degraded", "Missing", "Unknown"].contains(health));
        let apart = self.sync.as_deref().filter(|sync| *sync != "Synced");
        let words: Vec<&str> = [apart, ill].into_iter().flatten().collect();
        if words.is_empty() {
            return None;
        }
        let why = if self.message.is_empty() { String::new() } else { format!(": {}", self.message) };
        Some(format!("{} {} is {}{why}", self.kind, self.name, words.join(" and ")))
    }

    /// How far it is, in few words.
    pub(crate) fn state(&self) -> String {
        let words = [&self.sync, &self.health].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        if self.message.is_empty() { words } else { format!("{words}: {}", self.message) }
    }
}

/// A word of the status. What no controller has looked at yet is unknown.
fn word(object: &Value, pointer: &str) -> Option<String> {
    let word = text(object, pointer);
    Some(if word.is_empty() { "Unknown" } else { word }.to_owned())
}

/// What the Application complains of: its last operation, a condition, its health.
fn complaint(object: &Value) -> String {
    let failed = ["Failed", "Error"].contains(&text(object, "/status/operationState/phase"));
    let operation = if failed { text(object, "/status/operationState/message") } else { "" };
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let condition = conditions.filter(|one| text(one, "/type").ends_with("Error")).map(|one| text(one, "/message")).next();
    let said = [operation, condition.unwrap_or_default(), text(object, "/status/health/message")];
    said.into_iter().find(|text| !text.is_empty()).unwrap_or_default().trim().to_owned()
}

fn application_set(object: &Value) -> (Option<String>, Option<String>, String) {
    let conditions: Vec<&Value> = object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten().collect();
    let is =
        |kind: &str, status: &str| conditions.iter().find(|one| text(one, "/type") == kind && text(one, "/status") == status);
    let broken = is("ErrorOccurred", "True").or_else(|| is("ParametersGenerated", "False"));
    let health = match (broken, text(object, "/status/health/status")) {
        (Some(_), _) => "Degraded",
        (None, "") if conditions.is_empty() => "Unknown",
        (None, "") => "Healthy",
        (None, said) => said,
    };
    let late = is("ResourcesUpToDate", "False");
    let sync = match (is("ResourcesUpToDate", "True"), late) {
        (Some(_), _) => "Synced",
        (None, Some(_)) => "OutOfSync",
        (None, None) => "Unknown",
    };
    let message = broken.or(late).map(|one| text(one, "/message")).unwrap_or_default();
    (Some(sync.to_owned()), Some(health.to_owned()), message.to_owned())
}

/// What it is synced to; of a commit the first letters.
fn revision(object: &Value) -> Option<String> {
    let one = text(object, "/status/sync/revision");
    let several =
        object.pointer("/status/sync/revisions").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let all: Vec<&str> = if one.is_empty() { several.collect() } else { vec![one] };
    let short = |revision: &str| {
        let commit = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        revision.chars().take(if commit { 8 } else { usize::MAX }).collect::<String>()
    };
    (!all.is_empty()).then(|| all.into_iter().map(short).collect::<Vec<_>>().join(", "))
}
