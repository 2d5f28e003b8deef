//! Secrets: where they come from, where they may go, and that they are in nothing that is written.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cluster;
mod containers;
mod grants;
mod headers;
mod sources;
mod traces;
mod vault;

use infra_tests::{Infra, Output, Project};
use std::os::unix::fs::PermissionsExt as _;

/// With all that quoting, encoding and escaping change.
const SECRET: &str = "s3cr3t/päss \"wörd\"+&~'x";

/// Says of a variable whether it is the secret, without writing it.
fn check(variable: &str) -> String {
    let digest = std::process::Command::new("sh")
        .args(["-c", "printf %s \"$S\" | sha256sum | cut -c1-20"])
        .env("S", SECRET)
        .output()
        .unwrap();
    let digest = String::from_utf8(digest.stdout).unwrap();
    format!("test \"$(printf %s \"${variable}\" | sha256sum | cut -c1-20)\" = {}", digest.trim())
}

fn run(project: &Project, args: &[&str]) -> Output {
    project.infra(&[&["run"], args].concat()).env("THE_SECRET", SECRET).output()
}

fn with_policy(project: &Project) -> Infra {
    project.infra(&["--policy", "policy.toml", "run", "use"]).env("THE_SECRET", SECRET)
}

/// One task that has the secret of this source in its environment.
fn from(source: &str) -> Project {
    Project::new(&format!(
        "[secrets]\nPW = {source}\n\n[tasks.use]\nenv = {{ PW = '${{secrets.PW}}' }}\nsh = '''{}'''\n",
        check("PW")
    ))
}

/// A file with a mode.
fn private(project: &Project, path: &str, content: &str, mode: u32) {
    project.file(path, content);
    std::fs::set_permissions(project.root().join(path), std::fs::Permissions::from_mode(mode)).unwrap();
}

/// What it says holds each of these.
#[track_caller]
fn says(output: &Output, parts: &[&str]) {
    for part in parts {
        assert!(output.stderr.contains(part), "{part}: {}", output.stderr);
    }
    assert!(!output.stderr.contains("s3cr3t") && !output.stdout.contains("s3cr3t"), "{}{}", output.stdout, output.stderr);
}
