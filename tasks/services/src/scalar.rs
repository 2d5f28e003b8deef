//! What a plain word of YAML means: as Compose's own parser reads it, octal numbers with a leading zero included.

use crate::yaml::Value;
use saphyr::{ScalarStyle, Tag};

pub(crate) fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let core = tag.filter(|tag| tag.handle == "tag:yaml.org,2002:").map(|tag| tag.suffix.as_str());
    if core == Some("str") || !matches!(style, ScalarStyle::Plain) {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Boolean(true),
        "false" | "False" | "FALSE" => Value::Boolean(false),
        _ => number(text).unwrap_or_else(|| Value::Text(text.to_owned())),
    }
}

fn number(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !digits.starts_with(|char: char| char.is_ascii_digit() || char == '.') {
        return None;
    }
    let radix = |prefix: &str, radix| digits.strip_prefix(prefix).map(|rest| i64::from_str_radix(&rest.replace('_', ""), radix));
    let whole = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2));
    let octal = || digits.len() > 1 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7' | b'_'));
    let whole = match whole {
        Some(result) => Some(result.ok()?),
        None if digits.starts_with('0') && octal() => i64::from_str_radix(&digits.replace('_', ""), 8).ok(),
        None if digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') => digits.replace('_', "").parse().ok(),
        None => None,
    };
    if let Some(whole) = whole {
        return Some(Value::Integer(if negative { -whole } else { whole }));
    }
    let decimal = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let value: f64 = digits.parse().ok().filter(|_| decimal)?;
    Some(Value::Float(if negative { -value } else { value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_are_typed_and_quoted_ones_are_text() {
        let plain = |text: &str| scalar(text, ScalarStyle::Plain, None);
        for (text, value) in [
            ("", Value::Null),
            ("null", Value::Null),
            ("true", Value::Boolean(true)),
            ("12", Value::Integer(12)),
            ("-3", Value::Integer(-3)),
            ("0700", Value::Integer(448)),
            ("0o700", Value::Integer(448)),
            ("0x1F", Value::Integer(31)),
            ("1.50", Value::Float(1.5)),
            ("1e3", Value::Float(1000.0)),
            (".5", Value::Float(0.5)),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
        for text in ["yes", "on", "1.2.3", "8080:80", "5432/udp", "1m30s", "redis", "-", "+", "inf", "e5", "."] {
            assert_eq!(plain(text), Value::Text(text.to_owned()), "{text}");
        }
        assert_eq!(scalar("12", ScalarStyle::DoubleQuoted, None), Value::Text("12".to_owned()));
    }
}
