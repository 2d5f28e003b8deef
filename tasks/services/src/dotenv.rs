//! Files of variables: `.env` and `env_file`, in the form that Compose reads.

use crate::interpolate::{Variables, interpolate};
use std::collections::BTreeMap;

/// The variables of a file, later ones with the values of earlier ones. A name alone takes its value from `outside`; what `outside` does
/// not have is left out.
///
/// # Errors
/// The line, from 1, and what is wrong with it.
pub(crate) fn parse(text: &str, outside: &Variables) -> Result<BTreeMap<String, String>, (usize, String)> {
    let mut found = BTreeMap::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut line = 1;
    while !rest.is_empty() {
        let head = rest.split('\n').next().unwrap_or_default();
        let tail = rest.get(head.len() + 1..).unwrap_or_default();
        let entry = head.trim_start();
        if entry.trim_end().is_empty() || entry.starts_with('#') {
            (rest, line) = (tail, line + 1);
            continue;
        }
        let entry = entry.strip_prefix("export ").map_or(entry, str::trim_start);
        let Some(separator) = entry.find(['=', ':']) else {
            let name = name(entry.split(" #").next().unwrap_or(entry).trim()).map_err(|error| (line, error))?;
            if let Some(value) = outside.get(name) {
                found.insert(name.to_owned(), value.clone());
            }
            (rest, line) = (tail, line + 1);
            continue;
        };
        let name = name(entry[..separator].trim_end()).map_err(|error| (line, error))?;
        let from = head.len() - entry[separator + 1..].trim_start_matches([' ', '\t']).len();
        let mut known = outside.values.clone();
        known.extend(found.clone());
        // A quoted value may go on over several lines.
        let (value, length) = value(&rest[from..], &Variables::new(known)).map_err(|error| (line, error))?;
        found.insert(name.to_owned(), value);
        line += rest[..from + length].matches('\n').count() + 1;
        rest = rest[from + length..].split_once('\n').map_or("", |(_, tail)| tail);
    }
    Ok(found)
}

fn name(text: &str) -> Result<&str, String> {
    let fits = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-' | '[' | ']');
    if !text.is_empty() && text.chars().all(fits) { Ok(text) } else { Err(format!("`{text}` is not the name of a variable")) }
}

/// The value that starts here, and how many bytes of the text it takes.
fn value(text: &str, known: &Variables) -> Result<(String, usize), String> {
    let quote = text.chars().next().filter(|char| matches!(char, '"' | '\''));
    let Some(quote) = quote else {
        let line = text.split('\n').next().unwrap_or_default();
        let plain = line.trim_end_matches('\r');
        // A comment stands behind a space.
        let plain = [" #", "\t#"].iter().filter_map(|sign| plain.find(sign)).min().map_or(plain, |end| &plain[..end]);
        let plain = if plain.starts_with('#') { "" } else { plain };
        return Ok((interpolate(plain.trim_end(), known)?, line.len()));
    };
    let mut escaped = false;
    for (index, char) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if char == '\\' {
            escaped = true;
        } else if char == quote {
            let inside = &text[1..index];
            let value = if quote == '"' { interpolate(&unescape(inside), known)? } else { inside.replace("\\'", "'") };
            return Ok((value, index + 1));
        }
    }
    Err(format!("the quote {quote} is not closed"))
}

/// The escapes of a value in double quotes. An escaped dollar stays one.
fn unescape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            result.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => result.push('\n'),
            Some('r') => result.push('\r'),
            Some('t') => result.push('\t'),
            Some('$') => result.push_str("$$"),
            Some(other @ ('"' | '\\' | '\'')) => result.push(other),
            Some(other) => result.extend(['\\', other]),
            None => result.push('\\'),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, (usize, String)> {
        let outside = Variables::new(BTreeMap::from([("OUT".to_owned(), "side".to_owned())]));
        parse(text, &outside).map(|found| found.into_iter().collect())
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn values_are_plain_or_quoted() {
        let text = "# c\nA=1\nexport B=\"two $A\"\nC='x $A'\nD=a b # c\n\nE=\nF: yaml\nG=\"l1\nl2\"\nH=a#b\nI=\"\\$A\\n\" # c\nOUT\nNOWHERE\nJ = spaced \r\n";
        let expected = [
            ("A", "1"),
            ("B", "two 1"),
            ("C", "x $A"),
            ("D", "a b"),
            ("E", ""),
            ("F", "yaml"),
            ("G", "l1\nl2"),
            ("H", "a#b"),
            ("I", "$A\n"),
            ("J", "spaced"),
            ("OUT", "side"),
        ];
        assert_eq!(read(text), Ok(pairs(&expected)));
    }

    #[test]
    fn placeholders_use_what_is_known_outside_and_before() {
        assert_eq!(read("A=${OUT}-${B:-none}\nB=$A"), Ok(pairs(&[("A", "side-none"), ("B", "side-none")])));
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        assert_eq!(read("A=1\n\nB C=2").map_err(|(line, _)| line), Err(3));
        assert_eq!(read("A=\"x\ny\"\nB='never").map_err(|(line, _)| line), Err(3));
        assert_eq!(read("A=${X:?say}").map_err(|(line, _)| line), Err(1));
    }
}
