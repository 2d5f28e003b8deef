//! What is sent is what was asked for, where it is granted.

use crate::server::{ok, server, status};
use crate::world::{LOCAL, denied, get, make, world};
use infra_event::Mode;
use infra_host::http::{HttpBody, HttpRequest, Resolver};

fn post(url: &str, body: &'static str) -> HttpRequest {
    HttpRequest { method: "POST".into(), body: HttpBody::Bytes(body.into()), ..get(url) }
}

#[tokio::test]
async fn a_request_has_its_answer() {
    let server = server(|_| ok("hello")).await;
    let mut request = get(&server.url("/a?b=c"));
    request.headers.push(("x-key".into(), "value".into()));
    let world = world(LOCAL);
    let (head, body) = world.ask(request).await.unwrap();
    assert_eq!((head.status, body.as_str(), head.address), (200, "hello", server.address.to_string()));
    assert!(head.headers.contains(&("x-kind".to_owned(), "test".to_owned())));
    assert_eq!(head.url, server.url("/a"), "without the query");
    let seen = server.seen().remove(0);
    assert!(seen.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{seen}");
    for header in [format!("host: {}", server.address), "x-key: value".into(), "connection: close".into()] {
        assert!(seen.contains(&format!("{header}\r\n")), "{seen}");
    }
    assert_eq!(world.told(), [format!("http.read Performed GET {}?…", server.url("/a"))]);
    let (head, body) = world.ask(post(&server.url("/"), "some")).await.unwrap();
    assert_eq!((head.status, body.as_str()), (200, "hello"));
    assert!(server.seen()[1].ends_with("content-length: 4\r\n\r\nsome"), "{}", server.seen()[1]);
}

#[tokio::test]
async fn an_answer_of_failure_is_an_answer() {
    let server = server(|_| status("404 Not Found")).await;
    assert_eq!(world(LOCAL).ask(get(&server.url("/"))).await.unwrap().0.status, 404);
}

#[tokio::test]
async fn what_is_not_granted_is_not_sent() {
    let server = server(|_| ok("")).await;
    let port = server.address.port();
    let narrow = world(&format!(r#"{{ hosts = ["127.0.0.1:{port}"], methods = ["GET"], paths = ["/v1/**"] }}"#));
    assert!(narrow.ask(get(&server.url("/v1/x"))).await.is_ok());
    denied(narrow.ask(get(&server.url("/v2"))).await, r#"paths = ["/v2"]"#);
    denied(narrow.ask(get(&server.url("/v1/%2e%2e%2fv2"))).await, "paths");
    denied(narrow.ask(post(&server.url("/v1/x"), "")).await, r#"methods = ["POST"]"#);
    denied(world("{}").ask(get(&server.url("/v1/x"))).await, &format!(r#"hosts = ["127.0.0.1:{port}"]"#));
    denied(world(r#"{ hosts = ["*:*"], methods = ["GET"] }"#).ask(get(&server.url("/"))).await, "127.0.0.1");
    let kept = make(Mode::Run, LOCAL, Some(r#"{ hosts = ["127.0.0.1:*"], methods = ["GET"] }"#), Resolver::system());
    assert!(kept.ask(get(&server.url("/"))).await.is_ok());
    denied(kept.ask(post(&server.url("/"), "")).await, "add to policy.toml");
    assert_eq!(server.times(), 2);
    assert!(narrow.told().iter().any(|line| line.starts_with("http.read Refused")), "{:?}", narrow.told());
}

#[tokio::test]
async fn a_request_that_is_wrong_in_itself_is_refused() {
    let server = server(|_| ok("")).await;
    let world = world(LOCAL);
    let header = |name: &str, value: &str| {
        let mut request = get(&server.url("/"));
        request.headers.push((name.into(), value.into()));
        request
    };
    for request in [
        header("x-a", "b\r\nx-c: d"),
        header("host", "example.com"),
        header("transfer-encoding", "chunked"),
        HttpRequest { method: "CONNECT".into(), ..get(&server.url("/")) },
        HttpRequest { method: "GET / HTTP/1.1\r\nx: y\r\n".into(), ..get(&server.url("/")) },
        HttpRequest { body: HttpBody::Bytes("x".into()), ..get(&server.url("/")) },
        HttpRequest { redirects: 21, ..get(&server.url("/")) },
        HttpRequest { retries: 11, ..get(&server.url("/")) },
        HttpRequest { timeout: std::time::Duration::ZERO, ..get(&server.url("/")) },
        HttpRequest { authorities: Some("no certificate".into()), ..get(&server.url("/")) },
        get(&format!("http://user@{}/", server.address)),
    ] {
        let error = world.ask(request.clone()).await.unwrap_err();
        assert_eq!(error.code, "invalid", "{request:?}");
        assert!(error.hint.is_some(), "{error:?}");
    }
    assert_eq!(server.times(), 0);
}

#[tokio::test]
async fn proxies_of_the_environment_are_not_used() {
    let proxy = server(|_| ok("from the proxy")).await;
    let server = server(|_| ok("from the server")).await;
    let variables = ["http_proxy", "HTTP_PROXY", "ALL_PROXY"].map(|name| (name.to_owned(), proxy.url("")));
    let mut step = world(LOCAL);
    step.http.host = std::sync::Arc::new(infra_host::http::HttpHost::from_environment(&variables.into()));
    assert_eq!(step.ask(get(&server.url("/"))).await.unwrap().1, "from the server");
    assert_eq!(proxy.times(), 0);
}
