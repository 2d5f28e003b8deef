//! The first page: its Infrafile, and the calls that it shows, in a directory as it describes.

use crate::page::{blocks, page};
use infra_tests::Project;

#[test]
fn the_first_calls_do_what_the_first_page_says() {
    let text = page("docs/first-steps.md");
    let project = Project::new(&blocks(&text, "toml")[0]);
    project.file("src/shop.txt", "bread\n");
    project.file("build/.keep", "");
    let lines: Vec<String> = blocks(&text, "console")
        .concat()
        .lines()
        .filter_map(|line| Some(line.strip_prefix("$ infra")?.split(" #").next()?.trim().to_owned()))
        .collect();
    assert!(lines.len() >= 5, "{lines:?}");
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        project.infra(&words).output().expect_success();
    }
    assert!(project.has("build/shop.tar.gz"));
}

#[test]
fn what_the_first_page_says_of_a_refusal_is_so() {
    let text = page("docs/first-steps.md");
    let infrafile = blocks(&text, "toml").remove(0).replace(", write = [\"build/**\"]", "");
    let project = Project::new(&infrafile);
    project.file("src/shop.txt", "bread\n");
    project.file("build/.keep", "");
    let refused = project.infra(&["run", "build"]).output();
    assert!(refused.code.is_some_and(|code| code != 0) && !project.has("build/shop.tar.gz"), "{}", refused.stderr);
    assert!(refused.stderr.contains("confined"), "{}", refused.stderr);
}
