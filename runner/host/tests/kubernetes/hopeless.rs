//! Waiting ends early where it is hopeless, and says why.

use crate::world::{BUSYBOX, deployment, pod, pod_spec, world};
use infra_event::{ErrorCode, TaskError};
use infra_host::kubernetes::Condition;
use serde_json::json;
use std::time::{Duration, Instant};

/// Long enough that only an early end explains an end.
const LONG: u64 = 600;

async fn hopeless(world: &crate::world::World, kind: &str, name: &str) -> TaskError {
    let begin = Instant::now();
    let error = world.wait(kind, name, Condition::Ready, LONG).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::FAILED, "{}", error.message);
    assert!(begin.elapsed() < Duration::from_secs(LONG / 4), "{}", error.message);
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_cannot_be_pulled() {
    let world = world().await;
    let mut bad = deployment("bad", 1, "true");
    bad["spec"]["template"]["spec"]["containers"][0]["image"] = json!("127.0.0.1:1/none:1");
    world.apply(bad.to_string()).await.unwrap();
    let error = hopeless(&world, "Deployment", "bad").await;
    assert!(error.message.contains("cannot pull the image `127.0.0.1:1/none:1` of its container `main`"), "{}", error.message);
    assert!(error.message.contains("warnings:\n  ") && error.message.contains("connection refused"), "{}", error.message);
    bad["spec"]["template"]["spec"]["containers"][0]["image"] = json!("Not An Image");
    bad["metadata"]["name"] = json!("invalid");
    bad["spec"]["selector"]["matchLabels"]["app"] = json!("invalid");
    bad["spec"]["template"]["metadata"]["labels"]["app"] = json!("invalid");
    world.apply(bad.to_string()).await.unwrap();
    assert!(hopeless(&world, "Deployment", "invalid").await.message.contains("cannot have the image"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_ends_again_and_again() {
    let world = world().await;
    world.apply(deployment("crash", 1, "echo the last words; exit 3").to_string()).await.unwrap();
    let error = hopeless(&world, "Deployment", "crash").await;
    assert!(error.message.contains("container `main` ends again and again"), "{}", error.message);
    assert!(error.message.contains("last with exit code 3"), "{}", error.message);
    assert_eq!(error.details.unwrap()["log"], json!(["the last words"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_uses_too_much_memory() {
    let world = world().await;
    let mut greedy = deployment("greedy", 1, "tail /dev/zero");
    greedy["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({ "limits": { "memory": "16Mi" } });
    world.apply(greedy.to_string()).await.unwrap();
    let error = hopeless(&world, "Deployment", "greedy").await;
    assert!(error.message.contains("it was killed because it used more memory than its limit (OOMKilled)"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_fits_no_node() {
    let world = world().await;
    let mut huge = pod("huge", "true");
    huge["spec"]["containers"][0]["resources"] = json!({ "requests": { "memory": "100Ti" } });
    world.apply(huge.to_string()).await.unwrap();
    let error = hopeless(&world, "Pod", "huge").await;
    assert!(error.message.contains("fits no node: 0/1 nodes are available: 1 Insufficient memory"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_that_a_quota_refuses() {
    let world = world().await;
    let quota =
        json!({ "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "q" }, "spec": { "hard": { "pods": "0" } } });
    world.apply(quota.to_string()).await.unwrap();
    world.wait("ResourceQuota", "q", Condition::Field("status.hard.pods".into(), "0".into()), 60).await.unwrap();
    world.apply(deployment("web", 1, "true").to_string()).await.unwrap();
    assert!(
        hopeless(&world, "Deployment", "web").await.message.contains("its pods cannot be created: pods"),
        "a Deployment says it itself"
    );
    let mut set = deployment("set", 1, "true");
    set["kind"] = json!("StatefulSet");
    set["spec"]["serviceName"] = json!("set");
    world.apply(set.to_string()).await.unwrap();
    assert!(
        hopeless(&world, "StatefulSet", "set").await.message.contains("exceeded quota: q"),
        "of a StatefulSet only events tell"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_and_a_progress_deadline() {
    let world = world().await;
    let mut spec = pod_spec("echo no; exit 1");
    spec["restartPolicy"] = json!("Never");
    let job = json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "j" }, "spec": { "backoffLimit": 0, "template": { "spec": spec } } });
    world.apply(job.to_string()).await.unwrap();
    let error = world.wait("Job", "j", Condition::Job, LONG).await.unwrap_err();
    assert!(error.message.contains("it failed: BackoffLimitExceeded"), "{}", error.message);
    assert_eq!(error.details.unwrap()["log"], json!(["no"]));

    let mut slow = deployment("slow", 1, "sleep 1000");
    slow["spec"]["progressDeadlineSeconds"] = json!(3);
    slow["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] =
        json!({ "exec": { "command": ["false"] }, "periodSeconds": 1 });
    world.apply(slow.to_string()).await.unwrap();
    let error = hopeless(&world, "Deployment", "slow").await;
    assert!(error.message.contains("it made no progress until its deadline"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_pods_do_not_make_a_new_rollout_hopeless() {
    let world = world().await;
    world.apply(deployment("web", 1, "exit 1").to_string()).await.unwrap();
    hopeless(&world, "Deployment", "web").await;
    let mut fixed = deployment("web", 1, "sleep 1000");
    fixed["spec"]["template"]["spec"]["containers"][0]["image"] = json!(BUSYBOX);
    world.apply(fixed.to_string()).await.unwrap();
    world.wait("Deployment", "web", Condition::Rollout, 60).await.unwrap();
}
