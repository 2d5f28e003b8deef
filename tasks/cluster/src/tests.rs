use super::*;
use infra::testing::TestHost;

fn call(host: &TestHost, args: Value) -> Result<Value> {
    host.run(|| cluster(Cluster::from_json(args)?))
}

fn node(host: TestHost) -> TestHost {
    host.object(json!({ "kind": "Node", "metadata": { "name": "one" } }))
}

const LIST: &str = "k3d cluster list --output json";
const CREATE: &str = "k3d cluster create dev --wait --timeout 300s --kubeconfig-switch-context=false";
const MERGE: &str = "k3d kubeconfig merge dev --kubeconfig-merge-default --kubeconfig-switch-context=false";

fn k3d(listed: &str) -> TestHost {
    node(TestHost::new()).command(LIST, 0, listed).command(CREATE, 0, "").command(MERGE, 0, "/home/me/.kube/config\n").command(
        "k3d cluster start dev --wait",
        0,
        "",
    )
}

#[test]
fn what_is_installed_makes_it_once() {
    for (listed, made) in [("[]", true), (r#"[{"name":"dev","serversRunning":1}]"#, false)] {
        let host = k3d(listed);
        let told = call(&host, json!({ "name": "dev" })).unwrap_or_default();
        assert_eq!(
            told,
            json!({ "cluster": "k3d", "context": "k3d-dev", "kubeconfig": "/home/me/.kube/config", "nodes": 1, "ready": true, "incomplete": null })
        );
        assert_eq!(host.calls().contains(&format!("process.run {CREATE}")), made, "{:?}", host.calls());
    }
    let stopped = k3d(r#"[{"name":"dev","serversRunning":0}]"#);
    assert!(call(&stopped, json!({ "name": "dev" })).is_ok());
    assert!(stopped.calls().contains(&"process.run k3d cluster start dev --wait".to_owned()), "{:?}", stopped.calls());
}

#[test]
fn kind_is_taken_where_there_is_no_k3d() {
    let create = "kind create cluster --name infra --wait 300s --config kind.yaml";
    let host = node(TestHost::new()).command("kind get clusters", 0, "other\n").command(create, 0, "").command(
        "kind export kubeconfig --name infra",
        0,
        "",
    );
    let told = call(&host, json!({ "config": "kind.yaml" })).unwrap_or_default();
    assert_eq!((&told["context"], &told["kubeconfig"]), (&json!("kind-infra"), &Value::Null));
    assert!(host.calls().contains(&format!("process.run {create}")), "{:?}", host.calls());
}

#[test]
fn without_a_program_the_result_says_what_is_missing() {
    let told = call(&TestHost::new(), json!({})).unwrap_or_default();
    assert_eq!((&told["context"], &told["ready"]), (&Value::Null, &json!(false)));
    assert!(told["incomplete"].as_str().is_some_and(|text| text.contains("install k3d")), "{told}");
    let unwanted = call(&TestHost::new(), json!({ "cluster": "none" })).unwrap_or_default();
    assert_eq!(unwanted["incomplete"], Value::Null);
    let wanted = call(&TestHost::new(), json!({ "cluster": "kind" })).err();
    assert_eq!(wanted.map(|error| error.code).as_deref(), Some("unavailable"));
}

#[test]
fn an_existing_one_is_taken_as_it_is() {
    for args in [json!({ "cluster": "existing", "context": "dev" }), json!({ "context": "dev" })] {
        // A program that could make one is left alone.
        let host = k3d("[]");
        let told = call(&host, args).unwrap_or_default();
        assert_eq!((&told["cluster"], &told["context"], &told["nodes"]), (&json!("existing"), &json!("dev"), &json!(1)));
        assert!(!host.calls().iter().any(|call| call.starts_with("process.")), "{:?}", host.calls());
        assert!(call(&host, json!({ "action": "delete", "context": "dev" })).is_ok_and(|told| told["deleted"] == false));
    }
    let empty = call(&TestHost::new(), json!({ "cluster": "existing" })).err();
    assert_eq!(empty.map(|error| error.code).as_deref(), Some("unavailable"));
}

#[test]
fn what_was_made_is_deleted_once() {
    let host = k3d(r#"[{"name":"dev","serversRunning":1}]"#).command("k3d cluster delete dev", 0, "");
    assert_eq!(call(&host, json!({ "action": "delete", "name": "dev" })), Ok(json!({ "cluster": "k3d", "deleted": true })));
    assert_eq!(call(&k3d("[]"), json!({ "action": "delete", "name": "dev" })), Ok(json!({ "cluster": "k3d", "deleted": false })));
}

#[test]
fn what_a_call_needs_is_told_before() {
    let needs = |args: Value| {
        Cluster::from_json(args).and_then(|params| requires(&params)).map(|grants| grants.to_json()).unwrap_or_default()
    };
    let auto = needs(json!({ "name": "dev" }));
    assert!(auto.contains(r#""process":[{"program":"k3d"},{"program":"kind"}]"#), "{auto}");
    assert!(auto.contains(r#""contexts":["k3d-dev","kind-dev"]"#), "{auto}");
    assert_eq!(needs(json!({ "cluster": "none" })), "{}");
    assert!(!needs(json!({ "cluster": "existing" })).contains("process"));
}
