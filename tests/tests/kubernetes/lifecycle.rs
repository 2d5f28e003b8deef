//! From nothing to ready, again without a change, and back to nothing.

use crate::manifests::{NAMESPACE, config_map, deployment, together};
use infra_tests::{Cluster, Journal, Output};
use serde_json::Value;

/// A namespace, its settings, two pods behind a Service, and a Job; in an order that does not help.
fn shop(cluster: &Cluster) {
    let service = "apiVersion: v1\nkind: Service\nmetadata: { name: web, namespace: NAMESPACE }\nspec:\n  selector: { app: web }\n  ports: [{ port: 80, protocol: TCP }]\n";
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: { name: migrate, namespace: NAMESPACE }\nspec:\n  template: { spec: { restartPolicy: Never, containers: [{ name: main, image: IMAGE, command: [\"true\"] }] } }\n";
    cluster.file("k8s/a-web.yaml", &together(&[&deployment("web", 2, "IMAGE"), service, job]));
    cluster.file("k8s/b-settings.yaml", &config_map("settings", "1"));
    cluster.file("k8s/c-namespace.yaml", NAMESPACE);
}

/// Kind and target of each write.
fn writes(events: &[Value], action: &str) -> Vec<(String, String)> {
    let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
    let writes = events.iter().filter(|event| event["type"] == "step-effect" && event["write"] == true);
    writes.filter(|event| event["action"] == action).map(|event| (text(event, "kind"), text(event, "target"))).collect()
}

fn apply(cluster: &Cluster) -> (Output, Vec<(String, String)>) {
    cluster.task("apply", "", &cluster.grant());
    let output = cluster.infra(&["run", "k", "--json", "--output", "json"]).output().expect_success();
    let performed = writes(&output.events(), "performed");
    (output, performed)
}

fn planned(cluster: &Cluster) -> Vec<(String, String)> {
    cluster.task("apply", "", &cluster.grant());
    let plan = cluster.infra(&["plan", "k", "--json"]).output().expect_success();
    writes(&serde_json::from_str::<Vec<Value>>(&plan.stdout).unwrap(), "planned")
}

#[test]
fn from_nothing_to_ready_as_planned_and_again_without_a_change() {
    let cluster = Cluster::empty();
    shop(&cluster);
    let shown = cluster.plan("apply", "").expect_code(2).stdout;
    assert!(shown.contains(&format!("{}/Deployment/web", cluster.namespace)), "{shown}");
    let plan = planned(&cluster);
    assert_eq!(plan.len(), 5, "{plan:?}");
    assert_eq!(cluster.get(&format!("/api/v1/namespaces/{}", cluster.namespace)), None, "a plan makes nothing");

    let (first, performed) = apply(&cluster);
    assert_eq!(performed, plan, "the plan came true");
    let created =
        ["ConfigMap/settings", "Deployment/web", "Job/migrate", &format!("Namespace/{}", cluster.namespace), "Service/web"];
    assert_eq!(Cluster::changes(&first), created.map(|name| format!("{name} created")));
    // What was applied is ready when the run ends.
    let web = cluster.object("deployments/web").unwrap();
    assert_eq!((&web["status"]["availableReplicas"], &web["status"]["updatedReplicas"]), (&2.into(), &2.into()));
    assert_eq!(cluster.object("jobs/migrate").unwrap()["status"]["succeeded"], 1);
    let journal = Journal::of(&cluster.project);
    let effects = journal.effects(&journal.last().run);
    assert_eq!(effects.iter().filter(|effect| effect.kind == "kubernetes.apply" && effect.state == "performed").count(), 5);

    let versions = || {
        ["configmaps/settings", "services/web"].map(|name| cluster.object(name).unwrap()["metadata"]["resourceVersion"].clone())
    };
    let before = versions();
    assert!(cluster.plan("apply", "").expect_success().stdout.starts_with("No changes"));
    let (second, performed) = apply(&cluster);
    assert_eq!(performed, []);
    assert!(Cluster::changes(&second).iter().all(|change| change.ends_with(" unchanged")), "{}", second.stdout);
    assert_eq!(versions(), before);
    assert_eq!(cluster.object("deployments/web").unwrap()["metadata"]["generation"], web["metadata"]["generation"]);
}

#[test]
fn a_change_is_planned_field_by_field_and_comes_true() {
    let cluster = Cluster::new();
    cluster.file("k8s/all.yaml", &together(&[&config_map("a", "one"), &config_map("b", "one")]));
    let _up = apply(&cluster);
    cluster.file("k8s/all.yaml", &together(&[&config_map("a", "one"), &config_map("b", "two")]));
    let shown = cluster.plan("apply", "").expect_code(2).stdout;
    assert!(shown.contains("data.key") && shown.contains("two") && !shown.contains("ConfigMap/a"), "{shown}");
    let compared = cluster.run("diff", "").expect_success();
    assert_eq!(Cluster::changes(&compared), ["ConfigMap/a unchanged", "ConfigMap/b configured"]);
    assert!(compared.stdout.contains("data.key: \\\"one\\\" → \\\"two\\\""), "{}", compared.stdout);
    assert_eq!(cluster.object("configmaps/b").unwrap()["data"]["key"], "one", "comparing changes nothing");
    let plan = planned(&cluster);
    let (_, performed) = apply(&cluster);
    assert_eq!((performed, plan.len()), (plan, 1));
    assert_eq!(cluster.object("configmaps/b").unwrap()["data"]["key"], "two");
}

#[test]
fn cleanup_leaves_nothing() {
    let cluster = Cluster::empty();
    shop(&cluster);
    let _up = apply(&cluster);
    let planned = cluster.plan("cleanup", "").expect_code(2).stdout;
    assert!(planned.contains("kubernetes.delete"), "{planned}");
    assert!(cluster.object("deployments/web").is_some(), "a plan deletes nothing");
    let gone = cluster.run("cleanup", "").expect_success();
    assert!(Cluster::changes(&gone).iter().all(|change| change.ends_with(" deleted")), "{}", gone.stdout);
    assert_eq!(cluster.get(&format!("/api/v1/namespaces/{}", cluster.namespace)), None, "it is gone when the run ends");
    for plural in ["deployments", "replicasets", "pods", "jobs", "services", "configmaps"] {
        assert_eq!(cluster.names(plural), Vec::<String>::new(), "{plural}");
    }
    let again = cluster.run("cleanup", "").expect_success();
    assert!(Cluster::changes(&again).iter().all(|change| change.ends_with(" not there")), "{}", again.stdout);
    assert!(cluster.plan("cleanup", "").expect_success().stdout.starts_with("No changes"));
}

#[test]
fn what_is_named_is_deleted_with_all_that_it_made() {
    let cluster = Cluster::new();
    cluster.file("k8s/web.yaml", &together(&[&deployment("web", 1, "IMAGE"), &config_map("stays", "1")]));
    let _up = apply(&cluster);
    let with = format!("namespace = \"{}\"\ntargets = [\"deployment/web\"]", cluster.namespace);
    let gone = cluster.run("delete", &with).expect_success();
    assert_eq!(Cluster::changes(&gone), ["deployment/web deleted"]);
    assert_eq!((cluster.names("deployments"), cluster.names("pods")), (vec![], vec![]));
    assert!(cluster.object("configmaps/stays").is_some());
}
