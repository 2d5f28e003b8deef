//! In the environment of containers.

use super::{SECRET, says};
use infra_tests::{Output, Stack};

const COMPOSE: &str = r#"
services:
  db:
    image: IMAGE
    command: [sleep, "1000"]
    environment: { PW: "${PW}", URL: "me:${PW}@host" }
"#;

/// The stack's Infrafile with a secret that may go to this place.
fn with_secret(stack: &Stack, to: &str) {
    let text = stack.project.read("Infrafile.toml");
    let grant = format!("allow = [{{ secrets = [{{ name = 'PW', to = ['{to}'] }}] }}, ");
    let rest = "env = { PW = '${secrets.PW}' }\n\n[secrets]\nPW = 'env:THE_SECRET'\n";
    stack.project.file("Infrafile.toml", text.replacen("allow = [", &grant, 1) + rest);
}

fn up(stack: &Stack) -> Output {
    stack.project.infra(&["run", "services"]).env("THE_SECRET", SECRET).output()
}

#[test]
fn a_container_gets_the_secret_and_is_not_made_anew_for_it() {
    let stack = Stack::new(COMPOSE);
    let plain = stack.project.read("Infrafile.toml");
    with_secret(&stack, "docker:**");
    let output = up(&stack).expect_success();
    says(&output, &[]);
    assert_eq!(stack.exec("db", &["sh", "-c", "printf %s \"$PW\""]), SECRET);
    assert_eq!(stack.exec("db", &["sh", "-c", "printf %s \"$URL\""]), format!("me:{SECRET}@host"));
    let first = stack.container("db")["Id"].clone();
    up(&stack).expect_success();
    assert_eq!(stack.container("db")["Id"], first);
    stack.docker.remove_all(&stack.name);
    // Elsewhere it does not go, and nothing is made with it.
    stack.project.file("Infrafile.toml", plain);
    with_secret(&stack, "docker:other/image");
    says(&up(&stack).expect_code(77), &["secrets = [{ name = \"PW\", to = [\"docker:"]);
    assert!(stack.container("db").is_null());
}
