//! How requests fail.

use crate::server::{ok, server};
use crate::world::{LOCAL, fails, get, make, resolving, world};
use infra_event::Mode;
use infra_host::http::{HttpBody, HttpRequest, Resolver};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Soon enough for a test, and no server here answers in it.
const SOON: Duration = Duration::from_millis(300);

#[tokio::test]
async fn nothing_listens() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = fails(world(LOCAL).ask(get(&format!("http://{free}/"))).await, "unavailable", "refused");
    assert!(error.retryable && error.message.contains(&free.to_string()), "{error:?}");
    let granted = world(&format!(r#"{{ connect = ["{free}"] }}"#));
    let mut connecting = granted.http.connect("127.0.0.1", free.port(), SOON).await.unwrap();
    fails(connecting.next().await, "unavailable", "refused");
}

#[tokio::test]
async fn a_name_has_no_address() {
    let grant = r#"{ hosts = ["app.example.com"], methods = ["GET"] }"#;
    let unknown = Resolver::new(|_| Box::pin(async { Err(io::Error::other("no such name")) }));
    let error = fails(make(Mode::Run, grant, None, unknown).ask(get("http://app.example.com/")).await, "unavailable", "dns");
    assert!(error.message.contains("app.example.com"), "{error:?}");
    let (empty, _) = resolving(grant, &[&[]]);
    fails(empty.ask(get("http://app.example.com/")).await, "unavailable", "dns");
    let slow = Resolver::new(|_| Box::pin(std::future::pending()));
    let request = HttpRequest { timeout: SOON, ..get("http://app.example.com/") };
    fails(make(Mode::Run, grant, None, slow).ask(request).await, "timeout", "timeout");
}

#[tokio::test]
async fn a_server_that_says_nothing_runs_out_of_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let _held = tokio::spawn(async move {
        let mut streams = vec![];
        while let Ok((stream, _)) = listener.accept().await {
            streams.push(stream);
        }
    });
    let request = HttpRequest { timeout: SOON, ..get(&format!("http://{address}/")) };
    fails(world(LOCAL).ask(request.clone()).await, "timeout", "timeout");
    let all = HttpRequest { timeout: Duration::from_secs(60), deadline: Some(SOON), ..request.clone() };
    fails(world(LOCAL).ask(all).await, "timeout", "timeout");
    let step = world(LOCAL);
    let write = HttpRequest { method: "POST".into(), body: HttpBody::Bytes("x".into()), ..request };
    let error = fails(step.ask(write).await, "timeout", "timeout");
    assert!(!error.retryable && error.message.contains("not known"), "{error:?}");
    assert!(step.told().last().unwrap().starts_with("http.write Cancelled"), "{:?}", step.told());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let short = server(|_| "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_owned()).await;
    fails(world(LOCAL).ask(get(&short.url("/"))).await, "unavailable", "broken");
    let silent = server(|_| String::new()).await;
    fails(world(LOCAL).ask(get(&silent.url("/"))).await, "unavailable", "broken");
    let nonsense = server(|_| "SSH-2.0-OpenSSH_9.2\r\n".to_owned()).await;
    fails(world(LOCAL).ask(get(&nonsense.url("/"))).await, "unavailable", "broken");
    let huge = server(|_| format!("HTTP/1.1 200 OK\r\nx-a: {}\r\n\r\n", "x".repeat(1 << 20))).await;
    fails(world(LOCAL).ask(get(&huge.url("/"))).await, "unavailable", "broken");
}

#[tokio::test]
async fn an_answer_is_as_long_as_it_may_be() {
    let told = server(|_| ok("0123456789")).await;
    let chunked =
        server(|_| "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n".to_owned()).await;
    for server in [told, chunked] {
        let limited = |limit| HttpRequest { max_body: Some(limit), ..get(&server.url("/")) };
        assert_eq!(world(LOCAL).ask(limited(10)).await.unwrap().1, "0123456789");
        fails(world(LOCAL).ask(limited(9)).await, "limit", "too-large");
    }
}

#[tokio::test]
async fn a_slow_answer_ends_with_its_handle() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (gone, ended) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nslow").await.unwrap();
        // The end of the connection is what is read next.
        let _ = gone.send(stream.read(&mut buffer).await.unwrap_or(0));
    });
    let step = world(LOCAL);
    let mut exchange = step.http.send(get(&format!("http://{address}/"))).await.unwrap();
    assert_eq!(exchange.next().await.unwrap().unwrap().as_ref(), b"slow");
    assert!(tokio::time::timeout(SOON, exchange.next()).await.is_err(), "it waits");
    drop(exchange);
    assert_eq!(tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap().unwrap(), 0);
}
