use super::*;
use infra::testing::TestHost;

fn call(host: &TestHost, args: Value) -> Result<Value> {
    host.run(|| helm(Helm::from_json(args)?))
}

const UPGRADE: &str = "helm upgrade web charts/web --version 1.2.0 --values a.yaml --values b.yaml --set a=1\\,2 --install --namespace shop --create-namespace --atomic --wait --timeout 60s --output json";

#[test]
fn an_upgrade_says_all_that_it_was_told() {
    let answer = json!({ "name": "web", "namespace": "shop", "version": 3, "info": { "status": "deployed" }, "chart": { "metadata": { "version": "1.2.0" } } });
    let host = TestHost::new().command(UPGRADE, 0, &answer.to_string());
    let args = json!({
        "release": "web", "chart": "charts/web", "version": "1.2.0", "values": ["a.yaml", "b.yaml"], "set": { "a": "1,2" },
        "namespace": "shop", "create-namespace": true, "timeout": 60,
    });
    let result = call(&host, args).unwrap_or_default();
    assert_eq!((&result["revision"], &result["status"]), (&json!(3), &json!("deployed")), "{result}");
}

#[test]
fn what_fails_is_tried_as_often_as_was_said() {
    let host = TestHost::new().command("helm rollback web 2 --wait --timeout 300s", 1, "");
    let error = call(&host, json!({ "action": "rollback", "release": "web", "revision": 2, "attempts": 2 })).err();
    assert_eq!(error.map(|error| error.details), Some(Some(json!({ "exit_code": 1 }))));
    assert_eq!(host.calls().len(), 2);
    let missing = TestHost::new();
    assert!(call(&missing, json!({ "action": "rollback", "release": "web", "attempts": 3 })).is_err());
    assert_eq!(missing.calls().len(), 1, "a program that is not there is not tried again");
}

#[test]
fn charts_are_looked_at_without_a_cluster() {
    let host = TestHost::new().command("helm template web charts/web --namespace shop", 0, "kind: Service\n").command(
        "helm lint charts/web --values a.yaml",
        0,
        "",
    );
    let made = call(&host, json!({ "action": "template", "release": "web", "chart": "charts/web", "namespace": "shop" }));
    assert_eq!(made, Ok(json!("kind: Service")));
    assert_eq!(call(&host, json!({ "action": "lint", "chart": "charts/web", "values": ["a.yaml"] })), Ok(Value::Null));
    let needs = |args: Value| Helm::from_json(args).and_then(|params| requires(&params)).map(|grants| grants.to_json());
    assert_eq!(needs(json!({ "action": "lint" })).unwrap_or_default(), r#"{"process":[{"program":"helm"}]}"#);
    assert_eq!(
        needs(json!({ "context": "dev" })).unwrap_or_default(),
        r#"{"process":[{"program":"helm"}],"kubernetes":[{"verbs":["program"],"contexts":["dev"]}]}"#
    );
}

#[test]
fn what_is_missing_is_named() {
    for (args, name) in [
        (json!({ "chart": "a" }), "release"),
        (json!({ "release": "a" }), "chart"),
        (json!({ "action": "lint" }), "chart"),
        (json!({ "action": "history" }), "release"),
    ] {
        let error = call(&TestHost::new(), args).err().unwrap_or_else(|| Error::failed("it passed"));
        assert_eq!((error.code.as_str(), error.message), ("invalid", format!("`{name}` is missing")));
    }
}
