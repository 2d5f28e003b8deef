//! `std/services` and images: builds and pulls.

use infra_tests::{Registry, Stack};
use serde_json::Value;

#[test]
fn a_build_takes_its_arguments_and_target_and_up_builds_what_is_missing() {
    let stack = Stack::new(
        "services:
  a:
    build: { context: ./src, dockerfile: Other, target: wanted, args: { WHO: world, UNSET: }, labels: { of: image }, tags: [\"infra-test-services/extra:${TAG}\"] }
    stop_signal: SIGKILL
    entrypoint: [sleep, \"1000\"]
",
    );
    let (image, extra) = (format!("{}-a:latest", stack.name), format!("infra-test-services/extra:{}", stack.name));
    stack.file("stack/base/all/.env", &format!("TAG={}\n", stack.name));
    stack.file(
        "stack/base/all/src/Other",
        "FROM IMAGE AS wanted\nARG WHO=nobody\nARG UNSET=default\nRUN echo \"$WHO $UNSET\" > /who\nFROM IMAGE AS other\nRUN false\n",
    );
    stack.run("up").expect_success();
    assert_eq!(stack.exec("a", &["cat", "/who"]), "world default");
    assert!(stack.docker.has_image(&extra));
    let labels = stack.docker.get(&format!("/images/{image}/json")).unwrap_or_default()["Config"]["Labels"].clone();
    assert_eq!((labels["of"].as_str(), labels["com.docker.compose.service"].as_str()), (Some("image"), Some("a")));
    stack.plan("up").expect_success();
    // What is built is another image only where something changed; then the container is made anew.
    let id = |stack: &Stack| -> Value { stack.container("a")["Id"].clone() };
    let first = id(&stack);
    stack.run("build").expect_success();
    stack.run("up").expect_success();
    assert_eq!(id(&stack), first);
    stack.file("stack/base/all/src/Other", "FROM IMAGE AS wanted\nRUN echo changed > /who\n");
    stack.run("build").expect_success();
    stack.run("up").expect_success();
    assert_ne!(id(&stack), first);
    assert_eq!(stack.exec("a", &["cat", "/who"]), "changed");
}

#[test]
fn an_image_that_no_registry_has_names_its_service() {
    // Nobody listens on port 1.
    let stack = Stack::new(
        "services:\n  a: { image: \"127.0.0.1:1/not/there:1\" }\n  b: { image: IMAGE, expose: [1], entrypoint: [sleep, \"1000\"] }\n",
    );
    let failed = stack.run_with("up", "resilient = true", "").expect_code(1);
    assert!(failed.stderr.contains("service a: pull 127.0.0.1:1/not/there:1"), "{}", failed.stderr);
    assert_eq!(stack.container("b")["State"]["Running"], true);
    let failed = stack.run_with("pull", "services = [\"a\"]", "");
    assert_ne!(failed.code, Some(0));
}

#[test]
fn what_is_missing_is_pulled_and_a_newer_image_makes_the_container_anew() {
    let stack = Stack::new("services:\n  first: { build: ./src }\n");
    stack.file("stack/base/all/src/Dockerfile", "FROM IMAGE\nRUN echo one > /version\n");
    stack.run("build").expect_success();
    let registry = Registry::start();
    let built = format!("{}-first:latest", stack.name);
    let image = registry.publish(&stack.docker, &built, "team/web");
    let web =
        format!("services:\n  web: {{ image: \"{image}\", stop_signal: SIGKILL, entrypoint: [sleep, \"1000\"], expose: [1] }}\n");
    stack.compose(&web);
    let up = stack.run("up").expect_success();
    assert!(up.stderr.contains(&format!("pulled {image}")), "{}", up.stderr);
    assert_eq!(stack.exec("web", &["cat", "/version"]), "one");
    // A newer image under the same name comes with `pull`.
    stack.compose("services:\n  first: { build: ./src }\n");
    stack.file("stack/base/all/src/Dockerfile", "FROM IMAGE\nRUN echo two > /version\n");
    stack.run("build").expect_success();
    let _ = registry.publish(&stack.docker, &built, "team/web");
    // The daemon has the old one under that name.
    let old = stack.container("web")["Image"].as_str().unwrap_or_default().to_owned();
    let repository = image.trim_end_matches(":1");
    let _ = stack.docker.call("POST", &format!("/images/{old}/tag?repo={repository}&tag=1"), None);
    stack.compose(&web);
    stack.run("up").expect_success();
    assert_eq!(stack.exec("web", &["cat", "/version"]), "one");
    stack.run("pull").expect_success();
    stack.run("up").expect_success();
    assert_eq!(stack.exec("web", &["cat", "/version"]), "two");
}
