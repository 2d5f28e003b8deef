//! `infra import`: a Makefile of an infrastructure repository, beside make itself. Programs are stand-ins that record how they are called.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

mod beside;

use beside::Beside;
use infra_tests::Project;
use std::fs;

const MAKEFILE: &str = include_str!("../../fixtures/makefile/Makefile");

/// The targets of the fixture that have a recipe or prerequisites.
fn targets() -> Vec<&'static str> {
    let rules = MAKEFILE.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    let mut names: Vec<&str> =
        rules.filter_map(|line| line.split_once(':')).filter(|(_, rest)| !rest.starts_with('=')).map(|(name, _)| name).collect();
    names.retain(|name| name.chars().all(|letter| letter.is_ascii_lowercase() || "-/.".contains(letter)) && *name != "comma");
    // Neither is carried: infra lists tasks itself, and a parameter is taken as it is.
    names.retain(|name| !["help", "secrets-seal", "define", "export", "endef"].contains(name));
    names
}

fn imported() -> Beside {
    let beside = Beside::new(MAKEFILE);
    beside.infra(&["import"]).output().expect_success();
    beside
}

#[test]
fn the_result_is_right_and_the_counts_are_told() {
    let beside = imported();
    let checked = beside.infra(&["check"]).output().expect_success();
    assert!(checked.stdout.contains("no errors"), "{}", checked.stdout);
    let shown = beside.infra(&["import", "--to", "-"]).output().expect_success();
    insta::assert_snapshot!(shown.stderr, @"
    97 targets: 83 carried, 13 whole as `sh`, 1 not carried
    15 parameters; 13 announcements left to infra's own report
    3 other lines not carried: a comment with the reason stands for each
    4 scripts of the repository unconfined: ./scripts/new-app.sh, ./scripts/rotate-secrets.sh, ./scripts/wait-for-deployment.sh, infra/terraform/bin/check-environment.sh
    23 programs unconfined: argocd, aws, docker, find, flyway, git, gunzip, gzip, helm, k3d, k6, kubectl, mkcert, mkdocs, pre-commit, pytest, rm, sh, tar, terraform, tilt, xargs, yamllint
    1 task with several `needs`: these may now run at once where nothing orders them
    ");
    assert_eq!(shown.stdout, fs::read_to_string(beside.root().join("infra/Infrafile.toml")).unwrap());
    let listed = beside.infra(&["list"]).output().expect_success().stdout;
    for line in ["Terraform", "tf-apply                 terraform apply for each environment", "ENV=dev"] {
        assert!(listed.contains(line), "{listed}");
    }
}

#[test]
fn every_target_calls_what_make_calls_locally() {
    let beside = imported();
    let targets = targets();
    assert!(targets.len() > 90, "{targets:?}");
    let calls: usize = targets.iter().map(|target| beside.compare(target, "local", "dev")).sum();
    assert!(calls > 150, "{calls} calls");
}

#[test]
fn loops_conditions_and_nested_calls_are_those_of_make_in_the_cloud() {
    let beside = imported();
    for target in [
        "bootstrap",
        "tf-plan",
        "tf-apply",
        "tf-destroy",
        "cluster-create",
        "platform",
        "db-seed",
        "db-migrate",
        "app-deploy",
        "app-release",
        "new-app-full",
        "load-test",
        "destroy",
        "nuke",
        "status",
        "gitops-install",
    ] {
        let calls = beside.compare(target, "aws", "dev,stage,prod");
        assert!(calls > 0 || target == "db-seed", "{target}");
    }
}

#[test]
fn what_make_refuses_is_refused() {
    let beside = imported();
    for target in ["new-app", "app-build", "app-delete", "gitops-repo", "dns-records", "restore-db"] {
        let (calls, succeeded) = beside.make(target, &[], "");
        assert!(calls.is_empty() && !succeeded, "{target}: {calls:?}");
        let (calls, output) = beside.run(target, &[]);
        assert!(calls.is_empty(), "{target}: {calls:?}");
        assert_ne!(output.code, Some(0), "{target}");
    }
    // A question without an answer.
    let output = beside.infra(&["run", "services-reset"]).output().expect_code(64);
    assert!(output.stderr.contains("--yes"), "{}", output.stderr);
    assert_eq!(beside.calls("infra"), Vec::<String>::new());
}

#[test]
fn what_is_not_carried_fails_and_says_why() {
    let beside = imported();
    let (calls, output) = beside.run("secrets-seal", &["FILE=backup.sql.gz"]);
    assert_eq!((calls, output.code), (vec![], Some(1)), "{}", output.stderr);
    assert!(output.stderr.contains("not carried: kubeseal"), "{}", output.stderr);
    let text = fs::read_to_string(beside.root().join("infra/Infrafile.toml")).unwrap();
    assert!(text.contains("#   because `$(FILE:.yaml=.sealed.yaml)` changes words"), "{text}");
}

#[test]
fn a_program_that_is_not_trusted_says_so_in_its_grant() {
    let text = fs::read_to_string(imported().root().join("infra/Infrafile.toml")).unwrap();
    let infrafile = text.lines().collect::<Vec<_>>();
    let grant = infrafile.iter().position(|line| *line == "[grants.new-app-sh]").unwrap();
    assert_eq!(infrafile[grant + 1], "process = [{ program = \"./scripts/new-app.sh\", env = [\"**\"], confine = false }]");
    // One that only reads is confined.
    let tame = Beside::new("look:\n\t@grep -c . Makefile\n\t@cat Makefile | sort\n");
    tame.infra(&["import"]).output().expect_success();
    let text = fs::read_to_string(tame.root().join("infra/Infrafile.toml")).unwrap();
    assert!(!text.contains("confine = false }"), "{text}");
    tame.infra(&["run", "look"]).output().expect_success();
}

#[test]
fn a_file_is_made_only_where_it_is_missing_or_old() {
    let beside = Beside::new("out/a: in\n\t@mkdir -p $(dir $@)\n\t@terraform make $@ from $<\n\t@cp in $@\n");
    for side in ["make", "infra"] {
        fs::write(beside.root().join(side).join("in"), "1").unwrap();
    }
    beside.infra(&["import"]).output().expect_success();
    for expected in [1, 0] {
        let (made, _) = beside.make("out/a", &[], "");
        let (called, output) = beside.run("out-a", &[]);
        assert_eq!((&called, called.len()), (&made, expected), "{}", output.stderr);
    }
    for side in ["make", "infra"] {
        let file = fs::File::options().write(true).open(beside.root().join(side).join("in")).unwrap();
        file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(60)).unwrap();
    }
    assert_eq!(beside.make("out/a", &[], "").0.len(), 1);
    assert_eq!(beside.run("out-a", &[]).0.len(), 1);
}

#[test]
fn an_infrafile_that_is_there_is_kept() {
    let beside = imported();
    let output = beside.infra(&["import"]).output().expect_code(64);
    assert!(output.stderr.contains("is there already") && output.stderr.contains("--force"), "{}", output.stderr);
    beside.infra(&["import", "--force"]).output().expect_success();
    let missing = Project::new("");
    let output = missing.infra(&["import", "nothing.mk"]).output().expect_code(64);
    assert!(output.stderr.contains("nothing.mk"), "{}", output.stderr);
}
