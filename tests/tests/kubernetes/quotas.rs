//! What is asked for is compared with the quota before anything is sent.

use crate::manifests::{config_map, deployment, together};
use infra_tests::{Cluster, Journal};

const QUOTA: &str = "apiVersion: v1\nkind: ResourceQuota\nmetadata: { name: small, namespace: NAMESPACE }\nspec: { hard: { requests.cpu: 300m, pods: \"4\" } }\n";

fn web(name: &str, replicas: u32) -> String {
    deployment(name, replicas, "IMAGE").replace("command:", "resources: { requests: { cpu: 100m } }, command:")
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let cluster = Cluster::new();
    cluster.file("k8s/all.yaml", &together(&[QUOTA, &config_map("settings", "1"), &web("web", 4)]));
    let refused = cluster.run("apply", "").expect_code(1);
    assert!(refused.stderr.contains("requests.cpu of the quota small is 300m"), "{}", refused.stderr);
    assert!(refused.stderr.contains("400m are asked for; nothing was sent") || refused.stderr.contains("nothing was sent"));
    assert_eq!((cluster.names("resourcequotas"), cluster.names("deployments")), (vec![], vec![]));
    assert!(cluster.object("configmaps/settings").is_none());
    let journal = Journal::of(&cluster.project);
    assert!(journal.effects(&journal.last().run).iter().all(|effect| effect.kind != "kubernetes.apply"));

    cluster.file("k8s/all.yaml", &together(&[QUOTA, &config_map("settings", "1"), &web("web", 3)]));
    let _fits = cluster.run("apply", "").expect_success();
    // It is full now, and what is there counts: another one does not fit, the same one does.
    let _same = cluster.run("apply", "").expect_success();
    cluster.file("k8s/all.yaml", &web("other", 1));
    let refused = cluster.run("apply", "").expect_code(1);
    assert!(refused.stderr.contains("others use 300m, and 100m are asked for"), "{}", refused.stderr);
    assert!(cluster.object("deployments/other").is_none());
}

#[test]
fn a_plan_tells_it_too_and_the_server_has_the_last_word() {
    let cluster = Cluster::new();
    cluster.file("k8s/quota.yaml", QUOTA);
    let _quota = cluster.run("apply", "").expect_success();
    cluster.file("k8s/web.yaml", &web("web", 4));
    let refused = cluster.plan("apply", "").expect_code(1);
    assert!(format!("{}{}", refused.stdout, refused.stderr).contains("nothing was sent"), "{}", refused.stderr);
    let unchecked = cluster.run("apply", "check-quotas = false").expect_code(1);
    assert!(unchecked.stderr.contains("exceeded quota: small"), "{}", unchecked.stderr);
}
