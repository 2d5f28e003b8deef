/// A text as TOML, in the quotes that need the fewest escapes.
pub(crate) fn text(text: &str) -> String {
    let literal = (text.contains('"') || text.contains('\\')) && !text.contains('\'') && !text.chars().any(char::is_control);
    // What JSON leaves as it is and TOML does not take.
    if literal { format!("'{text}'") } else { serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F") }
}

/// A text as it may stand in a comment: in one line.
pub(crate) fn comment(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A text of several lines.
pub(crate) fn block(text: &str) -> String {
    if !text.contains('\n') {
        return self::text(text);
    }
    if text.contains("'''") || text.chars().any(|letter| letter.is_control() && letter != '\n') {
        let escaped = text.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
        let letter = |letter: char| match letter {
            '\n' => letter.to_string(),
            '\t' => "\\t".to_owned(),
            letter if letter.is_control() => format!("\\u{:04X}", u32::from(letter)),
            letter => letter.to_string(),
        };
        let escaped: String = escaped.chars().map(letter).collect();
        return format!("\"\"\"\n{escaped}\n\"\"\"");
    }
    format!("'''\n{text}\n'''")
}

/// A list in one line, or an element a line.
pub(crate) fn list(elements: &[String]) -> String {
    let line = format!("[{}]", elements.join(", "));
    if line.chars().count() <= 110 {
        return line;
    }
    // A program's words stay together as long as they fit.
    let mut lines = vec![String::new()];
    for element in elements {
        let last = lines.last().map_or(0, |last| last.chars().count());
        if last > 0 && last + element.chars().count() > 108 {
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(element);
            last.push(',');
        }
    }
    format!("[\n    {}\n]", lines.join("\n    "))
}

/// A table in one line.
pub(crate) fn table(entries: &[(String, String)]) -> String {
    let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{} = {value}", self::key(key))).collect();
    format!("{{ {} }}", entries.join(", "))
}

/// A key, in quotes where it needs them.
pub(crate) fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-');
    if bare { name.to_owned() } else { text(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_chosen() {
        assert_eq!([text("a"), text("a\"b"), text("it's \"x\"")], ["\"a\"", "'a\"b'", "\"it's \\\"x\\\"\""]);
        assert_eq!(block("a\nb"), "'''\na\nb\n'''");
        assert_eq!(block("a\n'''"), "\"\"\"\na\n'''\n\"\"\"");
        assert_eq!([key("a-b"), key("matrix.os")], ["a-b", "\"matrix.os\""]);
    }
}
