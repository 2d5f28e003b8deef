//! `infra import`: a Makefile of an infrastructure repository, beside make itself. Programs are stand-ins that record how they are called.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{Infra, Output, Project, binary, file_tree};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const MAKEFILE: &str = include_str!("../fixtures/makefile/Makefile");

/// Programs that are recorded. What they would answer is not looked at by any recipe but `get … -o name`.
const PROGRAMS: [&str; 21] = [
    "terraform",
    "kubectl",
    "helm",
    "docker",
    "k3d",
    "aws",
    "argocd",
    "kubeseal",
    "flyway",
    "k6",
    "tilt",
    "mkcert",
    "pytest",
    "pre-commit",
    "yamllint",
    "shellcheck",
    "mkdocs",
    "gzip",
    "gunzip",
    "git",
    "open",
];

/// Values for every target; a target takes what it knows.
const VALUES: [&str; 4] = ["APP=web", "FILE=backup.sql.gz", "REPO=git@example.com:a/b.git", "ZONE=Z1"];

/// Targets whose programs start at once, in a pipe.
const PIPES: [&str; 6] = ["restore-db", "ecr-login", "backup-db", "backup", "monitoring-dashboards", "gitops-sync"];

/// What a person answers to the questions of a target.
fn answers(target: &str, profile: &str) -> &'static str {
    match (target, profile) {
        ("services-reset" | "restore-db", _) => "y\n",
        ("tf-destroy", _) => "destroy\n",
        ("cluster-delete", _) | ("destroy", "local") => "yes\n",
        ("destroy", _) => "destroy\nyes\n",
        ("app-delete", _) => "delete\n",
        ("nuke", "local") => "northwind\nyes\ny\n",
        ("nuke", _) => "northwind\ndestroy\nyes\ny\n",
        _ => "",
    }
}

/// Two copies of a repository with the same Makefile: one for make, one for infra.
struct Beside {
    directory: tempfile::TempDir,
}

impl Beside {
    fn new(makefile: &str) -> Self {
        let beside = Self { directory: tempfile::tempdir().unwrap() };
        for program in PROGRAMS {
            beside.stand_in(&beside.root().join("bin").join(program), program);
        }
        for side in ["make", "infra"] {
            let root = beside.root().join(side);
            fs::create_dir_all(&root).unwrap();
            fs::write(root.join("Makefile"), makefile).unwrap();
            for script in ["scripts/new-app.sh", "scripts/rotate-secrets.sh", "scripts/wait-for-deployment.sh"] {
                beside.stand_in(&root.join(script), script);
            }
            beside.stand_in(&root.join("infra/terraform/bin/check-environment.sh"), "check-environment.sh");
            for file in [
                "backup.sql.gz",
                "tests/load/smoke.js",
                "platform/argocd/projects.yaml",
                "platform/argocd/app-of-apps.yaml",
                "platform/monitoring/dashboards/api.json",
                "infra/terraform/environments/local/main.tf",
                "infra/terraform/environments/aws/main.tf",
            ] {
                let file = root.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, "").unwrap();
            }
        }
        beside
    }

    fn root(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    /// A program that writes down its name, its directory and its arguments.
    fn stand_in(&self, path: &Path, name: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let log = self.root().join("calls");
        let answer = match name {
            "kubectl" => "case \"$*\" in *'-o name') echo application/one ;; esac",
            "git" => "echo abc123; exit",
            _ => "",
        };
        // One write a call, so that calls do not mix.
        let script = format!(
            "#!/bin/sh\n{answer}\nline=\"{name}|${{PWD#{}/}}\"\nfor word do line=\"$line|$word\"; done\nprintf '%s\\n' \"$line\" >> {}\n",
            self.root().display(),
            log.display()
        );
        fs::write(path, script).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(&self) -> String {
        format!("{}:{}:/usr/local/bin:/usr/bin:/bin", self.root().join("bin").display(), binary().parent().unwrap().display())
    }

    /// The calls since the last time, each once: infra runs a task once, however many need it.
    fn calls(&self, side: &str) -> Vec<String> {
        let log = self.root().join("calls");
        let text = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        let mut seen = BTreeSet::new();
        let lines = text.lines().map(|line| {
            let line = line.replacen(&format!("|{side}"), "|", 1).replacen("|/", "|", 1);
            // The order of files in a directory is anyone's.
            if !line.starts_with("shellcheck") {
                return line;
            }
            let mut words: Vec<&str> = line.split('|').collect();
            words.sort_unstable();
            words.join("|")
        });
        lines.filter(|line| seen.insert(line.clone())).collect()
    }

    fn make(&self, target: &str, values: &[&str], answers: &str) -> (Vec<String>, bool) {
        let mut make = Command::new("make");
        make.args(["-s", target]).args(values).current_dir(self.root().join("make"));
        make.env_clear().env("PATH", self.path()).env("HOME", self.root());
        let mut child = make.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), answers.as_bytes()).unwrap();
        let ended = child.wait().unwrap().success();
        (self.calls("make"), ended)
    }

    fn infra(&self, args: &[&str]) -> Infra {
        Infra::new(&self.root().join("infra"), &self.root()).args(args).env("PATH", self.path())
    }

    fn run(&self, task: &str, values: &[&str]) -> (Vec<String>, Output) {
        let output = self.infra(&["run", task, "--yes", "-j1"]).args_more(values).output();
        (self.calls("infra"), output)
    }

    /// The files of a side, by their names; numbers are dates.
    fn files(&self, side: &str) -> Vec<String> {
        let root = self.root().join(side);
        let names = file_tree(&root).into_keys().map(|path| path.strip_prefix(&root).unwrap().display().to_string());
        let names = names.filter(|name| name != "Infrafile.toml");
        names.map(|name| name.chars().map(|letter| if letter.is_ascii_digit() { '#' } else { letter }).collect()).collect()
    }

    /// Runs a target on both sides and compares what is called, what is made and how it ends.
    fn compare(&self, target: &str, profile: &str, env: &str) -> usize {
        let profile_value = format!("PROFILE={profile}");
        let env_value = format!("ENV={env}");
        let values: Vec<&str> = VALUES.iter().copied().chain([profile_value.as_str(), env_value.as_str()]).collect();
        let (mut expected, succeeded) = self.make(target, &values, answers(target, profile));
        let (mut called, output) = self.run(&target.replace(['/', '.'], "-"), &values);
        if PIPES.contains(&target) {
            expected.sort();
            called.sort();
        }
        assert_eq!(called, expected, "{target} {profile} {env}\n{}", output.stderr);
        assert_eq!(output.code == Some(0), succeeded, "{target} {profile} {env}\n{}", output.stderr);
        assert_eq!(self.files("infra"), self.files("make"), "{target} {profile} {env}");
        called.len()
    }
}

/// Arguments after those that are there.
trait ArgsMore {
    fn args_more(self, args: &[&str]) -> Self;
}

impl ArgsMore for Infra {
    fn args_more(self, args: &[&str]) -> Self {
        self.args(args.iter().copied())
    }
}

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
