use serde_json::Value;

/// The value at a path as kubectl writes it: `.status.loadBalancer.ingress[0].ip`, `{.metadata.labels['a.b/c']}`.
pub(super) fn find<'v>(object: &'v Value, path: &str) -> Option<&'v Value> {
    let path = path.trim().trim_start_matches('{').trim_end_matches('}').trim_start_matches('$');
    let mut value = object;
    for step in steps(path)? {
        value = match step.parse::<usize>() {
            Ok(index) if value.is_array() => value.get(index)?,
            _ => value.get(&step)?,
        };
    }
    Some(value)
}

fn steps(path: &str) -> Option<Vec<String>> {
    let mut steps = vec![];
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let quote = inner.chars().next().filter(|char| matches!(char, '\'' | '"'));
            let (step, after) = match quote {
                Some(quote) => inner[1..].split_once(quote).and_then(|(step, after)| Some((step, after.strip_prefix(']')?)))?,
                None => inner.split_once(']')?,
            };
            steps.push(step.to_owned());
            rest = after;
            continue;
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        if end > 0 {
            steps.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
        if end == 0 && !rest.starts_with('[') && !rest.is_empty() {
            return None;
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_to_a_value() {
        let object = json!({ "status": { "ingress": [{ "ip": "1.2.3.4" }] }, "metadata": { "labels": { "a.b/c": "x" } } });
        for path in ["status.ingress[0].ip", ".status.ingress[0].ip", "{.status.ingress[0].ip}"] {
            assert_eq!(find(&object, path), Some(&json!("1.2.3.4")), "{path}");
        }
        assert_eq!(find(&object, "metadata.labels['a.b/c']"), Some(&json!("x")));
        for path in ["status.ingress[1].ip", "status..ingress", "status.[", "status.ingress[0", "x"] {
            assert_eq!(find(&object, path), None, "{path}");
        }
    }
}
