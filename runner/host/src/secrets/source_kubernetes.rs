use super::Exchanger;
use crate::State;
use crate::kubernetes::Target;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use infra_effect::{Grants, KubernetesGrant, KubernetesVerb, TextPattern};
use infra_event::{ErrorCode, Event, TaskError};
use serde_json::Value as Json;
use std::sync::Arc;

/// A key of a Secret.
pub(super) struct Place {
    pub(super) context: Option<String>,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) key: String,
}

/// Asks the cluster. The request passes the gate with a grant of its own.
pub(super) fn read(exchanger: Exchanger, place: Place) -> BoxFuture<'static, Result<String, TaskError>> {
    Box::pin(async move {
        let Exchanger { world, gate, invocation, .. } = exchanger;
        let context = world.kubernetes.settings().choose(place.context.as_deref())?.name;
        let one = |text: &str| vec![TextPattern(text.to_owned())];
        let grant = KubernetesGrant {
            contexts: one(&context),
            namespaces: one(&place.namespace),
            kinds: one("Secret"),
            verbs: vec![KubernetesVerb::Get],
            secrets: one(&place.name),
            ..KubernetesGrant::default()
        };
        let grants = Arc::new(Grants { kubernetes: vec![grant], ..Grants::default() });
        let step = Arc::clone(&gate);
        let events = Arc::new(move |event: Event| step.emit(event));
        let own = gate.gate().step(gate.step(), grants, events);
        let target = Target {
            api_version: Some("v1".to_owned()),
            kind: "Secret".to_owned(),
            namespace: Some(place.namespace.clone()),
            name: place.name.clone(),
        };
        let found = State::new(world, Arc::clone(&own), invocation).object_of(&context, &target).await;
        own.settle().await;
        value(&place, &context, found?)
    })
}

fn value(place: &Place, context: &str, found: Option<Json>) -> Result<String, TaskError> {
    let Place { namespace, name, key, .. } = place;
    let Some(secret) = found else {
        return Err(TaskError::new(ErrorCode::NOT_FOUND, format!("there is no Secret `{name}` in `{namespace}` of `{context}`"))
            .hint(format!("`kubectl --context {context} --namespace {namespace} get secrets` shows those that there are")));
    };
    let data = secret["data"].as_object();
    let Some(encoded) = data.and_then(|data| data.get(key)).and_then(Json::as_str) else {
        let known: Vec<String> = data.into_iter().flat_map(|data| data.keys()).take(20).map(|key| format!("`{key}`")).collect();
        let hint = if known.is_empty() { "it has none at all".to_owned() } else { format!("it has {}", known.join(", ")) };
        return Err(
            TaskError::new(ErrorCode::NOT_FOUND, format!("the Secret `{namespace}/{name}` has no key `{key}`")).hint(hint)
        );
    };
    STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        TaskError::new(ErrorCode::INVALID, format!("the key `{key}` of the Secret `{namespace}/{name}` is not text"))
            .hint("a secret is UTF-8 text: store it in base64")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_is_decoded_or_said_not_to_be_there() {
        let place = |key: &str| Place { context: None, namespace: "shop".into(), name: "db".into(), key: key.into() };
        let secret = json!({ "data": { "password": STANDARD.encode("s3cr3t"), "binary": STANDARD.encode([0xff, 0xfe]) } });
        let of = |key: &str, found: Option<Json>| value(&place(key), "kind-shop", found);
        assert_eq!(of("password", Some(secret.clone())).unwrap(), "s3cr3t");
        for (key, found, code, part) in [
            ("pass", Some(secret.clone()), "not-found", "has no key `pass`"),
            ("binary", Some(secret), "invalid", "is not text"),
            ("password", Some(json!({})), "not-found", "has no key"),
            ("password", None, "not-found", "no Secret `db` in `shop` of `kind-shop`"),
        ] {
            let error = of(key, found).unwrap_err();
            assert!(error.code == code && error.message.contains(part) && error.hint.is_some(), "{error:?}");
        }
    }
}
