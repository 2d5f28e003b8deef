//! `${NAME}` in Compose files: <https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md>.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What `${NAME}` stands for, and the names that were asked for in vain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    pub(crate) values: BTreeMap<String, String>,
    unset: RefCell<BTreeSet<String>>,
}

impl Variables {
    pub(crate) fn new(values: BTreeMap<String, String>) -> Self {
        Self { values, unset: RefCell::default() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&String> {
        self.values.get(name)
    }

    /// The value; where the variable is not set, nothing, as Compose has it, and it is remembered for a warning.
    fn or_blank(&self, name: &str) -> String {
        self.get(name).cloned().unwrap_or_else(|| {
            self.unset.borrow_mut().insert(name.to_owned());
            String::new()
        })
    }

    /// The variables that were not set since this was last asked.
    pub(crate) fn take_unset(&self) -> BTreeSet<String> {
        self.unset.take()
    }
}

/// Replaces every form of `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?error}`, `${NAME?error}`,
/// `${NAME:+other}`, `${NAME+other}`; `$$` is a dollar. Defaults may hold further placeholders.
pub(crate) fn interpolate(text: &str, variables: &Variables) -> Result<String, String> {
    expand(text, variables, 0)
}

fn expand(text: &str, variables: &Variables, depth: usize) -> Result<String, String> {
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
            result.push_str(&variables.or_blank(name));
            rest = &rest[name.len()..];
        }
    }
    result.push_str(rest);
    Ok(result)
}

fn braced(inside: &str, variables: &Variables, depth: usize) -> Result<String, String> {
    let name = name_of(inside);
    if name.is_empty() {
        return Err(format!("`${{{inside}}}` names no variable"));
    }
    let form = &inside[name.len()..];
    if form.is_empty() {
        return Ok(variables.or_blank(name));
    }
    let (empty_counts, form) = form.strip_prefix(':').map_or((false, form), |form| (true, form));
    let set = variables.get(name).filter(|value| !(empty_counts && value.is_empty()));
    let mut rest = form.chars();
    let operator = rest.next();
    let word = rest.as_str();
    match (operator, set) {
        (Some('-'), Some(value)) | (Some('?'), Some(value)) => Ok(value.clone()),
        (Some('-'), None) | (Some('+'), Some(_)) => expand(word, variables, depth + 1),
        (Some('+'), None) => Ok(String::new()),
        (Some('?'), None) if word.is_empty() => Err(format!("the variable {name} is required and not set")),
        (Some('?'), None) => Err(format!("the variable {name} is required: {}", expand(word, variables, depth + 1)?)),
        _ => Err(format!("`${{{inside}}}` has an unknown form; known are `:-`, `-`, `:?`, `?`, `:+`, `+`")),
    }
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

    fn variables() -> Variables {
        Variables::new(BTreeMap::from([("SET", "x"), ("EMPTY", "")].map(|(name, value)| (name.to_owned(), value.to_owned()))))
    }

    fn value(text: &str) -> Result<String, String> {
        interpolate(text, &variables())
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
            ("${MISSING+o}", ""),
            ("${MISSING:-${SET}-${ALSO:-y}}", "x-y"),
            ("${SET:?no}", "x"),
            ("${EMPTY?no}", ""),
            ("${MISSING:-a:-b}", "a:-b"),
        ] {
            assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_set_is_blank_and_remembered() {
        let variables = variables();
        assert_eq!(interpolate("a${MISSING}b$OTHER", &variables).as_deref(), Ok("ab"));
        let expected: BTreeSet<String> = ["MISSING", "OTHER"].map(str::to_owned).into();
        assert_eq!(variables.take_unset(), expected);
        assert!(variables.take_unset().is_empty());
    }

    #[test]
    fn what_is_required_or_malformed_is_an_error() {
        for text in ["${MISSING:?}", "${EMPTY:?gone}", "${MISSING?}", "$", "${", "${SET", "${1}", "${SET!x}", "a $ b"] {
            assert!(value(text).is_err(), "{text}");
        }
        assert_eq!(value("${MISSING:?say ${SET}}"), Err("the variable MISSING is required: say x".to_owned()));
    }
}
