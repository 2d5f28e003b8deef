use serde_json::Value;

/// The label selector of a workload, as a query writes it: of `spec.selector`, which is a map for Services and
/// ReplicationControllers.
pub(super) fn selector(object: &Value) -> Option<String> {
    let selector = object.pointer("/spec/selector")?.as_object()?;
    let structured = selector.contains_key("matchLabels") || selector.contains_key("matchExpressions");
    let labels = if structured { selector.get("matchLabels").and_then(Value::as_object) } else { Some(selector) };
    let mut parts: Vec<String> =
        labels.into_iter().flatten().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?))).collect();
    let expressions = selector.get("matchExpressions").and_then(Value::as_array).filter(|_| structured);
    for expression in expressions.into_iter().flatten() {
        let key = expression["key"].as_str()?;
        let values: Vec<&str> = expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        parts.push(match expression["operator"].as_str()? {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        });
    }
    (!parts.is_empty()).then(|| parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_selector_is_written_as_a_query() {
        let of = |value: Value| selector(&json!({ "spec": { "selector": value } }));
        assert_eq!(of(json!({ "app": "web", "tier": "x" })).as_deref(), Some("app=web,tier=x"));
        let structured = json!({ "matchLabels": { "app": "web" }, "matchExpressions": [
            { "key": "a", "operator": "In", "values": ["b", "c"] }, { "key": "d", "operator": "DoesNotExist" },
        ] });
        assert_eq!(of(structured).as_deref(), Some("app=web,a in (b,c),!d"));
        assert_eq!(of(json!({})), None);
        assert_eq!(selector(&json!({})), None);
    }
}
