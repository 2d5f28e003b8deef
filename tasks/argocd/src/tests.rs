use super::*;
use infra::testing::TestHost;
use infra::{Error, kubernetes::Target};

fn call(host: &TestHost, args: Value) -> Result<Value, Error> {
    host.run(|| argocd(Argocd::from_json(args)?))
}

fn application(name: &str, status: Value) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": { "name": name, "namespace": "argocd" }, "status": status,
    })
}

fn state(sync: &str, health: &str) -> Value {
    json!({ "sync": { "status": sync, "revision": "0123456789abcdef0123456789abcdef01234567" }, "health": { "status": health } })
}

/// Of each row its words.
fn words(table: &Value) -> Vec<String> {
    let rows = table.as_array().cloned().unwrap_or_default();
    let word = |row: &Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
    rows.iter().map(|row| ["name", "sync", "health", "revision", "message"].map(|key| word(row, key)).join(" ")).collect()
}

#[test]
fn what_is_well_is_a_table() {
    let set = |name: &str, conditions: Value| json!({ "kind": "ApplicationSet", "metadata": { "name": name, "namespace": "argocd" }, "status": { "conditions": conditions } });
    let host = TestHost::new()
        .object(application("web", state("Synced", "Healthy")))
        .object(application("api", state("Synced", "Progressing")))
        .object(application("elsewhere", state("OutOfSync", "Degraded")).as_object().map_or(Value::Null, |object| {
            let mut object = object.clone();
            object["metadata"]["namespace"] = json!("other");
            Value::Object(object)
        }))
        .object(set(
            "all",
            json!([{ "type": "ErrorOccurred", "status": "False" }, { "type": "ResourcesUpToDate", "status": "True" }]),
        ))
        .object(json!({ "kind": "AppProject", "metadata": { "name": "default", "namespace": "argocd" } }));
    let table = call(&host, json!({})).unwrap_or_default();
    assert_eq!(
        words(&table),
        ["api Synced Progressing 01234567 ", "web Synced Healthy 01234567 ", "all Synced Healthy - ", "default - - - "]
    );
}

#[test]
fn what_is_not_well_fails_with_the_table() {
    let cases = [
        (state("OutOfSync", "Healthy"), "Application x is OutOfSync"),
        (state("Synced", "Degraded"), "Application x is Degraded"),
        (state("Synced", "Missing"), "Application x is Missing"),
        (json!({}), "Application x is Unknown and Unknown"),
        (
            json!({ "sync": { "status": "Synced" }, "health": { "status": "Degraded", "message": "no pods" } }),
            "Application x is Degraded: no pods",
        ),
        (
            json!({ "sync": { "status": "Unknown" }, "health": { "status": "Healthy" }, "conditions": [{ "type": "ComparisonError", "message": "no such path" }] }),
            "Application x is Unknown: no such path",
        ),
        (
            json!({ "sync": { "status": "OutOfSync" }, "health": { "status": "Healthy" }, "operationState": { "phase": "Failed", "message": "one object" } }),
            "Application x is OutOfSync: one object",
        ),
    ];
    for (status, expected) in cases {
        let host = TestHost::new().object(application("x", status));
        let error = call(&host, json!({})).err().unwrap_or_else(|| Error::failed("it passed"));
        assert_eq!((error.code.as_str(), error.message), ("failed", format!("1 of 1 are not well: {expected}")));
        assert_eq!(error.details.map(|details| details["result"].as_array().map_or(0, Vec::len)), Some(1));
    }
    let planned = call(&TestHost::new().object(application("x", json!({}))).planning(), json!({})).err();
    assert_eq!(planned.map(|error| error.code).as_deref(), Some("unknown-until-applied"));
}

#[test]
fn a_set_that_cannot_make_its_applications_is_degraded() {
    let broken = json!({ "kind": "ApplicationSet", "metadata": { "name": "all", "namespace": "argocd" }, "status": {
        "conditions": [{ "type": "ErrorOccurred", "status": "True", "message": "no cluster" }] } });
    let error = call(&TestHost::new().object(broken), json!({})).err().map(|error| error.message);
    assert_eq!(error.as_deref(), Some("1 of 1 are not well: ApplicationSet all is Unknown and Degraded: no cluster"));
}

#[test]
fn names_are_those_of_applications() {
    let host = TestHost::new().object(application("web", state("Synced", "Healthy"))).object(application("api", json!({})));
    assert_eq!(call(&host, json!({ "names": ["web"] })).map(|table| words(&table).len()), Ok(1));
    let missing = call(&host, json!({ "names": ["web", "none"] })).err().map(|error| error.code);
    assert_eq!(missing.as_deref(), Some("not-found"));
}

#[test]
fn a_sync_is_asked_for_once_and_not_while_another_is_under_way() {
    let mut busy = application("web", state("OutOfSync", "Healthy"));
    busy["operation"] = json!({ "sync": {} });
    let host = TestHost::new().object(busy);
    assert_eq!(call(&host, json!({ "action": "sync" })).err().map(|error| error.code).as_deref(), Some("conflict"));
    assert!(!host.calls().iter().any(|call| call.starts_with("kubernetes.patch")), "{:?}", host.calls());

    let host = TestHost::new().object(application("web", state("OutOfSync", "Healthy"))).planning();
    let planned = call(&host, json!({ "action": "sync", "prune": true, "revision": "v2" }));
    assert!(planned.is_ok(), "{planned:?}");
    let asked = r#"kubernetes.patch argocd/Application/web {"operation":{"initiatedBy":{"username":"infra"},"sync":{"syncStrategy":{"hook":{}},"prune":true,"revision":"v2"}}}"#;
    assert_eq!(host.calls().last().map(String::as_str), Some(asked));
}

#[test]
fn a_wait_ends_early_where_it_is_hopeless() {
    let failed = json!({ "sync": { "status": "OutOfSync" }, "health": { "status": "Missing" }, "operationState": { "phase": "Failed", "message": "denied" } });
    let error = call(&TestHost::new().object(application("web", failed)), json!({ "action": "wait" })).err();
    assert_eq!(
        error.map(|error| error.message).as_deref(),
        Some("web will not become well: its last operation has failed: denied")
    );
    let late = TestHost::new().object(application("web", state("Synced", "Progressing")));
    let error = call(&late, json!({ "action": "wait", "timeout": 0 })).err().unwrap_or_else(|| Error::failed("it passed"));
    assert_eq!((error.code.as_str(), error.message.as_str()), ("timeout", "it took too long: web: Synced, Progressing"));
}

#[test]
fn manifests_go_into_the_namespace_and_are_waited_for() {
    let target = Target::new("Deployment", "argocd-server").within("argocd");
    let applied = kubernetes::Applied { target, change: kubernetes::Change::Created, fields: vec![], not_validated: None };
    let host = TestHost::new().file("argo/install.yaml", "kind: Deployment\n").applied(applied);
    assert!(call(&host, json!({ "action": "install", "files": ["argo/*.yaml"] })).is_ok());
    let calls = host.calls();
    assert!(calls.contains(&"kubernetes.apply 2 documents".to_owned()), "{calls:?}");
    assert_eq!(calls.last().map(String::as_str), Some("kubernetes.wait argocd/Deployment/argocd-server Ready"));
    assert!(call(&host, json!({ "action": "install" })).is_err());
    assert!(call(&host, json!({ "action": "root", "url": "https://git.example/x" })).is_err());
    assert!(call(&host, json!({ "action": "repository", "name": "x" })).is_err());
}

#[test]
fn what_a_call_needs_is_told_before() {
    let needs = |args: Value| Argocd::from_json(args).and_then(|params| requires(&params)).map(|grants| grants.to_json());
    assert_eq!(
        needs(json!({ "context": "dev" })).unwrap_or_default(),
        r#"{"kubernetes":[{"kinds":["Application.argoproj.io","ApplicationSet.argoproj.io","AppProject.argoproj.io"],"verbs":["get"],"namespaces":["argocd"],"contexts":["dev"]}]}"#
    );
    let secret = needs(json!({ "action": "repository", "name": "apps", "password-file": "token" })).unwrap_or_default();
    assert!(secret.contains(r#""secrets":["repository-apps"]"#) && secret.contains(r#""read":["token"]"#), "{secret}");
}
