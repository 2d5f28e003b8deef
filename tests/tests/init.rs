//! `infra init`: an Infrafile of what is there.

use infra_tests::Project;

fn empty() -> Project {
    let project = Project::new("");
    let _ = std::fs::remove_file(project.root().join("Infrafile.toml"));
    project
}

#[test]
fn an_empty_directory_gets_two_small_tasks() {
    let project = empty();
    let output = project.infra(&["init"]).output().expect_success();
    assert!(output.stderr.contains("infra run hello"), "{}", output.stderr);
    project.infra(&["check"]).output().expect_success();
    project.infra(&["run", "hello"]).output().expect_success();
}

#[test]
fn what_is_there_becomes_tasks_that_are_right() {
    let project = empty();
    project.file("docker/db/compose.yaml", "services:\n  db:\n    image: ${DB_IMAGE:-postgres:16}\n");
    project.file("infra/prod/main.tf", "");
    project.file("infra/modules/network/main.tf", "");
    project.file("k8s/base/kustomization.yaml", "resources: [a.yaml]\n");
    project.file("k8s/base/a.yaml", "apiVersion: v1\nkind: Namespace\n");
    project.file("deploy/web.yaml", "apiVersion: v1\nkind: Service\n");
    project.file("charts/api/Chart.yaml", "name: api\n");
    project.file("charts/api/templates/web.yaml", "apiVersion: v1\nkind: Service\n");
    project.file("node_modules/x/compose.yaml", "services: {}\n");
    project.file(".hidden/main.tf", "");
    let output = project.infra(&["init"]).output().expect_success();
    let found = "1 Compose file, 1 Terraform directory, 2 directories of manifests, 1 Helm chart";
    assert!(output.stderr.contains(found), "{}", output.stderr);
    let checked = project.infra(&["check"]).output().expect_success();
    assert!(checked.stdout.contains("no errors"), "{}", checked.stdout);
    let text = project.read("Infrafile.toml");
    for part in [
        "files = [\"docker/db/compose.yaml\"]",
        "images = [\"postgres:16\"]",
        "choices = [\"infra/prod\"]",
        "[\"kubectl\", \"apply\", \"-k\", \"k8s/base\"]",
        "[\"kubectl\", \"apply\", \"-f\", \"deploy\"]",
        "[\"helm\", \"lint\", \"charts/api\"]",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("templates") && !text.contains("node_modules") && !text.contains("hidden"), "{text}");
}

#[test]
fn a_makefile_is_carried() {
    let project = empty();
    project.file("Makefile", "up: ## Start it\n\t@echo up\n");
    let output = project.infra(&["init"]).output().expect_success();
    assert!(output.stderr.contains("of Makefile:\n1 target: 1 carried"), "{}", output.stderr);
    assert_eq!(project.infra(&["run", "up"]).output().expect_success().code, Some(0));
}

#[test]
fn what_lies_beside_a_makefile_is_told() {
    let project = empty();
    project.file("Makefile", "up:\n\t@echo up\n");
    project.file("compose.yaml", "services:\n  db:\n    image: postgres:16\n");
    let output = project.infra(&["init"]).output().expect_success();
    let told = "Beside it, with no task yet: 1 Compose file. `infra inspect std/services` shows the task for Compose files\n";
    assert!(output.stderr.contains(told), "{}", output.stderr);
}

#[test]
fn an_infrafile_that_is_there_is_kept() {
    let project = Project::new("[tasks.mine]\nrun = ['true']\n");
    project.file("Makefile", "up:\n\techo up\n");
    let output = project.infra(&["init"]).output().expect_code(64);
    assert!(output.stderr.contains("is there already"), "{}", output.stderr);
    assert!(project.read("Infrafile.toml").contains("mine"));
}
