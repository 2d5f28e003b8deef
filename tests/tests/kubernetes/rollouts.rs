//! Rolling updates, images that cannot be had, and the way back.

use crate::manifests::deployment;
use infra_tests::Cluster;
use serde_json::Value;

/// Another tag of the same image would do; another variable makes pods anew as well.
fn with_colour(colour: &str) -> String {
    deployment("web", 2, "IMAGE").replace("command:", &format!("env: [{{ name: COLOUR, value: {colour} }}], command:"))
}

fn image(cluster: &Cluster) -> String {
    let web = cluster.object("deployments/web").unwrap();
    web["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
}

fn pods(cluster: &Cluster) -> Vec<Value> {
    let pods = cluster.object("pods").unwrap()["items"].as_array().cloned().unwrap();
    pods.into_iter().filter(|pod| pod["metadata"]["deletionTimestamp"].is_null()).collect()
}

fn on_web(cluster: &Cluster, more: &str) -> String {
    format!("namespace = \"{}\"\ntargets = [\"deployment/web\"]\n{more}", cluster.namespace)
}

#[test]
fn an_update_is_rolled_out_and_watched_to_its_end() {
    let cluster = Cluster::new();
    cluster.file("k8s/web.yaml", &with_colour("red"));
    let _up = cluster.run("apply", "").expect_success();
    cluster.file("k8s/web.yaml", &with_colour("blue"));
    let updated = cluster.run("apply", "").expect_success();
    assert_eq!(Cluster::changes(&updated), ["Deployment/web configured"]);
    assert!(updated.stderr.contains("is ready"), "{}", updated.stderr);
    let colours: Vec<Value> = pods(&cluster).iter().map(|pod| pod["spec"]["containers"][0]["env"][0]["value"].clone()).collect();
    assert_eq!(colours, ["blue", "blue"]);
    // Without names a rollout is about the workloads of the manifests.
    let rollout = cluster.run("rollout", "").expect_success();
    let told: Value = serde_json::from_str(&rollout.stdout).unwrap();
    assert_eq!((&told[0]["complete"], &told[0]["revision"]), (&true.into(), &2.into()), "{told}");
}

#[test]
fn a_bad_image_fails_early_with_the_pull_error_and_a_rollback_restores() {
    let cluster = Cluster::new();
    cluster.file("k8s/web.yaml", &deployment("web", 2, "IMAGE"));
    let _up = cluster.run("apply", "").expect_success();
    let (good, before) = (image(&cluster), pods(&cluster));
    // Much longer than the time that a test may take: it ends by itself, or not at all.
    let forever = "timeout = 100000";
    cluster.file("k8s/web.yaml", &deployment("web", 2, "127.0.0.1:1/none:1"));
    cluster.task("apply", "", &cluster.grant());
    let patient = cluster.project.read("Infrafile.toml").replace("timeout = 120", forever);
    cluster.file("Infrafile.toml", &patient);
    let failed = cluster.infra(&["run", "k"]).output().expect_code(1);
    assert!(failed.stderr.contains("cannot pull the image `127.0.0.1:1/none:1`"), "{}", failed.stderr);
    assert!(failed.stderr.contains("connection refused"), "the warning of the kubelet says why: {}", failed.stderr);
    let still = pods(&cluster);
    assert!(
        before.iter().any(|pod| still.iter().any(|one| one["metadata"]["uid"] == pod["metadata"]["uid"])),
        "old pods serve on"
    );

    let planned = cluster.plan("rollback", &on_web(&cluster, "")).expect_code(2).stdout;
    assert!(planned.contains("Deployment/web"), "{planned}");
    let restored = cluster.run("rollback", &on_web(&cluster, "")).expect_success();
    assert!(restored.stdout.contains("revision"), "{}", restored.stdout);
    assert_eq!(image(&cluster), good);
    let web = cluster.object("deployments/web").unwrap();
    assert_eq!((&web["status"]["availableReplicas"], &web["status"]["updatedReplicas"]), (&2.into(), &2.into()));
}

#[test]
fn workloads_are_scaled_restarted_and_given_images() {
    let cluster = Cluster::new();
    cluster.file("k8s/web.yaml", &deployment("web", 1, "IMAGE"));
    let _up = cluster.run("apply", "").expect_success();
    let scaled = cluster.run("scale", &on_web(&cluster, "replicas = 2")).expect_success();
    assert!(scaled.stdout.contains("2"), "{}", scaled.stdout);
    assert_eq!(pods(&cluster).len(), 2);
    assert!(cluster.run("scale", &on_web(&cluster, "replicas = 2")).expect_success().stdout.contains("unchanged"));

    let names = |pods: Vec<Value>| pods.iter().map(|pod| pod["metadata"]["name"].to_string()).collect::<Vec<_>>();
    let before = names(pods(&cluster));
    let _restarted = cluster.run("restart", &on_web(&cluster, "")).expect_success();
    assert!(names(pods(&cluster)).iter().all(|name| !before.contains(name)), "all pods are new");

    let other = "images = { main = \"infra-bench/busybox\" }";
    let failed = cluster.run("set-image", &on_web(&cluster, other)).expect_code(1);
    assert!(failed.stderr.contains("cannot pull the image `infra-bench/busybox`"), "{}", failed.stderr);
    let _back = cluster.run("set-image", &on_web(&cluster, "images = { \"*\" = \"infra-bench/busybox:1\" }")).expect_success();
    assert_eq!(image(&cluster), "infra-bench/busybox:1");
    let missing = cluster.run("scale", &on_web(&cluster, "")).expect_code(1);
    assert!(missing.stderr.contains("`replicas` is missing"), "{}", missing.stderr);
}
