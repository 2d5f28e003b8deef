use super::resource::Resource;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use infra_gate::Masker;
use serde_json::Value;

/// What stands in the place of what a Secret holds.
pub(super) const MASK: &str = "***";
/// kubectl keeps the whole object in it.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Takes what a Secret holds out of it.
pub(super) fn redact(object: &mut Value) {
    for field in ["data", "stringData"] {
        if let Some(values) = object.get_mut(field).and_then(Value::as_object_mut) {
            values.values_mut().for_each(|value| *value = Value::from(MASK));
        }
    }
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
        && let Some(kept) = annotations.get_mut(LAST_APPLIED)
    {
        *kept = Value::from(MASK);
    }
}

/// Makes what a Secret holds known, so that it is masked wherever it would be shown.
pub(super) fn learn(object: &Value, masker: &Masker) {
    let values = |field: &str| object[field].as_object().into_iter().flat_map(|map| map.values()).filter_map(Value::as_str);
    for text in values("stringData") {
        masker.add(text);
    }
    for encoded in values("data") {
        masker.add(encoded);
        if let Some(text) = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            masker.add(&text);
        }
    }
}

/// An answer, or each item of a list, as the task may see it.
pub(super) fn seen(resource: &Resource, contents: bool, masker: &Masker, mut answer: Value) -> Value {
    if !resource.is_secret() {
        return answer;
    }
    let show = |object: &mut Value| if contents { learn(object, masker) } else { redact(object) };
    match answer.get_mut("items").and_then(Value::as_array_mut) {
        Some(items) => items.iter_mut().for_each(show),
        None => show(&mut answer),
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_secret_holds_is_taken_out_or_made_known() {
        let secrets = Resource { kind: "Secret".into(), version: "v1".into(), ..Resource::default() };
        let list = json!({ "items": [{ "data": { "a": STANDARD.encode("hunter22") }, "metadata": { "name": "x", "annotations": { LAST_APPLIED: "{…}", "b": "c" } } }] });
        let masker = Masker::default();
        let hidden = seen(&secrets, false, &masker, list.clone());
        let expected = json!({ "items": [{ "data": { "a": MASK }, "metadata": { "name": "x", "annotations": { LAST_APPLIED: MASK, "b": "c" } } }] });
        assert_eq!(hidden, expected);
        assert_eq!(masker.mask("hunter22"), "hunter22");
        assert_eq!(seen(&secrets, true, &masker, list.clone()), list);
        assert_eq!(masker.mask("it is hunter22"), "it is ***");
        let maps = Resource { kind: "ConfigMap".into(), ..secrets };
        assert_eq!(seen(&maps, false, &masker, list.clone()), list);
    }
}
