//! Lays one file over another by the rules of Compose.

use crate::yaml::{Entry, Merge, Node, Value};

/// What is merged otherwise than maps by key and lists by appending. A `*` stands for any name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// The later value alone counts.
    Replace,
    /// A list of `NAME=VALUE` is a map.
    Pairs,
    /// A list of names is a map of empty values.
    Names,
    /// Options are merged only for the same driver.
    Logging,
    /// One value is a list of one; an item that is there already is not added.
    Unique,
    /// A map of names is a list of `NAME=ADDRESS`.
    Hosts,
    /// Text is `context`.
    Build,
}

const RULES: [(&str, Rule); 41] = [
    ("services.*.command", Rule::Replace),
    ("services.*.entrypoint", Rule::Replace),
    ("services.*.healthcheck.test", Rule::Replace),
    ("services.*.ulimits.*", Rule::Replace),
    ("services.*.environment", Rule::Pairs),
    ("services.*.labels", Rule::Pairs),
    ("services.*.annotations", Rule::Pairs),
    ("services.*.sysctls", Rule::Pairs),
    ("services.*.deploy.labels", Rule::Pairs),
    ("services.*.build.args", Rule::Pairs),
    ("services.*.build.labels", Rule::Pairs),
    ("services.*.build.additional_contexts", Rule::Pairs),
    ("networks.*.labels", Rule::Pairs),
    ("volumes.*.labels", Rule::Pairs),
    ("services.*.depends_on", Rule::Names),
    ("services.*.networks", Rule::Names),
    ("services.*.logging", Rule::Logging),
    ("services.*.build", Rule::Build),
    ("services.*.cap_add", Rule::Unique),
    ("services.*.cap_drop", Rule::Unique),
    ("services.*.devices", Rule::Unique),
    ("services.*.dns", Rule::Unique),
    ("services.*.dns_opt", Rule::Unique),
    ("services.*.dns_search", Rule::Unique),
    ("services.*.env_file", Rule::Unique),
    ("services.*.expose", Rule::Unique),
    ("services.*.extra_hosts", Rule::Hosts),
    ("services.*.group_add", Rule::Unique),
    ("services.*.links", Rule::Unique),
    ("services.*.profiles", Rule::Unique),
    ("services.*.security_opt", Rule::Unique),
    ("services.*.tmpfs", Rule::Unique),
    ("services.*.networks.*.aliases", Rule::Unique),
    ("services.*.build.tags", Rule::Unique),
    ("services.*.build.platforms", Rule::Unique),
    ("services.*.build.cache_from", Rule::Unique),
    ("services.*.ports", Rule::Unique),
    ("services.*.volumes", Rule::Unique),
    ("services.*.secrets", Rule::Unique),
    ("services.*.configs", Rule::Unique),
    ("name", Rule::Replace),
];

/// Lays `over` over `base`.
pub(crate) fn merge(base: &mut Node, over: Node) {
    merge_at(base, over, &mut Vec::new());
}

/// Takes the tags of merging out of a tree that is complete.
pub(crate) fn settle(node: &mut Node) {
    match &mut node.value {
        Value::Map(entries) => {
            entries.retain(|entry| entry.value.merge != Merge::Reset);
            entries.iter_mut().for_each(|entry| settle(&mut entry.value));
        }
        Value::List(items) => items.iter_mut().for_each(settle),
        _ => {}
    }
}

fn merge_at(base: &mut Node, over: Node, path: &mut Vec<String>) {
    let rule = rule(path);
    if over.merge != Merge::Join || base.merge == Merge::Reset || rule == Some(Rule::Replace) {
        *base = over;
        return;
    }
    let over = shaped(over, rule);
    // A key without a value says nothing.
    if over.value == Value::Null {
        return;
    }
    let empty = Node { value: Value::Null, place: base.place.clone(), merge: base.merge };
    *base = shaped(std::mem::replace(base, empty), rule);
    match (&mut base.value, over.value) {
        (Value::Map(entries), Value::Map(others)) if rule == Some(Rule::Logging) && differ(entries, &others) => *entries = others,
        (Value::Map(entries), Value::Map(others)) => {
            for other in others {
                match entries.iter_mut().find(|entry| entry.key == other.key) {
                    Some(entry) if rule == Some(Rule::Pairs) || other.key.starts_with("x-") => *entry = other,
                    Some(entry) => {
                        path.push(other.key);
                        merge_at(&mut entry.value, other.value, path);
                        path.pop();
                        if entry.value.place.path != entry.place.path {
                            entry.place = entry.value.place.clone();
                        }
                    }
                    None => entries.push(other),
                }
            }
        }
        (Value::List(items), Value::List(others)) => {
            for other in others {
                let there = matches!(rule, Some(Rule::Unique | Rule::Hosts)) && items.iter().any(|item| same(item, &other));
                if !there {
                    items.push(other);
                }
            }
        }
        // Another kind of value is for the reader to judge.
        (value, other) => {
            *value = other;
            base.place = over.place;
        }
    }
}

fn rule(path: &[String]) -> Option<Rule> {
    let fits = |pattern: &str| {
        let mut wanted = pattern.split('.');
        path.iter().all(|name| wanted.next().is_some_and(|part| part == "*" || part == name)) && wanted.next().is_none()
    };
    RULES.iter().find(|(pattern, _)| fits(pattern)).map(|(_, rule)| *rule)
}

/// Brings both forms of a value into one.
fn shaped(node: Node, rule: Option<Rule>) -> Node {
    let entry = |key: String, value: Node| Entry { key, place: value.place.clone(), value };
    let value = match (rule, node.value) {
        (Some(Rule::Pairs | Rule::Names), Value::List(items)) => {
            let pair = |item: Node| {
                let text = item.text().unwrap_or_default();
                match text.split_once('=').filter(|_| rule == Some(Rule::Pairs)) {
                    Some((name, value)) => entry(name.to_owned(), Node { value: Value::Text(value.to_owned()), ..item }),
                    None => entry(text, Node { value: Value::Null, ..item }),
                }
            };
            Value::Map(items.into_iter().map(pair).collect())
        }
        (Some(Rule::Hosts), Value::Map(entries)) => {
            let line = |key: &str, address: &Node| Node {
                value: Value::Text(format!("{key}={}", address.text().unwrap_or_default())),
                ..address.clone()
            };
            let lines = entries.iter().flat_map(|entry| match &entry.value.value {
                Value::List(addresses) => addresses.iter().map(|address| line(&entry.key, address)).collect(),
                _ => vec![line(&entry.key, &entry.value)],
            });
            Value::List(lines.collect())
        }
        (Some(Rule::Build), Value::Text(text)) => {
            let context = Node { value: Value::Text(text), place: node.place.clone(), merge: Merge::Join };
            Value::Map(vec![entry("context".to_owned(), context)])
        }
        (Some(Rule::Unique), value @ (Value::Text(_) | Value::Integer(_) | Value::Float(_))) => {
            Value::List(vec![Node { value, place: node.place.clone(), merge: Merge::Join }])
        }
        (_, value) => value,
    };
    Node { value, place: node.place, merge: node.merge }
}

fn differ(one: &[Entry], other: &[Entry]) -> bool {
    let driver = |entries: &[Entry]| entries.iter().find(|entry| entry.key == "driver").and_then(|entry| entry.value.text());
    matches!((driver(one), driver(other)), (Some(one), Some(other)) if one != other)
}

fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Map(entries), Value::Map(others)) => {
            entries.len() == others.len()
                && entries
                    .iter()
                    .all(|entry| others.iter().any(|other| entry.key == other.key && same(&entry.value, &other.value)))
        }
        (Value::List(items), Value::List(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(one, other)| same(one, other))
        }
        // `1` and `"1"` are the same port.
        _ => one.text().is_some() && one.text() == other.text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn plain(node: &Node) -> serde_json::Value {
        match &node.value {
            Value::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), plain(&entry.value))).collect(),
            Value::List(items) => items.iter().map(plain).collect(),
            Value::Null => serde_json::Value::Null,
            _ => node.text().unwrap_or_default().into(),
        }
    }

    fn merged(base: &str, over: &str) -> serde_json::Value {
        let read = |text: &str| parse("f", &format!("services:\n  a: {text}\n"));
        let (Ok(mut base), Ok(over)) = (read(base), read(over)) else { return serde_json::Value::Null };
        merge(&mut base, over);
        settle(&mut base);
        plain(&base)["services"]["a"].clone()
    }

    #[test]
    fn every_rule_of_merging() {
        use serde_json::json;
        for (base, over, expected) in [
            ("{ image: x, user: a }", "{ image: y }", json!({ "image": "y", "user": "a" })),
            ("{ command: [a, b] }", "{ command: [c] }", json!({ "command": ["c"] })),
            (
                "{ environment: [A=1, B=2] }",
                "{ environment: { B: 3, C: } }",
                json!({ "environment": { "A": "1", "B": "3", "C": null } }),
            ),
            (
                "{ depends_on: [a] }",
                "{ depends_on: { b: { condition: x } } }",
                json!({ "depends_on": { "a": null, "b": { "condition": "x" } } }),
            ),
            ("{ dns: 1.1.1.1 }", "{ dns: [1.1.1.1, 2.2.2.2] }", json!({ "dns": ["1.1.1.1", "2.2.2.2"] })),
            ("{ ports: [\"80:80\"] }", "{ ports: [\"81:81\", \"80:80\"] }", json!({ "ports": ["80:80", "81:81"] })),
            ("{ build: ./x }", "{ build: { target: t } }", json!({ "build": { "context": "./x", "target": "t" } })),
            (
                "{ logging: { driver: local, options: { a: 1 } } }",
                "{ logging: { options: { b: 2 } } }",
                json!({ "logging": { "driver": "local", "options": { "a": "1", "b": "2" } } }),
            ),
            (
                "{ logging: { driver: local, options: { a: 1 } } }",
                "{ logging: { driver: json-file } }",
                json!({ "logging": { "driver": "json-file" } }),
            ),
            (
                "{ healthcheck: { test: [CMD, a], retries: 3 } }",
                "{ healthcheck: { test: [CMD, b] } }",
                json!({ "healthcheck": { "test": ["CMD", "b"], "retries": "3" } }),
            ),
            ("{ ports: [\"80:80\"], user: a }", "{ ports: !reset [], user: !reset null }", json!({})),
            ("{ ports: [\"80:80\"] }", "{ ports: !override [\"81:81\"] }", json!({ "ports": ["81:81"] })),
            (
                "{ ulimits: { n: 1 } }",
                "{ ulimits: { n: { soft: 1, hard: 2 } } }",
                json!({ "ulimits": { "n": { "soft": "1", "hard": "2" } } }),
            ),
            ("{ user: a }", "{ user: }", json!({ "user": "a" })),
        ] {
            assert_eq!(merged(base, over), expected, "{base} {over}");
        }
    }
}
