//! `std/services` over the life of a project: up, plan, change, stop, down, clean.

use infra_tests::Stack;
use serde_json::Value;

/// A service that ends at once when it is told to.
const STAYS: &str = "entrypoint: [sh, -c, \"trap 'exit 0' TERM; while true; do sleep 0.1; done\"]";

fn two() -> String {
    format!(
        "services:
  db:
    image: IMAGE
    {STAYS}
    volumes: [\"data:/data\", \"/anonymous\"]
    healthcheck: {{ test: [CMD, test, -e, /tmp], interval: 1s }}
  app:
    image: IMAGE
    {STAYS}
    stdin_open: true
    expose: [80]
    environment: {{ COLOUR: \"${{COLOUR:-red}}\" }}
    depends_on: {{ db: {{ condition: service_healthy }} }}
volumes: {{ data: {{}} }}
"
    )
}

fn id(container: &Value) -> String {
    container["Id"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn up_is_planned_truly_and_the_second_one_changes_nothing() {
    let stack = Stack::new(&two());
    let plan = stack.plan("up").expect_code(2);
    for name in ["db", "app"] {
        assert!(plan.stdout.contains(&stack.container_name(name)), "{}", plan.stdout);
    }
    assert!(stack.docker.containers(&stack.name).is_empty());
    let up = stack.run("up").expect_success();
    assert_eq!(Stack::row(&up, "db")["health"], "healthy");
    assert_eq!(Stack::row(&up, "app")["status"], "running");
    let before = (stack.container("db"), stack.container("app"));
    stack.plan("up").expect_success();
    stack.run("up").expect_success();
    assert_eq!((id(&before.0), id(&before.1)), (id(&stack.container("db")), id(&stack.container("app"))));
    assert_eq!(before.0["State"]["StartedAt"], stack.container("db")["State"]["StartedAt"]);
}

#[test]
fn a_changed_service_is_made_anew_alone_and_its_volumes_stay() {
    let stack = Stack::new(&two());
    stack.run("up").expect_success();
    let _ = stack.exec("db", &["sh", "-c", "echo kept > /data/x; echo kept > /anonymous/x"]);
    let before = (stack.container("db"), stack.container("app"));
    stack.compose(&two().replacen("volumes:", "labels: { changed: \"yes\" }\n    volumes:", 1));
    let plan = stack.plan("up").expect_code(2).stdout;
    for what in ["stop", "remove", "create", "start"] {
        assert!(plan.contains(&format!("docker.container.{what}")), "{plan}");
    }
    assert!(plan.contains(&stack.container_name("db")) && !plan.contains(&stack.container_name("app")), "{plan}");
    stack.run("up").expect_success();
    assert_ne!(id(&before.0), id(&stack.container("db")));
    assert_eq!(id(&before.1), id(&stack.container("app")));
    assert_eq!(stack.exec("db", &["cat", "/data/x", "/anonymous/x"]), "kept\nkept");
    stack.plan("up").expect_success();
    // One without a name goes with the service, however many containers it has had.
    let mounts = stack.container("db")["Mounts"].as_array().cloned().unwrap_or_default();
    let anonymous = mounts.iter().find(|mount| mount["Destination"] == "/anonymous").cloned().unwrap_or_default();
    let anonymous = format!("/volumes/{}", anonymous["Name"].as_str().unwrap_or_default());
    assert!(stack.docker.get(&anonymous).is_some());
    stack.run("down").expect_success();
    assert!(stack.docker.get(&anonymous).is_none());
}

#[test]
fn stop_start_restart_down_and_clean() {
    let stack = Stack::new(&two());
    stack.run("up").expect_success();
    let first = id(&stack.container("app"));
    stack.run("stop").expect_success();
    assert_eq!(stack.container("app")["State"]["Running"], false);
    // What was stopped is started by `up` too, as it is.
    stack.run("up").expect_success();
    assert_eq!(stack.container("app")["State"]["Running"], true);
    stack.run_with("stop", "services = [\"app\"]", "").expect_success();
    assert_eq!(stack.container("db")["State"]["Running"], true);
    stack.run("start").expect_success();
    let started = stack.container("app")["State"]["StartedAt"].clone();
    stack.run_with("restart", "services = [\"app\"]", "").expect_success();
    assert_ne!(started, stack.container("app")["State"]["StartedAt"]);
    assert_eq!(first, id(&stack.container("app")));
    stack.run("down").expect_success();
    assert!(stack.docker.containers(&stack.name).is_empty() && stack.docker.networks(&stack.name).is_empty());
    let kept: Vec<Value> = stack.docker.volumes(&stack.name);
    assert_eq!(kept.len(), 1, "{kept:?}");
    stack.plan("down").expect_success();
    stack.run("clean").expect_success();
    assert!(stack.docker.volumes(&stack.name).is_empty());
}

#[test]
fn one_offs_that_end_well_are_done_and_others_fail_the_run() {
    let compose = |code: u8| {
        format!(
            "services:
  migrate: {{ image: IMAGE, entrypoint: [sh, -c, \"echo migrating; exit {code}\"] }}
  tidy: {{ image: IMAGE, entrypoint: [\"true\"] }}
  app:
    image: IMAGE
    {STAYS}
    restart: always
    depends_on: {{ migrate: {{ condition: service_completed_successfully }} }}
"
        )
    };
    let stack = Stack::new(&compose(3));
    // The run ends as the one program that failed.
    let failed = stack.run("up").expect_code(3);
    assert!(failed.stderr.contains("ended with exit code 3"), "{}", failed.stderr);
    assert_eq!(stack.container("app"), Value::Null);
    stack.compose(&compose(0));
    let up = stack.run("up").expect_success();
    assert_eq!(Stack::row(&up, "migrate")["status"], "done");
    assert_eq!(Stack::row(&up, "tidy")["status"], "done");
    stack.plan("up").expect_success();
}

#[test]
fn resilient_carries_on_with_what_does_not_depend_on_a_failure() {
    let stack = Stack::new(&format!(
        "services:
  broken: {{ image: IMAGE, entrypoint: [sh, -c, \"echo oh no; exit 4\"], restart: \"no\", ports: [80] }}
  needs: {{ image: IMAGE, entrypoint: [sleep, \"1000\"], depends_on: {{ broken: {{ condition: service_completed_successfully }} }} }}
  fine:
    image: IMAGE
    {STAYS}
    expose: [80]
"
    ));
    let told = stack.run_with("up", "resilient = true", "").expect_code(1);
    assert!(told.stderr.contains("2 of 3 services are missing"), "{}", told.stderr);
    assert!(told.stderr.contains("needs") && told.stderr.contains("broken, which it depends on, is missing"), "{}", told.stderr);
    assert_eq!(stack.container("fine")["State"]["Running"], true);
    assert_eq!(stack.container("needs"), Value::Null);
}

#[test]
fn services_that_take_no_part_and_ones_that_nobody_needs() {
    let stack = Stack::new(&format!(
        "services:
  a:
    image: IMAGE
    {STAYS}
    expose: [80]
  extra:
    image: infra-test-services/not-there:1
    pull_policy: never
    x-infra: {{ required: false, description: An extra }}
  debug: {{ image: IMAGE, profiles: [debug] }}
  off: {{ image: IMAGE, x-infra: {{ enabled: false }} }}
"
    ));
    let up = stack.run("up").expect_success();
    assert!(up.stderr.contains("not required"), "{}", up.stderr);
    let status = stack.run("status").expect_success();
    assert_eq!(Stack::row(&status, "extra")["description"], "An extra");
    assert_eq!(
        (&Stack::row(&status, "debug")["status"], &Stack::row(&status, "off")["status"]),
        (&"disabled".into(), &"disabled".into())
    );
    stack.compose(&format!("services:\n  b:\n    image: IMAGE\n    {STAYS}\n    expose: [80]\n"));
    stack.run_with("up", "remove-orphans = true", "").expect_success();
    assert_eq!(stack.container("a"), Value::Null);
    assert_eq!(stack.container("b")["State"]["Running"], true);
}
