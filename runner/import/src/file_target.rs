use crate::reader::Rule;
use crate::scope::Scope;
use crate::script::Writer;
use std::collections::BTreeSet;

/// Whether a rule makes a file: its name is that of a path, or its recipe names it.
pub(crate) fn makes_file(rule: &Rule, phony: &BTreeSet<String>) -> bool {
    let path = rule.target.contains('/') || rule.target.contains('.');
    let named = rule.recipe.iter().any(|line| line.text.contains("$@"));
    !phony.contains(&rule.target) && !rule.recipe.is_empty() && (path || named)
}

/// The script that does what make does for a file, and the programs in it: only where the file is missing, or older than what it is made
/// from.
pub(crate) fn script(
    rule: &Rule,
    sources: &[String],
    always: bool,
    scope: &Scope<'_>,
) -> Result<(String, BTreeSet<String>), String> {
    let target = quoted(&rule.target);
    let (mut lines, mut programs) = (Vec::new(), BTreeSet::new());
    for line in &rule.recipe {
        let pieces = scope.expand(line.text.trim_start_matches(['@', '+', ' ', '\t']));
        if let Some(reason) = crate::piece::unknown(&pieces) {
            return Err(reason.to_owned());
        }
        let text = Writer::script(&pieces);
        programs.extend(crate::script::script(pieces, false).programs.unwrap_or_default());
        if !text.is_empty() {
            // Each line has a shell of its own.
            lines.push(format!("  ( {text} )"));
        }
    }
    if always {
        return Ok((lines.iter().map(|line| line.trim_start().to_owned()).collect::<Vec<_>>().join("\n"), programs));
    }
    let newer = if sources.is_empty() {
        String::new()
    } else {
        let sources: Vec<String> = sources.iter().map(|source| quoted(source)).collect();
        format!(" || [ -n \"$(find {} -newer {target})\" ]", sources.join(" "))
    };
    Ok((format!("if [ ! -e {target} ]{newer}; then\n{}\nfi", lines.join("\n")), programs))
}

fn quoted(path: &str) -> String {
    let plain = path.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./+:@%".contains(letter));
    if plain { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
