//! From a Secret of a cluster: a server that answers as an API server does.

use super::{SECRET, from, says, with_policy};
use infra_tests::{HttpAnswer, HttpAsked, HttpServer, Infra, Project};
use serde_json::json;

const TOKEN: &str = "t0ken-of-the-kubeconfig";

/// A cluster with the Secret `shop/db`.
pub(super) fn cluster(secret: &str) -> HttpServer {
    let output =
        std::process::Command::new("sh").args(["-c", "printf %s \"$S\" | base64 -w0"]).env("S", secret).output().unwrap();
    let encoded = String::from_utf8(output.stdout).unwrap();
    HttpServer::start(move |asked| answer(asked, &encoded))
}

fn answer(asked: &HttpAsked, encoded: &str) -> HttpAnswer {
    let status = |code: u16, reason: &str, message: &str| {
        let body = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason,
                           "code": code });
        HttpAnswer::new(code, body)
    };
    if asked.headers.get("authorization").map(String::as_str) != Some(&format!("Bearer {TOKEN}")) {
        return status(401, "Unauthorized", "Unauthorized");
    }
    match asked.path.split('?').next().unwrap_or_default() {
        "/version" => HttpAnswer::new(200, json!({ "major": "1", "minor": "30", "gitVersion": "v1.30.0" })),
        "/api/v1" => {
            let secrets = json!({ "name": "secrets", "singularName": "secret", "namespaced": true, "kind": "Secret",
                                  "verbs": ["get", "list"] });
            HttpAnswer::new(200, json!({ "kind": "APIResourceList", "groupVersion": "v1", "resources": [secrets] }))
        }
        "/api/v1/namespaces/shop/secrets/db" => {
            let body = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "db", "namespace": "shop" },
                               "type": "Opaque", "data": { "password": encoded, "user": "bWU=" } });
            HttpAnswer::new(200, body)
        }
        "/api/v1/namespaces/closed/secrets/db" => {
            status(403, "Forbidden", "secrets \"db\" is forbidden: User \"me\" cannot get it")
        }
        path => status(404, "NotFound", &format!("{path} not found")),
    }
}

/// The kubeconfig of the cluster, with two contexts.
pub(super) fn kubeconfig(project: &Project, server: &HttpServer, user: &str) -> std::path::PathBuf {
    let clusters = format!("clusters: [{{ name: c, cluster: {{ server: '{}' }} }}]", server.url(""));
    let users = format!("users: [{{ name: u, user: {user} }}, {{ name: nobody, user: {{ token: wrong }} }}]");
    let contexts =
        "contexts: [{ name: here, context: { cluster: c, user: u } }, { name: there, context: { cluster: c, user: nobody } }]";
    project.file("kubeconfig", format!("apiVersion: v1\nkind: Config\ncurrent-context: here\n{clusters}\n{users}\n{contexts}\n"));
    project.root().join("kubeconfig")
}

/// A user with the token.
pub(super) fn token() -> String {
    format!("{{ token: {TOKEN} }}")
}

fn call(project: &Project, server: &HttpServer) -> Infra {
    project.infra(&["run", "use"]).env("KUBECONFIG", kubeconfig(project, server, &token()))
}

#[test]
fn a_secret_comes_from_a_cluster() {
    let server = cluster(SECRET);
    for source in ["'kubernetes:shop/db/password'", "{ kubernetes = 'shop/db/password', context = 'here' }"] {
        let project = from(source);
        call(&project, &server).output().expect_success();
    }
    let project = from("{ kubernetes = 'shop/db/password', context = 'there' }");
    says(&call(&project, &server).output(), &["kubernetes:shop/db/password@there", "Infrafile.toml:2", "nauthorized"]);
}

#[test]
fn what_a_cluster_refuses_or_lacks_is_said() {
    let server = cluster(SECRET);
    for (source, parts) in [
        ("shop/db/pass", ["the Secret `shop/db` has no key `pass`", "it has `password`, `user`"]),
        ("shop/none/password", ["there is no Secret `none` in `shop` of `here`", "kubectl --context here"]),
        ("closed/db/password", ["is forbidden", "PW"]),
    ] {
        let project = from(&format!("'kubernetes:{source}'"));
        let output = call(&project, &server).output();
        assert_ne!(output.code, Some(0));
        says(&output, &parts);
    }
    let project = from("{ kubernetes = 'shop/db/password', context = 'nowhere' }");
    says(&call(&project, &server).output().expect_code(1), &["there is no context `nowhere`", "`here`, `there`"]);
    // No program is started for it, whatever the kubeconfig says.
    let project = from("'kubernetes:shop/db/password'");
    let plugin =
        "{ exec: { apiVersion: client.authentication.k8s.io/v1, command: touch, args: [started], interactiveMode: Never } }";
    let kubeconfig = kubeconfig(&project, &server, plugin);
    let output = project.infra(&["run", "use"]).env("KUBECONFIG", kubeconfig).output();
    says(&output, &["has a plugin, which is not started for a secret", "cmd ="]);
    assert!(output.code != Some(0) && !project.has("started"));
}

#[test]
fn a_policy_says_which_secrets_of_which_cluster() {
    let server = cluster(SECRET);
    let project = from("'kubernetes:shop/db/password'");
    let with = |secrets: &str| {
        let kubernetes = format!(
            "kubernetes = [{{ contexts = ['here'], namespaces = ['shop'], kinds = ['Secret'], verbs = ['get']{secrets} }}]"
        );
        let may =
            "process = [{ program = 'sh' }]\nsecrets = [{ name = '*', from = ['kubernetes:shop/**'], to = ['process:sh'] }]";
        project.file("policy.toml", format!("{may}\n{kubernetes}\n"));
        with_policy(&project).env("KUBECONFIG", kubeconfig(&project, &server, &token())).output()
    };
    with(", secrets = ['db']").expect_success();
    assert_ne!(with("").code, Some(0));
}
