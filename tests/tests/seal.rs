//! `std/seal`: what is sealed can be opened by the controller's key, and the plain text is nowhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{Infra, Project};
use std::process::{Command, Output};

fn openssl(project: &Project, words: &str) -> Output {
    Command::new("openssl").args(words.split(' ')).current_dir(project.root()).output().unwrap()
}

fn project(reveal: &str, more: &str) -> Project {
    let project = Project::new(&format!(
        r#"
[project]
name = "demo"

[secrets]
DB = "env:DB"

[tasks.seal]
uses  = "std/seal"
with  = {{ name = "db", namespace = "shop", data = {{ password = "${{secrets.DB}}" }}, certificate = "cert.pem", into = "k8s/db.yaml" }}
allow = [
  {{ files = {{ read = ["cert.pem"], write = ["k8s/**"] }} }},
  {{ secrets = [{{ name = "DB"{reveal} }}] }},
]
{more}

[tasks.list]
uses  = "std/seal"
with  = {{ action = "list", files = ["k8s/*.yaml"] }}
allow = [{{ files = {{ read = ["k8s/**"] }} }}]
"#
    ));
    let made =
        openssl(&project, "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=sealed-secret");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    project.file("k8s/README", "sealed secrets\n");
    project
}

fn run(project: &Project) -> Infra {
    project.infra(&["run", "seal", "-v"]).env("DB", "hunter-two-two")
}

#[test]
fn only_the_key_of_the_controller_opens_it_and_the_plain_text_is_nowhere() {
    let project = project(", reveal = true", "");
    let sealed = run(&project).output().expect_success();
    let text = project.read("k8s/db.yaml");
    let value = text.lines().find_map(|line| line.trim().strip_prefix("password: \"")).unwrap().trim_end_matches('"').to_owned();
    project.file("value", value);
    let script = "base64 -d value >bytes && tail -c +3 bytes | head -c 256 >wrapped";
    assert!(Command::new("sh").args(["-c", script]).current_dir(project.root()).status().unwrap().success());
    let decrypt = "pkeyutl -decrypt -inkey key.pem -in wrapped -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_oaep_label:";
    let label = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let key = openssl(&project, &format!("{decrypt}{}", label("shop/db")));
    assert_eq!((key.status.success(), key.stdout.len()), (true, 32), "{}", String::from_utf8_lossy(&key.stderr));
    let elsewhere = openssl(&project, &format!("{decrypt}{}", label("other/db")));
    assert!(!elsewhere.status.success(), "under another name it stays closed");

    let journal = std::fs::read(project.home().join("state/infra/journal.sqlite")).unwrap();
    for place in [text, format!("{}{}", sealed.stdout, sealed.stderr), String::from_utf8_lossy(&journal).into_owned()] {
        assert!(!place.contains("hunter-two-two"), "{place}");
    }
    let listed = project.infra(&["run", "list", "--json"]).output().expect_success();
    assert!(listed.stdout.contains("\"due\": false") && listed.stdout.contains("\"scope\": \"strict\""), "{}", listed.stdout);
}

#[test]
fn a_secret_that_may_not_be_told_is_not_sealed() {
    let project = project(", to = [\"process:psql\"]", "");
    let refused = run(&project).output().expect_code(77);
    assert!(refused.stderr.contains("reveal") && !project.has("k8s/db.yaml"), "{}", refused.stderr);
}

#[test]
fn a_task_whose_random_numbers_can_be_foretold_seals_nothing() {
    let project = project(", reveal = true", "inputs  = [\"cert.pem\"]\noutputs = [\"k8s/db.yaml\"]\ncache   = true");
    let refused = run(&project).output().expect_code(1);
    assert!(refused.stderr.contains("foretold") && !project.has("k8s/db.yaml"), "{}", refused.stderr);
}
