use super::*;
use infra::testing::TestHost;

fn call(host: &TestHost, args: Value) -> Result<Value> {
    host.run(|| status(Status::from_json(args)?))
}

fn world() -> TestHost {
    let deployment = json!({ "kind": "Deployment", "metadata": { "name": "web", "namespace": "shop" }, "spec": { "replicas": 2,
        "template": { "spec": { "containers": [{ "image": "web:1" }] } } }, "status": { "readyReplicas": 1 } });
    let application = json!({ "kind": "Application", "metadata": { "name": "root", "namespace": "argocd" },
        "status": { "sync": { "status": "Synced" }, "health": { "status": "Healthy" } } });
    TestHost::new()
        .object(deployment)
        .object(application)
        .container("test-db", json!({ "State": { "Status": "running" }, "Labels": { "dev.infra.project": "test" } }))
}

#[test]
fn everything_is_on_one_page() {
    let page = call(&world(), json!({ "namespaces": ["shop"], "argocd": "argocd" })).unwrap_or_default();
    assert_eq!((&page["services"][0]["container"], &page["services"][0]["state"]), (&json!("test-db"), &json!("running")));
    assert_eq!((&page["workloads"][0]["workload"], &page["workloads"][0]["ready"]), (&json!("Deployment/web"), &json!("1/2")));
    assert_eq!(page["applications"], json!([{ "application": "root", "sync": "Synced", "health": "Healthy" }]));
}

#[test]
fn what_does_not_answer_is_told_and_the_rest_is_shown() {
    let page = call(&world().without_cluster(), json!({})).unwrap_or_default();
    assert_eq!(page["services"].as_array().map(Vec::len), Some(1));
    assert_eq!(page.get("workloads"), None);
    let page = call(&world().without_docker(), json!({ "namespaces": ["shop"] })).unwrap_or_default();
    assert_eq!((&page["services"], page["workloads"].as_array().map(Vec::len)), (&json!([]), Some(1)));
}

#[test]
fn what_was_left_out_stands_at_the_end() {
    let host = world();
    let page = call(&host, json!({ "incomplete": "there is no cluster: install k3d" })).unwrap_or_default();
    assert_eq!(page["incomplete"], "bootstrap incomplete: there is no cluster: install k3d");
    assert!(!host.calls().iter().any(|call| call.starts_with("kubernetes.")), "{:?}", host.calls());
    assert!(call(&host, json!({})).is_ok_and(|page| page.get("incomplete").is_none()));
}
