//! A Makefile in, an Infrafile out.

use infra_import::{Counts, Request, import};
use std::collections::BTreeMap;

/// The Infrafile without its head.
pub fn infrafile(makefile: &str) -> String {
    with_files(makefile, &[]).0
}

/// The same, where the Makefile includes others; and the counts.
pub fn with_files(makefile: &str, files: &[(&str, &str)]) -> (String, Counts) {
    let files: BTreeMap<String, String> = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let imported = import(&Request { project: "demo".to_owned(), makefile: makefile.to_owned(), files }).unwrap();
    let text = imported.infrafile;
    let start = text.find("[project]\nname = \"demo\"\n").unwrap();
    (text[start + 24..].trim().to_owned(), imported.counts)
}

/// One task of it.
pub fn task(makefile: &str, name: &str) -> String {
    let text = infrafile(makefile);
    let start = text.find(&format!("[tasks.{name}]")).unwrap_or_else(|| panic!("no task {name} in\n{text}"));
    text[start..].split("\n\n").next().unwrap().to_owned()
}
