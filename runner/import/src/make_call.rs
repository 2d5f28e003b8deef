use crate::action::{Action, Call};
use crate::shell::{Part, Simple, Word};
use crate::word_text::WordScope;
use std::collections::BTreeSet;

/// `$(MAKE) TARGET… NAME=VALUE…`: calls of tasks.
pub(crate) fn calls(simple: &Simple, scope: &WordScope<'_>, targets: &BTreeSet<String>) -> Result<Vec<Action>, String> {
    let (mut named, mut with) = (Vec::new(), Vec::new());
    let mut words = simple.words[1..].iter();
    while let Some(word) = words.next() {
        if let Some((name, value)) = assignment(word) {
            let known = scope.variables.param(&name).is_some() || scope.variables.asked.borrow().contains(&name);
            if !known {
                return Err(format!("`{name}` is computed by make, and no parameter"));
            }
            if name == "PROFILE" {
                return Err("the profile is chosen before anything runs".to_owned());
            }
            if value.param() != Some(name.as_str()) {
                let value = scope.value(&value).ok_or_else(|| format!("only a shell knows the value of `{name}`"))?;
                with.push((name, value));
            }
            continue;
        }
        let text = word.text().ok_or("which target it is depends on a parameter")?;
        match text.as_str() {
            "-C" | "--directory" if words.as_slice().first().is_some_and(|dir| dir.is(".")) => drop(words.next()),
            flag if flag.starts_with("-C") || flag.starts_with("-f") || flag == "--file" || flag == "--directory" => {
                return Err("it runs make on another Makefile".to_owned());
            }
            flag if flag.starts_with('-') => {}
            target if targets.contains(target) => named.push(target.to_owned()),
            target => return Err(format!("there is no target `{target}`")),
        }
    }
    if named.is_empty() {
        return Err("it names no target".to_owned());
    }
    Ok(named.into_iter().map(|target| Action::Call(Call { target, with: with.clone() })).collect())
}

/// `NAME=VALUE` as a word.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Text(text)) = word.parts.first() else { return None };
    let (name, rest) = text.split_once('=')?;
    if !crate::name::is_variable(name) {
        return None;
    }
    let mut parts = Vec::new();
    if !rest.is_empty() || word.parts.len() == 1 {
        parts.push(Part::Text(rest.to_owned()));
    }
    // What stands behind the sign is one word, as in quotes.
    parts.extend(word.parts[1..].iter().map(|part| match part {
        Part::Param { name, .. } => Part::Param { name: name.clone(), quoted: true },
        other => other.clone(),
    }));
    Some((name.to_owned(), Word { parts, quoted: word.quoted }))
}
