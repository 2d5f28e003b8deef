//! TLS with an authority of the test's own.

use crate::server::{authority, listen, ok, server, to};
use crate::world::{denied, fails, get, resolving, world};
use infra_host::http::{HttpHost, HttpRequest};
use std::collections::BTreeMap;
use std::sync::Arc;

#[tokio::test]
async fn a_certificate_is_checked_for_the_name_that_was_asked_for() {
    let (pem, tls) = authority(&["app.example.com", "127.0.0.1"]);
    let server = listen("127.0.0.1:0", Some(tls), |_| ok("secret")).await;
    let port = server.address.port();
    let grant =
        format!(r#"{{ hosts = ["app.example.com:{port}", "other.example.com:{port}", "127.0.0.1:*"], methods = ["GET"] }}"#);
    let (world, _) = resolving(&grant, &[&["127.0.0.1"]]);
    let trusting =
        |host: &str, pem: &str| HttpRequest { authorities: Some(pem.to_owned()), ..get(&format!("https://{host}:{port}/")) };
    for host in ["app.example.com", "127.0.0.1"] {
        assert_eq!(world.ask(trusting(host, &pem)).await.unwrap().1, "secret");
    }
    let error = fails(world.ask(trusting("other.example.com", &pem)).await, "unavailable", "tls");
    assert!(!error.retryable, "{error:?}");
    fails(world.ask(trusting("app.example.com", &authority(&["x"]).0)).await, "unavailable", "tls");
    fails(world.ask(get(&format!("https://127.0.0.1:{port}/"))).await, "unavailable", "tls");
    assert_eq!(server.times(), 2);
}

#[tokio::test]
async fn certificates_are_named_by_the_environment() {
    let (pem, tls) = authority(&["127.0.0.1"]);
    let server = listen("127.0.0.1:0", Some(tls), |_| ok("secret")).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let named = BTreeMap::from([("SSL_CERT_FILE".to_owned(), file.path().to_str().unwrap().to_owned())]);
    let mut step = world(r#"{ hosts = ["https://127.0.0.1:*"], methods = ["GET"] }"#);
    step.http.host = Arc::new(HttpHost::from_environment(&named));
    assert_eq!(step.ask(get(&format!("https://{}/", server.address))).await.unwrap().1, "secret");
    denied(step.ask(get(&format!("http://{}/", server.address))).await, "hosts");
}

#[tokio::test]
async fn no_redirect_leads_into_the_clear() {
    let plain = server(|_| ok("plain")).await;
    let url = plain.url("/");
    let (pem, tls) = authority(&["127.0.0.1"]);
    let server = listen("127.0.0.1:0", Some(tls), move |_| to(302, &url)).await;
    let request = HttpRequest { authorities: Some(pem), redirects: 3, ..get(&format!("https://{}/", server.address)) };
    fails(world(crate::world::LOCAL).ask(request).await, "failed", "redirect");
    assert_eq!(plain.times(), 0);
}

#[tokio::test]
async fn what_speaks_no_tls_is_said_to() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"SSH-2.0-OpenSSH_9.2\r\n").await;
    });
    let (pem, _) = authority(&["127.0.0.1"]);
    let request = HttpRequest { authorities: Some(pem), ..get(&format!("https://{address}/")) };
    fails(world(crate::world::LOCAL).ask(request).await, "unavailable", "tls");
}
