use super::source_vault::Place;
use crate::http::ResponseHead;
use infra_event::{ErrorCode, TaskError};
use serde_json::Value as Json;

/// How much of what a server says is told.
const SAID: usize = 200;

/// The value of the key in what a Vault answers.
pub(super) fn value(place: &Place<'_>, head: &ResponseHead, body: &[u8]) -> Result<String, TaskError> {
    let answer: Json = serde_json::from_slice(body).unwrap_or_default();
    let shown = place.shown();
    let path = format!("`vault kv get -mount={} {}` shows it", place.mount.replace("%2F", "/"), place.path);
    match head.status {
        200 => {}
        // What was deleted is not found, with what is left of it.
        404 if answer["data"]["metadata"].is_object() => {
            let version = &answer["data"]["metadata"]["version"];
            let message = format!("version {version} of `{shown}`, the newest, was deleted");
            return Err(
                TaskError::new(ErrorCode::NOT_FOUND, message).hint("`vault kv undelete`, or write it anew: `vault kv put`")
            );
        }
        404 => {
            let message = format!("there is nothing at `{shown}`{}", said(&answer));
            return Err(TaskError::new(ErrorCode::NOT_FOUND, message)
                .hint(format!("{path}; the first segment is the mount, and it must be KV version 2")));
        }
        status @ (401 | 403) => {
            let message = format!("the Vault refuses the token with {status}{}", said(&answer));
            return Err(TaskError::new(ErrorCode::FAILED, message).hint(format!(
                "`vault login` again, or give the token's policy `read` on `{}/data/{}`",
                place.mount.replace("%2F", "/"),
                place.path
            )));
        }
        status @ 300..=399 => {
            let to = head.headers.iter().find(|(name, _)| name == "location").map_or("elsewhere", |(_, to)| to);
            let to = to.split(['?', '#']).next().unwrap_or_default();
            return Err(TaskError::new(ErrorCode::FAILED, format!("{} sends on to {to} ({status})", head.url))
                .hint("a token is not sent on: set VAULT_ADDR to the server that answers"));
        }
        status => {
            let error = TaskError::new(ErrorCode::UNAVAILABLE, format!("{} answers {status}{}", head.url, said(&answer)));
            return Err(error.hint("`vault status` shows how it is").retryable());
        }
    }
    let Some(keys) = answer["data"]["data"].as_object() else {
        return Err(TaskError::new(ErrorCode::INVALID, format!("what {} answers is no secret of KV version 2", head.url))
            .hint("look at VAULT_ADDR, and at the mount: `vault secrets list -detailed`"));
    };
    match keys.get(place.key) {
        Some(Json::String(text)) => Ok(text.clone()),
        Some(Json::Number(number)) => Ok(number.to_string()),
        Some(Json::Bool(flag)) => Ok(flag.to_string()),
        Some(_) => Err(TaskError::new(ErrorCode::INVALID, format!("the key `{}` of `{shown}` holds no text", place.key))
            .hint("write a text there, or name another key")),
        None => {
            let known: Vec<String> = keys.keys().take(20).map(|key| format!("`{key}`")).collect();
            let hint = if known.is_empty() { "it has none at all".to_owned() } else { format!("it has {}", known.join(", ")) };
            Err(TaskError::new(ErrorCode::NOT_FOUND, format!("`{shown}` has no key `{}`", place.key)).hint(hint))
        }
    }
}

/// What the server says of itself, in one line.
fn said(answer: &Json) -> String {
    let errors = answer["errors"].as_array().into_iter().flatten().filter_map(Json::as_str);
    let lines: Vec<&str> = errors.flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty()).collect();
    let text: String = lines.join("; ").chars().take(SAID).collect();
    if text.is_empty() { text } else { format!(": {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str, key: &str) -> Result<String, TaskError> {
        let head = ResponseHead { status, headers: vec![], url: "http://v/v1/kv/data/app".to_owned(), address: String::new() };
        value(&Place { mount: "kv", path: "app", key }, &head, body.as_bytes())
    }

    const FULL: &str = r#"{"data":{"data":{"password":"s3cr3t","port":5432,"on":true,"deep":{}},"metadata":{"version":1}}}"#;

    #[test]
    fn a_value_is_read_as_text() {
        for (key, text) in [("password", "s3cr3t"), ("port", "5432"), ("on", "true")] {
            assert_eq!(of(200, FULL, key).unwrap(), text);
        }
    }

    #[test]
    fn what_is_not_there_is_said_and_no_value_with_it() {
        let deleted = r#"{"data":{"data":null,"metadata":{"version":3,"deletion_time":"2026-01-01T00:00:00Z"}}}"#;
        for (status, body, key, code, part) in [
            (200, FULL, "pasword", "not-found", "`kv/app` has no key `pasword`"),
            (200, FULL, "deep", "invalid", "holds no text"),
            (200, r#"{"data":{"password":"s3cr3t"}}"#, "password", "invalid", "KV version 2"),
            (200, "<html>", "password", "invalid", "KV version 2"),
            (404, r#"{"errors":[]}"#, "password", "not-found", "nothing at `kv/app`"),
            (404, deleted, "password", "not-found", "version 3"),
            (403, r#"{"errors":["1 error occurred:\n\t* permission denied\n\n"]}"#, "password", "failed", "* permission denied"),
            (503, r#"{"errors":["Vault is sealed"]}"#, "password", "unavailable", "Vault is sealed"),
            (307, "", "password", "failed", "sends on"),
        ] {
            let error = of(status, body, key).unwrap_err();
            assert_eq!(error.code, code, "{error:?}");
            assert!(error.message.contains(part) && error.hint.is_some(), "{error:?}");
            assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
        }
    }
}
