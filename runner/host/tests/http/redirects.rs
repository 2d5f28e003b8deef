//! Each redirect is looked at as if it had been asked for.

use crate::server::{listen, ok, server, to};
use crate::world::{LOCAL, denied, fails, get, world};
use infra_host::http::{HttpBody, HttpRequest};

fn follow(url: &str) -> HttpRequest {
    let mut request = HttpRequest { redirects: 5, ..get(url) };
    for (name, value) in [("authorization", "Bearer abc"), ("cookie", "a=b"), ("x-api-key", "abc"), ("accept", "text/plain")] {
        request.headers.push((name.into(), value.into()));
    }
    request
}

#[tokio::test]
async fn a_redirect_is_followed_and_told() {
    let server = server(|request| if request.starts_with("GET /a ") { to(302, "/b?c") } else { ok("there") }).await;
    let world = world(LOCAL);
    let (head, body) = world.ask(follow(&server.url("/a"))).await.unwrap();
    assert_eq!((body.as_str(), head.url), ("there", server.url("/b")));
    assert!(server.seen()[1].contains("authorization: Bearer abc\r\n"), "the origin is the same");
    assert_eq!(world.told().len(), 2);
    let (head, _) = world.ask(get(&server.url("/a"))).await.unwrap();
    assert_eq!(head.status, 302, "it is the response where none is followed");
}

#[tokio::test]
async fn another_origin_gets_no_secrets() {
    let other = server(|_| ok("there")).await;
    let url = other.url("/");
    let first = server(move |_| to(307, &url)).await;
    assert_eq!(world(LOCAL).ask(follow(&first.url("/"))).await.unwrap().1, "there");
    let seen = other.seen().remove(0);
    for secret in ["authorization", "cookie", "x-api-key", "abc"] {
        assert!(!seen.contains(secret), "{seen}");
    }
    assert!(seen.contains("accept: text/plain\r\n"));
}

#[tokio::test]
async fn a_hostile_chain_ends_where_the_grant_does() {
    let inside = listen("127.0.0.3:0", None, |_| ok("inside")).await;
    let inside_url = inside.url("/");
    let far = server(move |request| match request.split(' ').nth(1) {
        Some("/inside") => to(302, &inside_url),
        Some("/metadata") => to(302, "http://169.254.169.254/latest/meta-data/"),
        Some("/mapped") => to(302, "http://[::ffff:169.254.169.254]/"),
        Some("/decimal") => to(302, "http://2130706433/"),
        Some("/user") => to(302, "http://user:pass@127.0.0.1/"),
        Some("/file") => to(302, "file:///etc/passwd"),
        Some("/split") => to(302, "/x%0d%0aset-cookie:a\\b"),
        Some("/loop") => to(302, "/loop"),
        Some("/method") => to(307, "/next"),
        _ => ok("end"),
    })
    .await;
    let port = far.address.port();
    let grant = format!(r#"{{ hosts = ["127.0.0.1:{port}", "*"], methods = ["GET"] }}"#);
    let world = world(&grant);
    denied(world.ask(follow(&far.url("/inside"))).await, "127.0.0.3");
    denied(world.ask(follow(&far.url("/metadata"))).await, "169.254.169.254");
    for path in ["/mapped", "/decimal", "/user", "/file", "/split", "/loop"] {
        let error = fails(world.ask(follow(&far.url(path))).await, "failed", "redirect");
        assert!(!error.message.contains("user:pass"), "{error:?}");
    }
    assert_eq!(inside.times(), 0);
    assert_eq!(far.seen().iter().filter(|request| request.starts_with("GET /loop ")).count(), 6);
    assert_eq!(world.ask(follow(&far.url("/method"))).await.unwrap().1, "end");
}

#[tokio::test]
async fn a_write_becomes_a_read_or_is_granted_again() {
    let server = server(|request| match request.split(' ').nth(1) {
        Some("/see") => to(303, "/end"),
        Some("/again") => to(308, "/end"),
        _ => ok(request.lines().next().unwrap()),
    })
    .await;
    let port = server.address.port();
    let post = |path: &str, body| HttpRequest { method: "POST".into(), body, ..follow(&server.url(path)) };
    let bytes = || HttpBody::Bytes("some".into());
    assert_eq!(world(LOCAL).ask(post("/see", bytes())).await.unwrap().1, "GET /end HTTP/1.1");
    assert_eq!(world(LOCAL).ask(post("/again", bytes())).await.unwrap().1, "POST /end HTTP/1.1");
    assert!(server.seen().last().unwrap().ends_with("\r\n\r\nsome"));
    let narrow = format!(r#"{{ hosts = ["127.0.0.1:{port}"], methods = ["POST"], paths = ["/see", "/again"] }}"#);
    denied(world(&narrow).ask(post("/see", bytes())).await, r#"methods = ["GET"]"#);
    denied(world(&narrow).ask(post("/again", bytes())).await, r#"paths = ["/end"]"#);
    let step = world(LOCAL);
    let mut exchange = step.http.send(post("/again", HttpBody::Streamed(None))).await.unwrap();
    exchange.write(b"some").await.unwrap();
    exchange.finish().await.unwrap();
    fails(exchange.response().await, "failed", "redirect");
}
