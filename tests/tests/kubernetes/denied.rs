//! Each part of a grant refuses what it does not name, before anything is sent; beside each stands what it allows.

use crate::manifests::{NAMESPACE, config_map, deployment, together};
use infra_tests::{Cluster, Journal};

/// Refused with the line that would allow it, and nothing of the text was sent.
fn assert_refused(cluster: &Cluster, grant: &str, line: &str) {
    let refused = cluster.run_granted("apply", "", grant).expect_code(77);
    assert!(refused.stderr.contains(line), "{line}: {}", refused.stderr);
    assert!(cluster.object("configmaps/first").is_none(), "{line}: something was sent");
    let journal = Journal::of(&cluster.project);
    if let Some(run) = journal.runs().pop() {
        assert!(journal.effects(&run.run).iter().all(|effect| effect.state != "performed" || effect.kind != "kubernetes.apply"));
    }
}

#[test]
fn contexts_namespaces_kinds_and_verbs() {
    let cluster = Cluster::new();
    let (grant, namespace) = (cluster.grant(), cluster.namespace.clone());
    cluster.file("k8s/all.yaml", &together(&[&config_map("first", "1"), &deployment("web", 1, "IMAGE")]));
    let elsewhere = grant.replace(r#"contexts = ["bench"]"#, r#"contexts = ["kind-*"]"#);
    assert_refused(&cluster, &elsewhere, r#"contexts = ["bench"]"#);
    let other = grant.replace(&format!(r#"namespaces = ["{namespace}*"]"#), r#"namespaces = ["shop-*"]"#);
    assert_refused(&cluster, &other, &format!(r#"namespaces = ["{namespace}"]"#));
    let maps = grant.replace(r#"kinds = ["*"]"#, r#"kinds = ["ConfigMap"]"#);
    assert_refused(&cluster, &maps, r#"kinds = ["Deployment.apps"]"#);
    assert_refused(&cluster, &grant.replace(r#""apply", "#, ""), r#"verbs = ["apply", "wait"]"#);
    // One namespace too many anywhere in the text.
    let wide = together(&[&config_map("first", "1"), &config_map("x", "1").replace("NAMESPACE", "kube-system")]);
    cluster.file("k8s/all.yaml", &wide);
    assert_refused(&cluster, &grant, r#"namespaces = ["kube-system"]"#);

    cluster.file("k8s/all.yaml", &together(&[&config_map("first", "1"), &deployment("web", 1, "IMAGE")]));
    let exact = grant.replace(r#"kinds = ["*"]"#, r#"kinds = ["ConfigMap", "Deployment"]"#);
    let _allowed = cluster.run_granted("apply", "", &exact).expect_success();
}

#[test]
fn what_is_outside_of_namespaces_needs_its_own_word() {
    let cluster = Cluster::empty();
    let grant = cluster.grant();
    cluster.file("k8s/all.yaml", &together(&[NAMESPACE, &config_map("first", "1")]));
    let without = grant.replace(r#""Namespace", "#, "");
    assert_refused(&cluster, &without, r#"cluster = ["Namespace"]"#);
    // Every kind is every kind in namespaces.
    assert_eq!(cluster.get(&format!("/api/v1/namespaces/{}", cluster.namespace)), None);
    let _allowed = cluster.run_granted("apply", "", &grant).expect_success();
    assert!(cluster.object("configmaps/first").is_some());
}

#[test]
fn the_contents_of_secrets_need_their_own_word_and_are_never_shown() {
    let cluster = Cluster::new();
    let grant = cluster.grant();
    let secret = |value: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{ name: db, namespace: NAMESPACE }}\nstringData: {{ password: {value} }}\n"
        )
    };
    cluster.file("k8s/all.yaml", &together(&[&config_map("first", "1"), &secret("hunter-two-two")]));
    assert_refused(&cluster, &grant.replace(r#"secrets = ["*"]"#, r#"secrets = ["cache"]"#), r#"secrets = ["db"]"#);
    let one = grant.replace(r#"secrets = ["*"]"#, r#"secrets = ["d*"]"#);
    let _allowed = cluster.run_granted("apply", "", &one).expect_success();
    let base64 = "aHVudGVyLXR3by10d28=";
    assert_eq!(cluster.object("secrets/db").unwrap()["data"]["password"], base64);

    cluster.file("k8s/all.yaml", &together(&[&config_map("first", "1"), &secret("another-secret-word")]));
    let planned = cluster.plan("apply", "").expect_code(2);
    let compared = cluster.run("diff", "").expect_success();
    let applied = cluster.run("apply", "").expect_success();
    assert_eq!(Cluster::changes(&applied), ["ConfigMap/first unchanged", "Secret/db configured"]);
    let logged = cluster.infra(&["logs"]).output();
    let history = std::fs::read(cluster.project.home().join("state/infra/journal.sqlite")).unwrap();
    let history = String::from_utf8_lossy(&history).into_owned();
    let mut shown = String::new();
    for output in [planned, compared, applied, logged] {
        shown.push_str(&output.stdout);
        shown.push_str(&output.stderr);
    }
    for text in ["hunter-two-two", base64, "another-secret-word", "YW5vdGhlci1zZWNyZXQtd29yZA=="] {
        assert!(!shown.contains(text) && !history.contains(text), "{text} is shown: {shown}");
    }
    assert!(shown.contains("***"), "{shown}");
}

#[test]
fn deleting_needs_its_word_and_its_namespace() {
    let cluster = Cluster::new();
    cluster.file("k8s/all.yaml", &config_map("first", "1"));
    let _up = cluster.run("apply", "").expect_success();
    let grant = cluster.grant();
    for (other, line) in [
        (grant.replace(r#""delete", "#, ""), r#"verbs = ["delete", "wait"]"#.to_owned()),
        (grant.replace(&format!("{}*", cluster.namespace), "shop"), format!(r#"namespaces = ["{}"]"#, cluster.namespace)),
    ] {
        let refused = cluster.run_granted("cleanup", "", &other).expect_code(77);
        assert!(refused.stderr.contains(&line), "{}", refused.stderr);
        assert!(cluster.object("configmaps/first").is_some());
    }
    let _gone = cluster.run("cleanup", "").expect_success();
    assert!(cluster.object("configmaps/first").is_none());
}

#[test]
fn a_policy_is_a_second_key() {
    let cluster = Cluster::new();
    cluster.file("k8s/all.yaml", &config_map("first", "1"));
    cluster.task("apply", "", &cluster.grant());
    let policy = |verbs: &str| {
        format!(
            "files = {{ read = [\"**\"] }}\n[[kubernetes]]\ncontexts = [\"bench\"]\nnamespaces = [\"*\"]\nkinds = [\"*\"]\nverbs = [{verbs}]\n"
        )
    };
    cluster.project.file("policy.toml", policy("\"get\", \"diff\""));
    let refused = cluster.infra(&["--policy", "policy.toml", "run", "k"]).output().expect_code(77);
    assert!(refused.stderr.contains("the policy"), "{}", refused.stderr);
    assert!(cluster.object("configmaps/first").is_none());
    cluster.project.file("policy.toml", policy("\"get\", \"apply\", \"wait\""));
    let _allowed = cluster.infra(&["--policy", "policy.toml", "run", "k"]).output().expect_success();
}
