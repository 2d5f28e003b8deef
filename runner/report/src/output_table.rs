use crate::{
    Style,
    clean_text::{clean_lines, clean_text},
    short_text::{columns_of, padded, short_text},
    style::{ACCENT, BOLD},
};
use serde_json::{Map, Value};

/// The result of a task for people; none where it has none.
///
/// Text stands as it is, a list of objects is a table where that fits, an object of plain values is a list of names and values, one of plain
/// values and such lists is both, all else is JSON.
#[must_use]
pub fn output(value: &Value, style: &Style) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => shown_text(text, style),
        Value::Array(_) => rows(value).map_or_else(|| pretty(value, style), |rows| table(&rows, style)),
        Value::Object(entries) if !entries.is_empty() && entries.values().all(is_plain) => names_and_values(entries, style),
        Value::Object(entries)
            if !entries.is_empty() && entries.values().all(|value| is_plain(value) || rows(value).is_some()) =>
        {
            values_and_tables(entries, style)
        }
        _ => pretty(value, style),
    })
}

/// The rows of a table; none where the value is none.
fn rows(value: &Value) -> Option<Vec<&Map<String, Value>>> {
    let rows = value.as_array()?.iter().map(Value::as_object).collect::<Option<Vec<_>>>()?;
    rows.iter().any(|row| !row.is_empty()).then_some(rows)
}

/// The plain values, then each table under its name; a single one needs none.
fn values_and_tables(entries: &Map<String, Value>, style: &Style) -> String {
    let plain: Map<_, _> =
        entries.iter().filter(|(_, value)| is_plain(value)).map(|(name, value)| (name.clone(), value.clone())).collect();
    let tables: Vec<_> = entries.iter().filter_map(|(name, value)| Some((name, rows(value)?))).collect();
    let mut parts = Vec::new();
    if !plain.is_empty() {
        parts.push(names_and_values(&plain, style));
    }
    for (name, rows) in &tables {
        let heading = if tables.len() > 1 { format!("{}\n", style.paint(BOLD, &clean_text(name))) } else { String::new() };
        parts.push(format!("{heading}{}", table(rows, style)));
    }
    parts.join("\n\n")
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// On a terminal text is cleaned line by line; elsewhere it is data and stays as it is.
fn shown_text(text: &str, style: &Style) -> String {
    if style.width.is_none() {
        return text.to_owned();
    }
    clean_lines(text).collect::<Vec<_>>().join("\n")
}

fn pretty(value: &Value, style: &Style) -> String {
    shown_text(&serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()), style)
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => clean_text(text.trim()).into_owned(),
        Some(Value::Array(items)) if items.iter().all(is_plain) => {
            items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(", ")
        }
        Some(value) => clean_text(&value.to_string()).into_owned(),
    }
}

/// A table where it fits; else each row by itself, for no value is shortened: a person may want to copy it.
fn table(rows: &[&Map<String, Value>], style: &Style) -> String {
    let mut columns: Vec<&str> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for key in rows.iter().flat_map(|row| row.keys()) {
        if known.insert(key) {
            columns.push(key);
        }
    }
    let header = columns.iter().map(|key| clean_text(key).into_owned()).collect::<Vec<_>>();
    let cells = rows.iter().map(|row| columns.iter().map(|key| cell(row.get(*key))).collect::<Vec<_>>());
    let cells: Vec<Vec<String>> = std::iter::once(header).chain(cells).collect();
    let widths: Vec<usize> =
        (0..columns.len()).map(|column| cells.iter().map(|row| columns_of(&row[column])).max().unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    let lines: Vec<String> = cells.iter().map(line).collect();
    if style.columns().is_some_and(|room| lines.iter().any(|line| columns_of(line) > room)) {
        return rows.iter().map(|row| names_and_values(row, style)).collect::<Vec<_>>().join("\n\n");
    }
    let painted = lines.iter().enumerate().map(|(index, line)| if index == 0 { style.paint(BOLD, line) } else { line.clone() });
    painted.collect::<Vec<_>>().join("\n")
}

fn names_and_values(entries: &Map<String, Value>, style: &Style) -> String {
    let names: Vec<_> = entries.keys().map(|name| clean_text(name)).collect();
    let limit = style.columns().map_or(usize::MAX, |columns| columns / 2);
    let width = names.iter().map(|name| columns_of(name)).max().unwrap_or(0).min(limit);
    let lines = names.iter().zip(entries.values()).map(|(name, value)| {
        let name = padded(&short_text(name, width), width);
        // A value is not shortened: a person may want to copy it.
        format!("{}  {}", style.paint(ACCENT, &name), cell(Some(value))).trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use serde_json::json;

    fn shown(value: &Value, width: Option<u16>) -> String {
        output(value, &Style { width, ..Style::default() }).unwrap()
    }

    fn services() -> Value {
        json!([
            { "name": "postgres", "state": "running", "ports": [5432, 5433], "image": "registry.example/library/postgres:16-with-a-long-tag-name" },
            { "name": "redis", "state": "stopped\x1b[31m", "note": "first line\nsecond line of a note that goes on and on and on", "labels": { "a": 1 } },
        ])
    }

    #[test]
    fn a_list_of_objects_is_a_table_where_it_fits() {
        assert_snapshot!(shown(&services(), Some(60)), @r#"
        name   postgres
        state  running
        ports  5432, 5433
        image  registry.example/library/postgres:16-with-a-long-tag-name

        name    redis
        state   stopped
        note    first line second line of a note that goes on and on and on
        labels  {"a":1}
        "#);
        assert!(shown(&services(), None).lines().nth(1).unwrap().contains("postgres:16-with-a-long-tag-name"));
        let few = json!([{ "name": "postgres", "port": 5432 }, { "name": "redis", "port": 6379, "note": "new" }]);
        assert_snapshot!(shown(&few, Some(20)), @"
        name      port  note
        postgres  5432
        redis     6379  new
        ");
        assert!(shown(&few, Some(19)).starts_with("name  postgres\nport  5432\n\nname  redis"));
    }

    #[test]
    fn plain_values_stand_beside_their_names() {
        let value = json!({ "host": "localhost", "port": 5432, "tls": false, "note": null });
        assert_eq!(shown(&value, Some(60)), "host  localhost\nport  5432\ntls   false\nnote");
    }

    #[test]
    fn text_is_itself_and_all_else_is_json() {
        assert_eq!(output(&Value::Null, &Style::default()), None);
        assert_eq!(shown(&json!("a\tb\n\x1b[1mc"), None), "a\tb\n\x1b[1mc");
        assert_eq!(shown(&json!("a\tb\n\x1b[1mc"), Some(60)), "a    b\nc");
        assert_eq!(shown(&json!(true), None), "true");
        assert_eq!(shown(&json!([]), None), "[]");
        assert_eq!(shown(&json!({}), None), "{}");
        assert_eq!(shown(&json!([1, "a"]), None), "[\n  1,\n  \"a\"\n]");
        assert_eq!(shown(&json!({ "a": [1] }), None), "{\n  \"a\": [\n    1\n  ]\n}");
    }

    #[test]
    fn plain_values_and_a_table_stand_together() {
        let value = json!({ "platform": "docker", "services": [{ "name": "a", "status": "running" }] });
        assert_eq!(shown(&value, None), "platform  docker\n\nname  status\na     running");
        let two = json!({ "one": [{ "a": 1 }], "two": [{ "b": 2 }] });
        assert_eq!(shown(&two, None), "one\na\n1\n\ntwo\nb\n2");
    }
}
