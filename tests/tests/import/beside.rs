//! Two copies of a repository, one for make and one for infra.

use infra_tests::{Infra, Output, binary, file_tree};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
pub struct Beside {
    directory: tempfile::TempDir,
}

impl Beside {
    pub fn new(makefile: &str) -> Self {
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

    pub fn root(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    /// A program that writes down its name, its directory and its arguments.
    fn stand_in(&self, path: &Path, name: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let log = self.root().join("calls");
        let answer = match name {
            "kubectl" => "case \"$*\" in *'-o name') echo application/one ;; esac",
            "git" => "echo abc123; exit",
            // Who writes to it would fail where it has gone before all is written.
            "gzip" => "cat >/dev/null",
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
    pub fn calls(&self, side: &str) -> Vec<String> {
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

    pub fn make(&self, target: &str, values: &[&str], answers: &str) -> (Vec<String>, bool) {
        let mut make = Command::new("make");
        make.args(["-s", target]).args(values).current_dir(self.root().join("make"));
        make.env_clear().env("PATH", self.path()).env("HOME", self.root());
        let mut child = make.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), answers.as_bytes()).unwrap();
        let ended = child.wait().unwrap().success();
        (self.calls("make"), ended)
    }

    pub fn infra(&self, args: &[&str]) -> Infra {
        Infra::new(&self.root().join("infra"), &self.root()).args(args).env("PATH", self.path())
    }

    pub fn run(&self, task: &str, values: &[&str]) -> (Vec<String>, Output) {
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
    pub fn compare(&self, target: &str, profile: &str, env: &str) -> usize {
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
