//! Contexts for whose names a run asks before it starts.

use crate::manifests::config_map;
use infra_tests::{Cluster, Output, binary};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A manifest, and a project that protects these contexts.
fn protecting(cluster: &Cluster, protect: &str) {
    cluster.file("k8s/all.yaml", &config_map("first", "1"));
    cluster.task("apply", "", &cluster.grant());
    let text = cluster.project.read("Infrafile.toml");
    cluster.project.file("Infrafile.toml", text.replacen("[project]\n", &format!("[project]\nprotect = [{protect}]\n"), 1));
}

/// A run in a terminal of its own, where somebody types an answer.
fn typed(cluster: &Cluster, words: &str, answer: &str) -> Output {
    let call = format!("{} run k {words}", binary().display());
    let mut script = Command::new("script");
    script.args(["-qec", &call, "/dev/null"]).current_dir(cluster.project.root()).env_clear();
    let home = cluster.project.home();
    let kubeconfig = std::env::var_os("BENCH_KUBECONFIG").unwrap();
    script.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", &home).env("KUBECONFIG", kubeconfig);
    script.env("XDG_STATE_HOME", home.join("state")).env("XDG_CONFIG_HOME", home.join("config"));
    script.env("XDG_CACHE_HOME", binary().with_file_name("test-cache")).env("SHELL", "/bin/sh").env("TERM", "dumb");
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(format!("{answer}\n").as_bytes()).unwrap();
    let output = Output::from(child.wait_with_output().unwrap());
    drop(stdin);
    output
}

#[test]
fn the_name_is_typed_and_no_flag_answers() {
    let cluster = Cluster::new();
    protecting(&cluster, r#""prod-*", "be*""#);
    for args in [&["run", "k"][..], &["run", "k", "--yes"]] {
        let refused = cluster.infra(args).output().expect_code(64);
        assert!(refused.stderr.contains("protected contexts (`bench`)"), "{}", refused.stderr);
    }
    let wrong = typed(&cluster, "--yes", "yes").expect_code(64);
    assert!(
        wrong.stdout.contains("The context `bench` is protected") && wrong.stdout.contains("is not `bench`"),
        "{}",
        wrong.stdout
    );
    assert!(cluster.object("configmaps/first").is_none());
    // A plan changes nothing, and asks nothing.
    let _planned = cluster.infra(&["plan", "k", "--detailed-exitcode"]).output().expect_code(2);
    let _right = typed(&cluster, "", "bench").expect_success();
    assert!(cluster.object("configmaps/first").is_some());
    // Another context is asked for by nobody.
    protecting(&cluster, r#""prod-*""#);
    let _open = cluster.infra(&["run", "k"]).output().expect_success();
}

#[test]
fn the_policy_protects_too_and_gives_no_right_to_anything_else() {
    let cluster = Cluster::new();
    protecting(&cluster, "");
    cluster.project.file("policy.toml", "protect = [\"bench\"]\n");
    let with_policy = |args: &[&str]| cluster.infra(&[&["--policy", "policy.toml"], args].concat()).output();
    let refused = with_policy(&["run", "k"]).expect_code(64);
    assert!(refused.stderr.contains("protected contexts (`bench`)"), "{}", refused.stderr);
    // One that protects something else leaves it to the Infrafile what is allowed.
    cluster.project.file("policy.toml", "protect = [\"prod\"]\n");
    let _open = with_policy(&["run", "k"]).expect_success();
    cluster.project.file("policy.toml", "protect = [\"prod\"]\n[files]\nread = [\"**\"]\n");
    let _second_key = with_policy(&["run", "k"]).expect_code(77);
    cluster.project.file("policy.toml", "protect = \"prod\"\n");
    let _wrong = with_policy(&["run", "k"]).expect_code(78);
}
