//! Jobs that a task runs to their end.

use infra_tests::{Cluster, wait_for};

fn job(cluster: &Cluster, more: &str) -> String {
    format!("namespace = \"{}\"\nimage = \"infra-bench/busybox:1\"\ntargets = [\"job/task\"]\n{more}", cluster.namespace)
}

#[test]
fn a_job_is_followed_to_its_end_and_leaves_nothing() {
    let cluster = Cluster::new();
    let with = job(&cluster, "command = [\"sh\", \"-c\", \"echo hello $WHO\"]\nenv = { WHO = \"world\" }");
    let planned = cluster.plan("run", &with).expect_code(2);
    assert!(planned.stdout.contains("kubernetes.run"), "{}", planned.stdout);
    assert_eq!(cluster.names("jobs"), Vec::<String>::new());
    let done = cluster.run("run", &with).expect_success();
    assert!(done.stdout.contains("hello world"), "{}", done.stdout);
    assert_eq!(cluster.names("jobs"), Vec::<String>::new());
    wait_for("its pod goes", || cluster.names("pods").is_empty());
}

#[test]
fn a_job_that_fails_says_why_and_leaves_nothing() {
    let cluster = Cluster::new();
    let failed = cluster.run("run", &job(&cluster, "command = [\"sh\", \"-c\", \"echo broken; exit 3\"]")).expect_code(1);
    assert!(failed.stderr.contains("broken") && failed.stderr.contains("it failed"), "{}", failed.stderr);
    let greedy =
        cluster.run("run", &job(&cluster, "command = [\"true\"]").replace("infra-bench/busybox:1", "127.0.0.1:1/none:1"));
    let greedy = greedy.expect_code(1);
    assert!(greedy.stderr.contains("cannot pull the image"), "{}", greedy.stderr);
    assert_eq!(cluster.names("jobs"), Vec::<String>::new());
    let grant = cluster.grant().replace(r#", "run""#, "");
    let refused = cluster.run_granted("run", &job(&cluster, "command = [\"true\"]"), &grant).expect_code(77);
    assert!(refused.stderr.contains(r#"verbs = ["run"]"#), "{}", refused.stderr);
}
