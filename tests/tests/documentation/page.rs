//! The pages of the documentation, and what stands in them.

use infra_tests::{Infra, Project};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The text of a page, from the repository's root.
pub fn page(name: &str) -> String {
    fs::read_to_string(repository().join(name)).unwrap()
}

/// README and everything in `docs`.
pub fn pages() -> Vec<String> {
    let documents =
        fs::read_dir(repository().join("docs")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let documents = documents.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}"));
    ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned).into_iter().chain(documents).collect()
}

/// The fenced blocks that begin with this word.
pub fn blocks(text: &str, word: &str) -> Vec<String> {
    let fence = format!("```{word}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

/// What stands under a heading, up to the next one of any level.
pub fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let mut parts = text.split_inclusive('\n').scan(0, |end, line| {
        *end += line.len();
        Some((*end, line))
    });
    let (start, _) =
        parts.find(|(_, line)| line.trim_end() == heading).unwrap_or_else(|| panic!("there is no heading `{heading}`"));
    text[start..].split("\n#").next().unwrap()
}

/// The cells of a table's rows, without its head.
pub fn rows(section: &str) -> Vec<Vec<String>> {
    let lines = section.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The words in backquotes.
pub fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The first words in backquotes of a table.
pub fn keys(section: &str) -> BTreeSet<String> {
    rows(section).iter().map(|row| quoted(&row[0])[0].to_owned()).collect()
}

/// A call of the binary in the repository.
pub fn infra(args: &[&str]) -> Infra {
    let project = Project::new("");
    Infra::new(&repository(), &project.home()).args(args)
}
