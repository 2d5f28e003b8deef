//! `infra schema`: what an editor is told is what infra reads.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set itself up fails")]

use infra_tests::Project;
use jsonschema::Validator;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn validator() -> Validator {
    let project = Project::new("");
    let schema: Value = serde_json::from_str(&project.infra(&["schema"]).output().expect_success().stdout).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// A text of TOML as the JSON that it stands for.
fn json(text: &str) -> Value {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn problems(validator: &Validator, text: &str) -> Vec<String> {
    validator.iter_errors(&json(text)).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Every Infrafile of the repository, and those that its documentation shows.
fn infrafiles() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut all = vec![(PathBuf::from("Infrafile.toml"), fs::read_to_string(root.join("Infrafile.toml")).unwrap())];
    let template = "runner/session/src/template/Infrafile.toml";
    all.push((PathBuf::from(template), fs::read_to_string(root.join(template)).unwrap()));
    let pages = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()).chain([root.join("README.md")]);
    for page in pages.filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(&page).unwrap();
        let blocks = text.split("```toml\n").skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned());
        all.extend(blocks.map(|block| (page.clone(), block)));
    }
    all
}

#[test]
fn every_infrafile_of_the_repository_fits() {
    let validator = validator();
    let all = infrafiles();
    assert!(all.len() > 4, "only {} Infrafiles were found", all.len());
    for (path, text) in all {
        assert_eq!(problems(&validator, &text), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn what_infra_makes_fits() {
    let validator = validator();
    let project = Project::new("");
    project.file("other/Makefile", include_str!("../fixtures/makefile/Makefile"));
    project.infra(&["-C", "other", "import"]).output().expect_success();
    assert_eq!(problems(&validator, &project.read("other/Infrafile.toml")), Vec::<String>::new());
}

#[test]
fn what_infra_refuses_does_not_fit() {
    let validator = validator();
    for text in [
        "zzz = 1",
        "[project]\nname = 1",
        "[params]\nA = { type = 'text' }",
        "[tasks.a]\nrun = 'true'",
        "[tasks.a]\nruns = ['true']",
        "[tasks.a]\nneeds = [{ with = {} }]",
        "[tasks.a]\nrun = ['true']\nretries = 0",
        "[tasks.a]\nrun = ['true']\nallow = [{ process = [{ args = [] }] }]",
        "[tasks.a]\nrun = ['true']\nallow = [{ docker = [{ verbs = ['fly'] }] }]",
        "[tasks.a]\nrun = ['true']\nservice = { restart = 'always' }",
        "include = [{ path = 'a' }]",
    ] {
        assert!(!problems(&validator, text).is_empty(), "the schema accepts\n{text}");
        Project::new(text).infra(&["check"]).output().expect_code(78);
    }
}
