//! Fields that somebody else manages.

use crate::manifests::config_map;
use infra_tests::Cluster;
use serde_json::json;

#[test]
fn another_managers_field_is_a_conflict_with_its_name() {
    let cluster = Cluster::new();
    cluster.file("k8s/all.yaml", &config_map("c", "mine"));
    let _mine = cluster.run("apply", "").expect_success();
    let path = format!("/api/v1/namespaces/{}/configmaps/c?fieldManager=somebody-else", cluster.namespace);
    let (status, _) = cluster.call("PATCH", &path, Some(&json!({ "data": { "key": "theirs" } })));
    assert_eq!(status, 200);
    for output in [cluster.run("apply", "").expect_code(1), cluster.plan("apply", "").expect_code(1)] {
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(told.contains("`somebody-else` manages data.key"), "{told}");
    }
    assert_eq!(cluster.object("configmaps/c").unwrap()["data"]["key"], "theirs");

    let refused = cluster.run_granted("apply", "force = true", &cluster.grant().replace(r#""force", "#, "")).expect_code(77);
    assert!(refused.stderr.contains(r#"verbs = ["apply", "wait", "force"]"#), "{}", refused.stderr);
    assert_eq!(cluster.object("configmaps/c").unwrap()["data"]["key"], "theirs");
    let _forced = cluster.run("apply", "force = true").expect_success();
    assert_eq!(cluster.object("configmaps/c").unwrap()["data"]["key"], "mine");
}
