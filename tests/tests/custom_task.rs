//! A task of one's own: made, built, inspected and run.

use infra_tests::Project;
use insta::assert_snapshot;
use serde_json::Value;

#[test]
fn a_new_task_builds_is_inspected_and_runs() {
    let project = Project::new("[project]\nname = 'demo'\n");
    let made = project.infra(&["new", "release-notes"]).output().expect_success();
    assert!(made.stderr.contains("the SDK of this version to tasks/infra-sdk"), "{}", made.stderr);
    let (_, advice) = made.stderr.split_once("Infrafile.toml:\n\n").unwrap();
    let (declaration, _) = advice.split_once("\nThen:").unwrap();
    project.file("Infrafile.toml", format!("[project]\nname = 'demo'\n\n{declaration}"));

    let unbuilt = project.infra(&["plan", "release-notes"]).output().expect_code(1);
    assert!(unbuilt.stderr.contains("infra build"), "{}", unbuilt.stderr);
    assert!(!project.has("tasks/release-notes/target"));

    let built = project.infra(&["build"]).output().expect_success();
    let component = built.stdout.trim();
    assert!(component.ends_with(".wasm") && project.has(component), "{component}");

    let run = project.infra(&["run", "release-notes"]).output().expect_success();
    assert_eq!(run.stdout, "hello world\n");
    assert!(run.stderr.contains("[release-notes] greeting world") && !run.stderr.contains("building"), "{}", run.stderr);

    let inspected = project.infra(&["inspect", component, "--json"]).output().expect_success();
    let inspected: Value = serde_json::from_str(&inspected.stdout).unwrap();
    assert_eq!(
        (&inspected["name"], &inspected["params"]["properties"]["name"]["default"]),
        (&"release-notes".into(), &"world".into())
    );
    assert_eq!(inspected["summary"], "Greets someone.");

    // A changed crate is built again by the next run, and a broken one says what is wrong.
    let source = project.read("tasks/release-notes/src/lib.rs");
    project.file("tasks/release-notes/src/lib.rs", source.replace("\"hello {}\"", "\"goodbye {}\""));
    let run = project.infra(&["run", "release-notes"]).output().expect_success();
    assert_eq!(run.stdout, "goodbye world\n");
    project.file("tasks/release-notes/src/lib.rs", "nonsense");
    let broken = project.infra(&["run", "release-notes"]).output().expect_code(1);
    assert!(broken.stderr.contains("does not build") && broken.stderr.contains("nonsense"), "{}", broken.stderr);
}

#[test]
fn a_wrong_name_for_a_new_task_is_refused() {
    let project = Project::new("[project]\nname = 'demo'\n");
    assert_snapshot!(project.infra(&["new", "../Evil"]).output().expect_code(64).told(&project), @"
    error: `../Evil` is not a name for a task
      hint: use small letters, digits and dashes: `release-notes`
    ");
    project.file("tasks/there/keep", "mine");
    assert_snapshot!(project.infra(&["new", "there"]).output().expect_code(64).told(&project), @"
    error: PROJECT/tasks/there is there already
      hint: choose another name
    ");
    assert_eq!(project.read("tasks/there/keep"), "mine");
}

#[test]
fn what_is_inspected_must_be_a_component() {
    let project = Project::new("[project]\nname = 'demo'\n");
    project.file("text.wasm", "no component");
    assert_snapshot!(project.infra(&["inspect", "text.wasm"]).output().expect_code(1).told(&project), @"
    error: the component cannot be used: it is not a WebAssembly component
      hint: name a .wasm file, or the directory of a crate that becomes one
    ");
    assert_snapshot!(project.infra(&["inspect", "none.wasm"]).output().expect_code(1).told(&project), @"
    error: `none.wasm` names no component
      hint: write `std/NAME`, `./FILE.wasm`, or `./DIRECTORY` of a crate
    ");
    assert_snapshot!(project.infra(&["inspect", "std/proces"]).output().expect_code(1).told(&project), @"
    error: there is no standard task `std/proces`; there are `std/argocd`, `std/backup`, `std/check`, `std/cluster`, `std/doctor`, `std/helm`, `std/images`, `std/kubernetes`, `std/process`, `std/restore`, `std/seal`, `std/services`, `std/status`, `std/terraform`
      hint: did you mean `std/process`?
    ");
    let standard = project.infra(&["inspect", "std/process"]).output().expect_success();
    assert!(standard.stdout.contains("argv") && standard.stdout.contains("process"), "{}", standard.stdout);
}

#[test]
fn build_without_crates_has_nothing_to_do() {
    let project = Project::new("[tasks.x]\nrun = ['true']\n");
    let output = project.infra(&["build"]).output().expect_success();
    assert_snapshot!(output.told(&project), @"There is nothing to build: no task uses a crate of the project.");
}
