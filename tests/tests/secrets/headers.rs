//! In the headers of requests: to hosts that the grant names, and to no other that they send on to.

use super::says;
use infra_tests::{HttpAnswer, HttpServer, Output, Project};

/// A header is ASCII.
const KEY: &str = "k3y+of/the-s3rver=";

/// One check with this URL and header, granted to ask these servers, and with the secret granted for these places.
fn project(url: &str, header: &str, servers: &[&HttpServer], to: &str) -> Project {
    let hosts: Vec<String> = servers.iter().map(|server| format!("'127.0.0.1:{}'", server.port())).collect();
    Project::new(&format!(
        "[secrets]\nKEY = 'env:THE_KEY'\n[tasks.ask]\nuses = 'std/check'\n\
         with = {{ attempts = 1, checks = [{{ url = '{url}', headers = {{ {header} }}, contains = 'well' }}] }}\n\
         allow = [{{ http = [{{ hosts = [{}], methods = ['GET'] }}], secrets = [{{ name = 'KEY', to = [{to}] }}] }}]\n",
        hosts.join(", ")
    ))
}

fn ask(project: &Project) -> Output {
    let output = project.infra(&["run", "ask"]).env("THE_KEY", KEY).output();
    assert!(!output.stdout.contains(KEY) && !output.stderr.contains(KEY), "{}{}", output.stdout, output.stderr);
    output
}

const BEARER: &str = "authorization = 'Bearer ${secrets.KEY}'";

fn to(server: &HttpServer) -> String {
    format!("'http:http://127.0.0.1:{}'", server.port())
}

#[test]
fn a_secret_goes_in_a_header_to_the_host_that_is_named() {
    let server = HttpServer::start(|_| HttpAnswer::new(200, "all is well"));
    ask(&project(&server.url("/"), BEARER, &[&server], &to(&server))).expect_success();
    assert_eq!(server.asked()[0].headers["authorization"], format!("Bearer {KEY}"));
}

#[test]
fn a_secret_goes_to_no_host_that_is_not_named() {
    let server = HttpServer::start(|_| HttpAnswer::new(200, "all is well"));
    let port = server.port();
    for place in ["'http:other.test'", "'process:curl'", &format!("'http:http://127.0.0.2:{port}'"), "'http:http://127.0.0.1:1'"]
    {
        let refused = ask(&project(&server.url("/"), BEARER, &[&server], place)).expect_code(77);
        says(&refused, &[&format!(r#"secrets = [{{ name = "KEY", to = ["http:http://127.0.0.1:{port}"] }}]"#)]);
    }
    // In the clear only where that is written out.
    ask(&project(&server.url("/"), BEARER, &[&server], &format!("'http:127.0.0.1:{port}'"))).expect_code(77);
    // No grant is for any host at all.
    let any = ask(&project(&server.url("/"), BEARER, &[&server], "'http:*'")).expect_code(78);
    says(&any, &["`http:*` is no place for a secret", "by its name"]);
    assert!(server.asked().is_empty());
}

#[test]
fn another_origin_never_gets_it_in_any_header() {
    let other = HttpServer::start(|_| HttpAnswer::new(200, "all is well"));
    let there = other.url("/");
    let first = HttpServer::start(move |_| HttpAnswer::to(&there));
    let places = format!("{}, {}", to(&first), to(&other));
    let header = format!("{BEARER}, accept = '${{secrets.KEY}}', x-key = '${{secrets.KEY}}'");
    ask(&project(&first.url("/"), &header, &[&first, &other], &places)).expect_success();
    assert_eq!(first.asked()[0].headers["accept"], KEY);
    let headers = &other.asked()[0].headers;
    assert!(!headers.values().any(|value| value.contains(KEY)) && !headers.contains_key("accept"), "{headers:?}");
}

#[test]
fn a_server_that_repeats_it_does_not_tell_it_to_the_task() {
    let server = HttpServer::start(|asked| HttpAnswer::new(200, format!("ill: {}", asked.headers["authorization"])));
    let failed = ask(&project(&server.url("/"), BEARER, &[&server], &to(&server))).expect_code(1);
    says(&failed, &["ill: Bearer ***"]);
}

#[test]
fn a_secret_stands_nowhere_else_in_a_request() {
    let server = HttpServer::start(|_| HttpAnswer::new(200, "all is well"));
    let url = server.url("/?key=${secrets.KEY}");
    let refused = ask(&project(&url, "x-a = 'b'", &[&server], &to(&server)));
    assert_ne!(refused.code, Some(0));
    says(&refused, &["the URL of a request holds a secret"]);
    assert!(server.asked().is_empty());
}
