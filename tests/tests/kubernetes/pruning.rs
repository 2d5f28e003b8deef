//! What was applied as a set and is not among the manifests any more.

use crate::manifests::{config_map, together};
use infra_tests::Cluster;

#[test]
fn what_left_the_manifests_leaves_the_cluster() {
    let cluster = Cluster::new();
    cluster.file("k8s/other.yaml", &config_map("not-of-the-set", "1"));
    let _other = cluster.run("apply", "").expect_success();
    cluster.project.file("k8s/other.yaml", "");
    let set = format!("prune = \"{}\"", cluster.namespace);
    cluster.file("k8s/set.yaml", &together(&[&config_map("a", "1"), &config_map("b", "1")]));
    let _set = cluster.run("apply", &set).expect_success();

    cluster.file("k8s/set.yaml", &config_map("a", "1"));
    let plan = cluster.plan("apply", &set).expect_code(2).stdout;
    assert!(plan.contains("ConfigMap/b") && !plan.contains("ConfigMap/not-of-the-set"), "{plan}");
    assert!(cluster.object("configmaps/b").is_some());
    // Without the word nothing is deleted.
    assert_eq!(Cluster::changes(&cluster.run("apply", "").expect_success()), ["ConfigMap/a configured"]);
    assert!(cluster.object("configmaps/b").is_some());
    let _again = cluster.run("apply", &set).expect_success();
    for (name, there) in [("a", true), ("b", false), ("not-of-the-set", true)] {
        assert_eq!(cluster.object(&format!("configmaps/{name}")).is_some(), there, "{name}");
    }
    assert!(cluster.plan("apply", &set).expect_success().stdout.starts_with("No changes"));
}

#[test]
fn pruning_needs_the_grant_of_deleting() {
    let cluster = Cluster::new();
    let set = format!("prune = \"{}\"", cluster.namespace);
    cluster.file("k8s/set.yaml", &together(&[&config_map("a", "1"), &config_map("b", "1")]));
    let _set = cluster.run("apply", &set).expect_success();
    cluster.file("k8s/set.yaml", &config_map("a", "2"));
    let refused = cluster.run_granted("apply", &set, &cluster.grant().replace(r#""delete", "#, "")).expect_code(77);
    assert!(refused.stderr.contains(r#"verbs = ["apply", "wait", "delete"]"#), "{}", refused.stderr);
    assert_eq!(cluster.object("configmaps/a").unwrap()["data"]["key"], "1", "nothing was sent");
}
