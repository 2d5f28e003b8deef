//! `${NAME}` in Compose files: <https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md>.

use std::collections::BTreeMap;

/// Replaces every form of `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?error}`, `${NAME?error}`,
/// `${NAME:+other}`, `${NAME+other}`; `$$` is a dollar. Defaults may hold further placeholders.
///
/// A variable that is not set and has no default is an error, because an empty value is never what was meant.
pub(crate) fn interpolate(text: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    expand(text, variables, 0)
}

fn expand(text: &str, variables: &BTreeMap<String, String>, depth: usize) -> Result<String, String> {
    if depth > 16 {
        return Err("placeholders are nested too deeply".to_owned());
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            result.push('$');
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix('{') {
            let end = closing(behind).ok_or_else(|| format!("`${{{behind}` has no closing brace"))?;
            result.push_str(&braced(&behind[..end], variables, depth)?);
            rest = &behind[end + 1..];
        } else {
            let name = name_of(rest);
            if name.is_empty() {
                return Err("a `$` stands alone; write `$$` for a dollar".to_owned());
            }
            result.push_str(variables.get(name).ok_or_else(|| unset(name))?);
            rest = &rest[name.len()..];
        }
    }
    result.push_str(rest);
    Ok(result)
}

fn braced(inside: &str, variables: &BTreeMap<String, String>, depth: usize) -> Result<String, String> {
    let name = name_of(inside);
    if name.is_empty() {
        return Err(format!("`${{{inside}}}` names no variable"));
    }
    let form = &inside[name.len()..];
    let value = variables.get(name);
    if form.is_empty() {
        return value.cloned().ok_or_else(|| unset(name));
    }
    let (empty_counts, form) = form.strip_prefix(':').map_or((false, form), |form| (true, form));
    let set = value.filter(|value| !(empty_counts && value.is_empty()));
    let mut rest = form.chars();
    let operator = rest.next();
    let word = rest.as_str();
    match (operator, set) {
        (Some('-'), Some(value)) | (Some('?'), Some(value)) => Ok(value.clone()),
        (Some('-'), None) | (Some('+'), Some(_)) => expand(word, variables, depth + 1),
        (Some('+'), None) => Ok(String::new()),
        (Some('?'), None) if word.is_empty() => Err(unset(name)),
        (Some('?'), None) => Err(format!("{name}: {}", expand(word, variables, depth + 1)?)),
        _ => Err(format!("`${{{inside}}}` has an unknown form; known are `:-`, `-`, `:?`, `?`, `:+`, `+`")),
    }
}

fn unset(name: &str) -> String {
    format!("the variable {name} is not set: give it in the task's `with.env`, or write `${{{name}:-}}` where empty is meant")
}

fn name_of(text: &str) -> &str {
    let fits = |(index, byte): (usize, u8)| byte == b'_' || byte.is_ascii_alphabetic() || (index > 0 && byte.is_ascii_digit());
    let length = text.bytes().enumerate().take_while(|pair| fits(*pair)).count();
    &text[..length]
}

/// The index of the brace that closes the one before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let bytes = text.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if index > 0 && bytes[index - 1] == b'$' => open += 1,
            b'}' if open == 0 => return Some(index),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<String, String> {
        let set = [("SET", "x"), ("EMPTY", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        interpolate(text, &BTreeMap::from(set))
    }

    #[test]
    fn every_form_of_the_specification() {
        for (text, expected) in [
            ("a$SET-b", "ax-b"),
            ("${SET}", "x"),
            ("$$SET $${SET}", "$SET ${SET}"),
            ("${MISSING:-d}", "d"),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY-d}", ""),
            ("${MISSING-d}", "d"),
            ("${SET:+o}", "o"),
            ("${EMPTY:+o}", ""),
            ("${EMPTY+o}", "o"),
            ("${MISSING:-${SET}-${ALSO:-y}}", "x-y"),
            ("${SET:?no}", "x"),
        ] {
            assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_set_is_an_error() {
        for text in ["$MISSING", "${MISSING}", "${MISSING:?}", "${EMPTY:?gone}", "$", "${", "${SET", "${1}", "${SET!x}"] {
            assert!(value(text).is_err(), "{text}");
        }
        assert_eq!(value("${MISSING:?say ${SET}}"), Err("MISSING: say x".to_owned()));
    }
}
