//! `infra fmt`.

use infra_tests::Project;
use std::os::unix::fs::PermissionsExt as _;

const UNTIDY: &str = "[project]\nname='demo' # ours\n[tasks.hello]\nrun=['true']\nhelp   = 'Say hello'\n";
const TIDY: &str = "[project]\nname = 'demo' # ours\n\n[tasks.hello]\nrun  = ['true']\nhelp = 'Say hello'\n";

#[test]
fn the_infrafile_and_what_it_includes_are_written_in_the_one_way() {
    let included = "include = [{ path = 'ops/more.toml', namespace = 'ops', allow = [{ process = [{ program = 'true' }] }] }]\n";
    let project = Project::new(&format!("{included}{UNTIDY}"));
    project.file("ops/more.toml", "[tasks.more]\nrun=['true']\n");
    let told = project.infra(&["fmt"]).output().expect_success();
    assert_eq!(told.stderr, "Formatted Infrafile.toml\nFormatted ops/more.toml\n");
    assert_eq!(project.read("Infrafile.toml"), format!("{included}\n{TIDY}"));
    assert_eq!(project.read("ops/more.toml"), "[tasks.more]\nrun = ['true']\n");
    let again = project.infra(&["fmt"]).output().expect_success();
    assert_eq!((again.stdout.as_str(), again.stderr.as_str()), ("", ""));
    project.infra(&["check"]).output().expect_success();
}

#[test]
fn check_writes_nothing_and_fails_where_a_file_would_change() {
    let project = Project::new(UNTIDY);
    let told = project.infra(&["fmt", "--check"]).output().expect_code(1);
    assert_eq!(told.stderr, "Infrafile.toml is not formatted; `infra fmt` does it\n");
    assert_eq!(project.read("Infrafile.toml"), UNTIDY);
    project.file("Infrafile.toml", TIDY);
    project.infra(&["fmt", "--check"]).output().expect_success();
}

#[test]
fn another_file_or_standard_input() {
    let project = Project::new(TIDY);
    project.file("other.toml", UNTIDY);
    project.infra(&["fmt", "other.toml"]).output().expect_success();
    assert_eq!(project.read("other.toml"), TIDY);
    let missing = project.infra(&["fmt", "missing.toml"]).output().expect_code(64);
    assert!(missing.stderr.contains("missing.toml cannot be read"), "{}", missing.stderr);
}

#[test]
fn a_file_that_is_no_toml_is_left_alone_and_so_are_the_others() {
    let project = Project::new("[tasks.hello\n");
    project.file("other.toml", UNTIDY);
    let told = project.infra(&["fmt", "other.toml", "Infrafile.toml"]).output().expect_code(78);
    assert!(told.stderr.contains("Infrafile.toml:1"), "{}", told.stderr);
    assert_eq!(project.read("other.toml"), UNTIDY);
}

#[test]
fn rights_and_links_stay() {
    let project = Project::new(TIDY);
    project.file("real.toml", UNTIDY);
    let real = project.root().join("real.toml");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("they can be set");
    std::os::unix::fs::symlink("real.toml", project.root().join("link.toml")).expect("it can be made");
    project.infra(&["fmt", "link.toml"]).output().expect_success();
    assert_eq!(project.read("real.toml"), TIDY);
    assert!(project.root().join("link.toml").is_symlink());
    assert_eq!(real.metadata().expect("it is there").permissions().mode() & 0o777, 0o640);
}

#[test]
fn what_init_and_import_make_is_formatted() {
    for makefile in [None, Some("APP ?= web\n\nup: ## Start it\n\t@echo $(APP)\n\ndown: up\n\tcd x && rm -f a b\n")] {
        let project = Project::new("");
        std::fs::remove_file(project.root().join("Infrafile.toml")).expect("it is there");
        if let Some(text) = makefile {
            project.file("Makefile", text);
        }
        project.infra(&["init"]).output().expect_success();
        project.infra(&["fmt", "--check"]).output().expect_success();
    }
}
