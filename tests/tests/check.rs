//! `std/check` against servers of the test's own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use infra_tests::Project;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

/// A server that answers each request with this body; its port.
fn server(body: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        }
    });
    port
}

fn project(port: u16, checks: &str, grant: &str) -> Project {
    let checks = checks.replace("PORT", &port.to_string());
    let grant = grant.replace("PORT", &port.to_string());
    Project::new(&format!(
        "[tasks.smoke]\nuses = \"std/check\"\nwith = {{ deadline = \"2s\", checks = [{checks}] }}\nallow = [{{ {grant} }}]\n"
    ))
}

const HTTP: &str =
    r#"http = [{ hosts = ["127.0.0.1:PORT"], methods = ["GET"], paths = ["/health"] }, { connect = ["127.0.0.1:*"] }]"#;

#[test]
fn services_that_answer_pass() {
    let checks =
        r#"{ name = "api", url = "http://127.0.0.1:PORT/health", contains = "well" }, { name = "port", tcp = "127.0.0.1:PORT" },
        { name = "program", exec = ["echo", "hello"], contains = "hello" }"#
            .replace('\n', " ");
    let project = project(server("all is well"), &checks, &format!(r#"{HTTP}, process = [{{ program = "echo" }}]"#));
    let rows = project.infra(&["run", "smoke", "--json"]).output().expect_success();
    let table = project.infra(&["run", "smoke"]).output().expect_success();
    for name in ["api", "port", "program"] {
        assert!(table.stdout.contains(name), "{}", table.stdout);
    }
    assert!(rows.stdout.contains("exit code 0"), "{}", rows.stdout);
}

#[test]
fn a_service_that_does_not_answer_fails_the_task() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let checks =
        format!(r#"{{ name = "api", url = "http://127.0.0.1:PORT/health" }}, {{ name = "gone", tcp = "127.0.0.1:{free}" }}"#);
    let project = project(server("well"), &checks, HTTP);
    let failed = project.infra(&["run", "smoke"]).output().expect_code(1);
    assert!(failed.stderr.contains("1 of 2 checks failed: gone: nothing listens on"), "{}", failed.stderr);
}

#[test]
fn a_command_that_never_ends_runs_out_of_time() {
    let checks = r#"{ name = "slow", exec = ["sleep", "600"], timeout = "200ms", attempts = 2, backoff = "10ms" }"#;
    let project = project(1, checks, r#"process = [{ program = "sleep" }]"#);
    let failed = project.infra(&["run", "smoke"]).output().expect_code(1);
    assert!(failed.stderr.contains("no answer within 200ms"), "{}", failed.stderr);
}

#[test]
fn what_is_not_granted_is_not_checked() {
    let checks = r#"{ url = "http://127.0.0.1:PORT/health" }, { tcp = "127.0.0.1:PORT" }"#;
    for grant in [
        r#"http = [{ hosts = ["127.0.0.1:PORT"], methods = ["GET"] }]"#,
        r#"http = [{ connect = ["127.0.0.1:PORT"] }]"#,
        r#"http = [{ hosts = ["127.0.0.1:PORT"], methods = ["GET"], paths = ["/other"], connect = ["127.0.0.1:PORT"] }]"#,
    ] {
        let denied = project(server("well"), checks, grant).infra(&["run", "smoke"]).output().expect_code(77);
        assert!(denied.stderr.contains("http = [{"), "{}", denied.stderr);
    }
}
