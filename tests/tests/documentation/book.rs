//! The source of the book: every page of it is there, and the standard tasks are told whole.

use crate::page::{keys, rows, section};
use infra_tests::{Project, binary, write_book};
use std::fs;

#[test]
fn the_book_holds_every_page_that_it_names_and_every_standard_task() {
    let book = tempfile::tempdir().unwrap();
    write_book(&binary(), book.path());
    let summary = fs::read_to_string(book.path().join("SUMMARY.md")).unwrap();
    let pages: Vec<&str> = summary.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(pages.len() > 10, "{pages:?}");
    for page in pages {
        assert!(book.path().join(page).is_file(), "{page}");
    }
    let page = fs::read_to_string(book.path().join("standard-tasks.md")).unwrap();
    let project = Project::new("");
    for heading in page.lines().filter(|line| line.starts_with("## ")) {
        let task = &heading[3..];
        let told = project.infra(&["inspect", task, "--json"]).output().expect_success().stdout;
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let parameters: Vec<&String> = told["params"]["properties"].as_object().unwrap().keys().collect();
        if parameters.is_empty() {
            continue;
        }
        let shown = keys(section(&page, heading));
        assert!(parameters.iter().all(|parameter| shown.contains(*parameter)), "{task}: {shown:?}");
        for row in rows(section(&page, heading)) {
            assert!(row.len() == 4 && !row[3].is_empty(), "{task} does not say what {} is", row[0]);
        }
    }
}
