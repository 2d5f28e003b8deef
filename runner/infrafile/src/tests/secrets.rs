use super::{good, loaded, project, request, wrong};
use crate::load;
use infra_effect::{SecretSink, SecretSource, SinkKind};

const SECRETS: &str = r#"
[secrets]
A = "env:TOKEN"
B = "file:~/.token"
C = { cmd = ["sops", "-d", "x.yaml"], read = ["x.yaml"] }
E = "prompt:The password: of the database"
F = "vault://kv/shop/db#password"
G = "kubernetes:shop/db/password"
H = { kubernetes = "shop/db/password", context = "kind-shop" }
"#;

#[test]
fn each_source_is_read_with_its_line() {
    let infrafile = good(SECRETS);
    let texts: Vec<String> = infrafile.secrets.iter().map(|secret| secret.source.to_string()).collect();
    let expected = [
        "env:TOKEN",
        "file:~/.token",
        "cmd:sops -d x.yaml",
        "prompt:The password: of the database",
        "vault://kv/shop/db#password",
        "kubernetes:shop/db/password",
        "kubernetes:shop/db/password@kind-shop",
    ];
    assert_eq!(texts, expected);
    assert_eq!(infrafile.secrets[0].place, "Infrafile.toml:3");
    let SecretSource::Cmd { grant, .. } = &infrafile.secrets[2].source else { panic!("{infrafile:?}") };
    assert!(grant.confine && grant.read[0].0 == "x.yaml" && grant.args.matches(&["-d".into(), "x.yaml".into()]));
}

#[test]
fn what_is_no_source_is_refused_and_not_repeated() {
    let text = r#"
[secrets]
A = "hunter2"
B = "evn:TOKEN"
C = "cmd:sops -d x"
D = "vault://kv/x"
E = "env:"
F = { cmd = [] }
G = { cmd = ["x"], reed = [] }
H = 3
I = "kubernetes:shop/db"
J = { kubernetes = "shop/db", kontext = "x" }
K = "valut://kv/x#y"
"a b" = "env:X"
"#;
    let problems = loaded(text, &[]).unwrap_err();
    assert!(problems.all.iter().all(|problem| !problem.message.contains("hunter2")));
    insta::assert_snapshot!(problems.render(false));
}

#[test]
fn a_secret_stands_where_it_stays_one() {
    let tasks = r#"
[tasks.a]
run = ["psql"]
env = { PGPASSWORD = "${secrets.A}", URL = "x:${secrets.B}@y" }
[tasks.b]
uses = "std/x"
with = { deep = [{ token = "${secrets.C}" }] }
needs = [{ task = "c", with = { X = "${secrets.A}" } }]
allow = [{ secrets = [{ name = "C", to = ["process:curl", "docker:postgres:16*"], reveal = true }] }]
[tasks.c]
params = { X = "" }
run = ["true"]
"#;
    let infrafile = good(&format!("{SECRETS}{tasks}"));
    let grant = &infrafile.tasks["b"].allow.secrets[0];
    assert_eq!(grant.to[1], SecretSink::new(SinkKind::Docker, "postgres:16*"));
    assert!(grant.reveal);
}

#[test]
fn a_secret_stands_nowhere_else() {
    let tasks = r#"
[tasks.a]
run = ["curl", "-H", "X: ${secrets.A}"]
dir = "${secrets.A}"
env = { X = "${secrets.NONE}", Y = "${secrets.A:json}" }
matrix = { m = ["${secrets.A}"] }
preconditions = [{ exists = "${secrets.A}" }]
allow = [{ secrets = [{ name = "A" }, { to = ["psql"] }] }]
"#;
    insta::assert_snapshot!(wrong(&format!("{SECRETS}{tasks}")));
}

#[test]
fn an_included_file_gets_no_secrets() {
    let root = "[secrets]\nA = 'env:X'\n[[include]]\npath = 'ops.toml'\nnamespace = 'ops'\n\
                allow = [{ process = [{ program = 'x' }], secrets = [{ name = 'A', to = ['process:x'] }] }]\n";
    let ops = "[secrets]\nB = 'env:HOME'\n[tasks.t]\nrun = ['x']\nenv = { X = '${secrets.A}' }\n\
               allow = [{ secrets = [{ name = 'A', to = ['process:x'] }] }]\n";
    let directory = project(&[("Infrafile.toml", root), ("ops.toml", ops)]);
    insta::assert_snapshot!(load(&request(&directory, &[])).unwrap_err().render(false));
}
