//! Links, and the commands that the first page shows.

use crate::page::{blocks, page, pages, repository};
use std::fs;

#[test]
fn every_link_leads_somewhere() {
    for name in pages() {
        let text = page(&name);
        let base = repository().join(&name);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { base.clone() } else { base.parent().unwrap().join(file) };
            assert!(file.exists(), "{name}: {target}");
            if !heading.is_empty() {
                let text = fs::read_to_string(&file).unwrap();
                let anchor = |line: &str| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
                assert!(text.lines().any(|line| line.starts_with('#') && anchor(line) == heading), "{name}: {target}");
            }
        }
    }
}

#[test]
fn the_readme_names_commands_that_exist() {
    let text = page("README.md");
    for command in blocks(&text, "console").iter().flat_map(|block| block.lines()).filter_map(|line| line.strip_prefix("$ ")) {
        let program = command.split_whitespace().next().unwrap();
        assert!(program == "infra" || program == "git" || program == "cargo" || repository().join(program).exists(), "{command}");
    }
    assert!(fs::read_to_string(repository().join(".ci/run")).unwrap().contains("tests/run"));
}

#[test]
fn every_page_stands_in_the_book() {
    let summary = page("docs/SUMMARY.md");
    let in_docs: Vec<String> = pages().iter().filter_map(|name| name.strip_prefix("docs/").map(str::to_owned)).collect();
    let missing: Vec<&String> =
        in_docs.iter().filter(|name| *name != "SUMMARY.md" && !summary.contains(&format!("]({name})"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
