//! The task as its users call it, against the SDK's stand-in for the runner.

mod files;
mod healing;
mod verbs;

use super::*;
use infra::testing::TestHost;
use serde_json::{Value, json};

const POSTGRES: &str = "
services:
  postgres:
    image: ${POSTGRES_IMAGE:-postgres:16}
    environment: { POSTGRES_PASSWORD: secret }
    ports: [\"127.0.0.1:5432:5432\"]
    volumes: [\"data:/var/lib/postgresql/data\"]
    healthcheck: { test: [CMD, pg_isready], interval: 2s, retries: 3 }
    x-infra: { description: The database }
volumes:
  data: { name: demo-data }
";
const APP: &str = "
services:
  app:
    image: app:1
    ports: [80]
    depends_on: { postgres: { condition: service_healthy } }
";

fn world() -> TestHost {
    TestHost::new()
        .file("platform/docker/databases/postgres/compose.yaml", POSTGRES)
        .file("platform/docker/applications/app/compose.yaml", APP)
}

/// A world of one file, `a/b/compose.yaml`.
fn one(text: &str) -> TestHost {
    TestHost::new().file("a/b/compose.yaml", text)
}

fn call(host: &TestHost, args: Value) -> Result<Value> {
    host.run(|| services(Services::from_json(args)?))
}

/// With `a/b/compose.yaml`.
fn call_one(host: &TestHost, mut args: Value) -> Result<Value> {
    args["files"] = json!(["a/**/compose.yaml"]);
    call(host, args)
}

fn message(result: Result<Value>) -> String {
    match result {
        Ok(value) => format!("no error: {value}"),
        Err(error) => error.message,
    }
}

fn writes(host: &TestHost) -> Vec<String> {
    let reads = ["ping", "inspect", "list", "find", "read", "wait"];
    host.calls().into_iter().filter(|call| !reads.iter().any(|read| call.contains(read))).collect()
}
