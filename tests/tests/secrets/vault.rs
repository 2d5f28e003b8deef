//! From a Vault: a server that answers as HashiCorp's does for the KV engine of version 2.

use super::{SECRET, from, private, says, with_policy};
use infra_tests::{HttpAnswer, HttpAsked, HttpServer, Infra, Output, Project};
use serde_json::{Value, json};

pub(super) const TOKEN: &str = "hvs.CAESIJdGhlLXRva2VuLW9mLXRoZS10ZXN0";

/// The engine `kv` with one secret, which only the token reads.
pub(super) fn vault(secret: &str) -> HttpServer {
    let secret = secret.to_owned();
    HttpServer::start(move |asked| answer(asked, &secret))
}

fn answer(asked: &HttpAsked, secret: &str) -> HttpAnswer {
    let error = |status, errors: &[&str]| HttpAnswer::new(status, json!({ "errors": errors }));
    let metadata = |deleted: &str| {
        json!({ "created_time": "2026-01-01T00:00:00.000000000Z", "custom_metadata": null, "deletion_time": deleted,
                "destroyed": false, "version": 4 })
    };
    let envelope = |data: Value| {
        json!({ "request_id": "4c8a", "lease_id": "", "renewable": false, "lease_duration": 0, "data": data, "wrap_info": null,
                "warnings": null, "auth": null, "mount_type": "kv" })
    };
    if asked.headers.get("x-vault-token").map(String::as_str) != Some(TOKEN) {
        return error(403, &["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]);
    }
    match asked.path.as_str() {
        "/v1/kv/data/shop/db" | "/v1/team/kv/data/a%20b" => {
            let data = json!({ "password": secret, "port": 5432, "other": "n0t-asked-for" });
            HttpAnswer::new(200, envelope(json!({ "data": data, "metadata": metadata("") })))
        }
        "/v1/kv/data/gone" => {
            HttpAnswer::new(404, envelope(json!({ "data": null, "metadata": metadata("2026-02-01T00:00:00.000000000Z") })))
        }
        "/v1/kv/data/closed" => error(403, &["1 error occurred:\n\t* permission denied\n\n"]),
        "/v1/kv/data/moved" => HttpAnswer::to("http://127.0.0.1:1/v1/kv/data/shop/db"),
        "/v1/old/data/shop/db" => HttpAnswer::new(200, envelope(json!({ "password": secret }))),
        path if path.starts_with("/v1/kv/") => error(404, &[]),
        path => error(404, &[&format!("no handler for route \"{}\". route entry not found.", path.trim_start_matches("/v1/"))]),
    }
}

fn call(project: &Project, server: &HttpServer) -> Infra {
    project.infra(&["run", "use"]).env("VAULT_ADDR", server.url("")).env("VAULT_TOKEN", TOKEN)
}

#[test]
fn a_secret_comes_from_a_vault() {
    let server = vault(SECRET);
    let project = from("'vault://kv/shop/db#password'");
    call(&project, &server).output().expect_success();
    let asked = server.asked();
    assert_eq!((asked.len(), asked[0].method.as_str(), asked[0].path.as_str()), (1, "GET", "/v1/kv/data/shop/db"));
    // A mount of two segments, a name that must be encoded, a slash behind the address, a namespace.
    let project = from("'vault://team%2Fkv/a b#password'");
    let call = call(&project, &server).env("VAULT_ADDR", server.url("/")).env("VAULT_NAMESPACE", "shop/");
    call.output().expect_success();
    assert_eq!(server.asked()[1].headers["x-vault-namespace"], "shop/");
    // What is never used is never asked for.
    let project = Project::new("[secrets]\nPW = 'vault://kv/shop/db#password'\n[tasks.use]\nrun = ['true']\n");
    project.infra(&["run", "use"]).output().expect_success();
}

#[test]
fn the_token_comes_from_the_file_that_a_login_leaves() {
    let server = vault(SECRET);
    let project = from("'vault://kv/shop/db#password'");
    let run = || project.infra(&["run", "use"]).env("VAULT_ADDR", server.url("")).output();
    let none = run().expect_code(1);
    says(&none, &["there is no token", "VAULT_TOKEN", "~/.vault-token", "vault login"]);
    private(&project, "../home/.vault-token", &format!("{TOKEN}\n"), 0o644);
    says(&run().expect_code(77), &["others than its owner can read or write", "chmod 600"]);
    private(&project, "../home/.vault-token", &format!("{TOKEN}\n"), 0o600);
    run().expect_success();
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn what_a_vault_refuses_or_lacks_is_said() {
    let server = vault(SECRET);
    let fails = |source: &str, parts: &[&str]| {
        let output = call(&from(&format!("'{source}'")), &server).output().expect_code(1);
        says(&output, &["the secret `PW`", source, "Infrafile.toml:2"]);
        says(&output, parts);
        for hidden in [TOKEN, "n0t-asked-for"] {
            assert!(!output.stderr.contains(hidden), "{}", output.stderr);
        }
    };
    fails(
        "vault://kv/closed#password",
        &["refuses the token with 403: 1 error occurred:; * permission denied", "kv/data/closed"],
    );
    fails("vault://kv/shop/db#pasword", &["`kv/shop/db` has no key `pasword`", "it has `password`, `port`, `other`"]);
    fails("vault://kv/shop/dbx#password", &["there is nothing at `kv/shop/dbx`", "vault kv get -mount=kv shop/dbx"]);
    fails(
        "vault://kx/shop/db#password",
        &["there is nothing at `kx/shop/db`: no handler for route", "the first segment is the mount"],
    );
    fails("vault://kv/gone#password", &["version 4 of `kv/gone`, the newest, was deleted", "vault kv undelete"]);
    fails("vault://old/shop/db#password", &["is no secret of KV version 2"]);
    fails("vault://kv/moved#password", &["sends on to http://127.0.0.1:1/", "set VAULT_ADDR"]);
}

#[test]
fn a_vault_that_cannot_be_asked_is_named() {
    let project = from("'vault://kv/shop/db#password'");
    let run = |set: &[(&str, &str)]| -> Output {
        let call = project.infra(&["run", "use"]).env("VAULT_TOKEN", TOKEN);
        set.iter().fold(call, |call, (name, value)| call.env(name, value)).output()
    };
    says(&run(&[]).expect_code(1), &["VAULT_ADDR is not set", "export VAULT_ADDR="]);
    let free = infra_tests::free_port();
    let address = format!("http://127.0.0.1:{free}");
    let refused = run(&[("VAULT_ADDR", &address)]).expect_code(69);
    says(&refused, &["PW", &format!("nothing listens on 127.0.0.1:{free}")]);
    says(&run(&[("VAULT_ADDR", "127.0.0.1:8200")]).expect_code(1), &["is not a URL that can be asked"]);
    let wrong = vault(SECRET);
    let denied = run(&[("VAULT_ADDR", &wrong.url("")), ("VAULT_TOKEN", "hvs.another-token")]).expect_code(1);
    says(&denied, &["403", "* invalid token", "vault login"]);
    assert!(!denied.stderr.contains("hvs.another-token"), "{}", denied.stderr);
}

#[test]
fn a_policy_says_which_vault_is_asked_for_what() {
    let server = vault(SECRET);
    let project = from("'vault://kv/shop/db#password'");
    let with = |http: &str, from: &str| {
        let secrets = format!("secrets = [{{ name = 'PW', from = ['{from}'], to = ['process:sh'] }}]");
        project.file("policy.toml", format!("process = [{{ program = 'sh' }}]\n{secrets}\n{http}"));
        with_policy(&project).env("VAULT_ADDR", server.url("")).env("VAULT_TOKEN", TOKEN).output()
    };
    let http =
        |path: &str| format!("http = [{{ hosts = ['127.0.0.1:{}'], methods = ['GET'], paths = ['{path}'] }}]", server.port());
    with(&http("/v1/kv/data/**"), "vault://kv/shop/**").expect_success();
    let asked = server.asked().len();
    says(&with(&http("/v1/kv/data/**"), "vault://other/**").expect_code(77), &["secret.use", "not allowed by the policy"]);
    says(&with(&http("/v1/other/**"), "vault://**").expect_code(77), &["/v1/kv/data/shop/db", "not allowed by the policy"]);
    says(&with("", "vault://**").expect_code(77), &["http = [{"]);
    assert_eq!(server.asked().len(), asked);
}
