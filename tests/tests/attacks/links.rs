//! Links: from one file to another, symbolic and hard, of the project and of programs.

use crate::{refused, run};
use infra_tests::Project;
use std::os::unix::fs::symlink;
use std::path::Path;

const SECRET: &str = "xyzzy-secret-of-others";

#[test]
fn a_program_takes_the_runners_files_in_by_no_other_name() {
    let script = |commands: &str| {
        format!("[tasks.a]\nsh = '''{commands}'''\nallow = [{{ files = {{ read = ['**'], write = ['**'] }} }}]\n")
    };
    let project = Project::new(&script("echo made > out/made; ln out/made out/other; mv out/other out/moved"));
    project.file("out/x", "");
    project.file(".env", "A=1\n");
    run(&project, &["a"]).expect_success();
    assert_eq!(project.read("out/moved"), "made\n");
    for commands in [
        "ln Infrafile.toml out/alias && echo evil >> out/alias",
        "ln .env out/alias && echo evil >> out/alias",
        "ln -s ../Infrafile.toml out/alias && echo evil >> out/alias",
        "echo evil > out/new && mv -f out/new Infrafile.toml",
        "echo evil > out/new && ln -f out/new Infrafile.toml",
        "mv Infrafile.toml out/old && echo evil > Infrafile.toml",
        "rm -f Infrafile.toml; echo evil > Infrafile.toml",
        "echo evil > .env",
        "rm -f .env; ln -s out/x .env",
    ] {
        let before = script(commands);
        project.file("Infrafile.toml", &before);
        let output = run(&project, &["a"]);
        refused(&output, "panicked");
        assert_eq!(
            (project.read("Infrafile.toml"), project.read(".env")),
            (before, "A=1\n".to_owned()),
            "{commands}: {}",
            output.stderr
        );
        let _ = std::fs::remove_file(project.root().join("out/alias"));
    }
}

#[test]
fn a_directory_for_programs_that_is_a_link_opens_nothing() {
    let project = Project::new(
        "[tasks.inside]\ndir = 'docs'\nrun = ['cat', 'a']\nallow = [{ files = { read = ['docs/**'] } }]\n\
         [tasks.outside]\ndir = 'link'\nrun = ['cat', 'key']\nallow = [{ files = { read = ['docs/**', 'link/**'] } }]\n\
         [tasks.above]\ndir = '..'\nrun = ['cat', 'others/key']\nallow = [{ files = { read = ['**'] } }]\n",
    );
    project.file("docs/a", "a page\n");
    project.file("../others/key", SECRET);
    symlink("../others", project.root().join("link")).unwrap();
    run(&project, &["inside"]).expect_success();
    refused(&run(&project, &["outside"]), SECRET);
    refused(&run(&project, &["above"]), SECRET);
}

/// Removes what is there: a link, not what it leads to.
fn away(path: &Path) {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(path).unwrap(),
        Ok(_) => std::fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

#[test]
fn what_is_brought_back_is_not_written_through_a_link() {
    let project = Project::new(
        "[tasks.make]\nsh = 'mkdir -p out/deep; cp src out/deep/file'\ninputs = ['src']\noutputs = ['out/**']\ncache = true\n\
         allow = [{ files = { read = ['src'], write = ['out/**'] } }]\n",
    );
    project.file("src", "what was made\n");
    project.file("out/x", "");
    project.file("../others/deep/file", SECRET);
    run(&project, &["make"]).expect_success();
    std::fs::remove_file(project.root().join("out/deep/file")).unwrap();
    let back = run(&project, &["make"]).expect_success();
    assert_eq!(project.read("out/deep/file"), "what was made\n", "{}", back.stderr);
    for (link, to) in [("out", "../others"), ("out/deep", "../../others/deep"), ("out/deep/file", "../../../others/deep/file")] {
        let path = project.root().join(link);
        away(&path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(to, &path).unwrap();
        let output = run(&project, &["make"]);
        assert_eq!(project.read("../others/deep/file"), SECRET, "{link}: {}", output.stderr);
        away(&path);
        project.file("out/x", "");
        project.file("out/deep/file", "");
    }
}

#[test]
fn an_output_that_is_a_link_brings_no_ones_file_into_the_cache() {
    let project = Project::new(
        "[tasks.make]\nsh = 'mkdir -p out; ln -sf ../../others/key out/file; cat src > out/own'\ninputs = ['src']\noutputs = ['out/**']\ncache = true\n\
         allow = [{ files = { read = ['src'], write = ['out/**'] } }]\n",
    );
    project.file("src", "own\n");
    project.file("out/x", "");
    project.file("../others/key", SECRET);
    run(&project, &["make"]).expect_success();
    std::fs::remove_dir_all(project.root().join("out")).unwrap();
    project.file("out/x", "");
    let _again = run(&project, &["make"]);
    let kept = infra_tests::file_tree(&project.home());
    assert!(!format!("{kept:?}").contains(SECRET), "the secret is in the store");
    let found = std::fs::symlink_metadata(project.root().join("out/file")).unwrap();
    assert!(found.file_type().is_symlink(), "what the link leads to was made a file of the project");
    assert_eq!(project.read("out/own"), "own\n");
}
