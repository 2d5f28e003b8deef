use super::*;
use infra::kubernetes::{Applied, Change, LogLine, Target};
use infra::testing::TestHost;

fn params(values: Value) -> Kubernetes {
    Kubernetes::from_json(values).unwrap_or_else(|error| unreachable!("{error}"))
}

fn run(host: &TestHost, values: Value) -> Result<Value> {
    host.run(|| kubernetes(params(values)))
}

fn applied(kind: &str, name: &str, change: Change) -> Applied {
    Applied { target: Target::new(kind, name).within("shop"), change, fields: vec![], not_validated: None }
}

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: shop }\nspec:\n  replicas: 3\n  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec:\n      containers: [{ name: web, image: \"web:1\", resources: { requests: { cpu: 500m } } }]\n";

fn quota(cpu: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "q", "namespace": "shop" }, "spec": { "hard": { "requests.cpu": cpu } } })
}

#[test]
fn what_is_applied_is_watched() {
    let host = TestHost::new().file("a/web.yaml", WEB).applied(applied("Deployment", "web", Change::Created));
    let rows = run(&host, json!({ "files": ["a"], "context": "dev", "prune": "shop" }));
    assert_eq!(rows, Ok(json!([{ "kind": "Deployment", "namespace": "shop", "name": "web", "change": "created" }])));
    let calls = host.calls();
    assert!(calls.contains(&"kubernetes.open dev".to_owned()), "{calls:?}");
    assert!(calls.contains(&"kubernetes.apply 1 documents as shop".to_owned()), "{calls:?}");
    assert_eq!(calls.last().map(String::as_str), Some("kubernetes.wait shop/Deployment/web Ready"));
}

#[test]
fn a_quota_is_looked_at_before_anything_is_sent() {
    let host = TestHost::new().file("web.yaml", WEB).object(quota("1"));
    let error = run(&host, json!({ "files": ["web.yaml"] })).map_err(|error| error.message);
    assert_eq!(error, Err("the quota does not leave as much as is asked for; nothing was sent\n  shop: requests.cpu of the quota q is 1; others use 0, and 1500m are asked for".to_owned()));
    assert!(!host.calls().iter().any(|call| call.starts_with("kubernetes.apply")), "{:?}", host.calls());
    for (cpu, others, fits) in [("1500m", false, true), ("1800m", true, false), ("2", true, true)] {
        let mut host = TestHost::new().file("web.yaml", WEB).object(quota(cpu));
        if others {
            let containers = json!([{ "resources": { "requests": { "cpu": "0.4" } } }]);
            host = host.object(json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "other", "namespace": "shop" }, "spec": { "containers": containers } }));
        }
        assert_eq!(run(&host, json!({ "files": ["web.yaml"] })).is_ok(), fits, "{cpu}");
    }
}

#[test]
fn an_overlay_is_laid_over_the_base_of_its_category() {
    let files = |host: TestHost| {
        host.file("k/a/base/a.yaml", "apiVersion: v1\nkind: A\nmetadata: { name: base }\n")
            .file("k/a/overlays/dev/a.yaml", "apiVersion: v1\nkind: A\nmetadata: { name: dev }\n")
            .file("k/b/b.yaml", "apiVersion: v1\nkind: B\nmetadata: { name: b }\n")
    };
    let names = |values: Value| {
        let params = params(values);
        let read = files(TestHost::new()).run(|| Source::of(&params).read());
        read.map(|all| all.iter().map(|one| reference::text(&one.object, "/metadata/name").to_owned()).collect::<Vec<_>>())
            .map_err(|error| error.message)
    };
    assert_eq!(
        names(json!({ "directory": "k", "overlay": "dev" })),
        Ok(vec!["base".to_owned(), "dev".to_owned(), "b".to_owned()])
    );
    assert_eq!(names(json!({ "directory": "k", "overlay": "dev", "categories": ["b"] })), Ok(vec!["b".to_owned()]));
    assert_eq!(names(json!({ "directory": "k", "categories": ["a"] })), Ok(vec!["base".to_owned()]));
    assert_eq!(
        names(json!({ "directory": "k", "overlay": "prodd" })),
        Err("no category of k has the overlay `prodd`".to_owned())
    );
    assert_eq!(names(json!({ "directory": "k", "categories": ["c"] })), Err("there is no category `c` in k".to_owned()));
    assert_eq!(names(json!({ "files": ["k/b/*.yaml"] })), Ok(vec!["b".to_owned()]));
}

#[test]
fn kustomizations_are_built_by_the_program_that_is_there() {
    let host = TestHost::new().file("k/kustomization.yaml", "resources: []").command(
        "kubectl kustomize k",
        0,
        "apiVersion: v1\nkind: A\nmetadata: { name: built }\n",
    );
    let params = params(json!({ "files": ["k"] }));
    let built = host.run(|| Source::of(&params).read()).map(|all| all.len());
    assert!(
        built == Ok(1) || built.as_ref().is_err_and(|error| error.message.contains("neither `kubectl` nor `kustomize`")),
        "{built:?}"
    );
}

#[test]
fn images_get_other_names() {
    let host = TestHost::new().file("web.yaml", WEB);
    for (name, expected) in [("web", "other:2"), ("web:1", "other:2"), ("we", "web:1")] {
        let params = params(json!({ "files": ["web.yaml"], "images": { name: "other:2" } }));
        let image = host
            .run(|| Source::of(&params).read())
            .map(|all| all[0].object.pointer("/spec/template/spec/containers/0/image").cloned());
        assert_eq!(image, Ok(Some(json!(expected))), "{name}");
    }
}

#[test]
fn cleanup_goes_backwards() {
    let text = "apiVersion: v1\nkind: A\nmetadata: { name: a, namespace: n }\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: n }\n---\napiVersion: v1\nkind: B\nmetadata: { name: b, namespace: n }\n";
    let host =
        TestHost::new().file("all.yaml", text).object(json!({ "kind": "A", "metadata": { "name": "a", "namespace": "n" } }));
    let rows = run(&host, json!({ "action": "cleanup", "files": ["all.yaml"] }));
    let names: Vec<String> = rows
        .unwrap_or_default()
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| format!("{} {}", row["name"], row["change"]))
        .collect();
    assert_eq!(names, [r#""b" "not there""#, r#""a" "deleted""#, r#""n" "not there""#]);
}

#[test]
fn a_wait_that_is_hopeless_ends_the_task() {
    let target = Target::new("deployment", "web");
    let host = TestHost::new().hopeless(&target, Error::failed("its image cannot be pulled"));
    let error = run(&host, json!({ "action": "wait", "targets": ["deployment/web"] }));
    assert_eq!(error.map_err(|error| error.message), Err("its image cannot be pulled".to_owned()));
    for until in ["soon", "condition", "field", "ready=1"] {
        assert!(run(&host, json!({ "action": "wait", "targets": ["a/b"], "until": until })).is_err(), "{until}");
    }
}

#[test]
fn lines_say_where_they_are_from_and_a_command_its_code() {
    let line = LogLine { pod: "web-1".to_owned(), container: "web".to_owned(), text: "hello".to_owned() };
    let host = TestHost::new().log_line(line).command("psql -c x", 3, "no\n");
    assert_eq!(run(&host, json!({ "action": "logs", "labels": "app=web" })), Ok(Value::Null));
    assert_eq!(host.shown(), ["web-1/web | hello"]);
    let error = run(&host, json!({ "action": "exec", "targets": ["sts/db"], "command": ["psql", "-c", "x"] }));
    assert_eq!(error.map_err(|error| error.details), Err(Some(json!({ "exit_code": 3 }))));
    assert!(run(&host, json!({ "action": "exec", "targets": ["db"], "command": ["true"] })).is_err());
}

#[test]
fn what_a_call_needs_is_told_before() {
    let needs = |values: Value| requires(&params(values)).map(|grants| grants.to_json()).unwrap_or_default();
    assert_eq!(
        needs(json!({ "context": "dev", "prune": "x" })),
        r#"{"kubernetes":[{"verbs":["apply","wait","delete"],"contexts":["dev"]}],"files":{"read":["platform/k8s/**"]}}"#
    );
    assert_eq!(needs(json!({ "action": "logs", "wait": false })), r#"{"kubernetes":[{"verbs":["logs"]}]}"#);
}
