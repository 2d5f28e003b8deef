//! Bodies that are written while they are sent.

use crate::server::{ok, server};
use crate::world::{LOCAL, get, world};
use infra_host::http::{HttpBody, HttpRequest};

fn put(url: &str, length: Option<u64>) -> HttpRequest {
    HttpRequest { method: "PUT".into(), body: HttpBody::Streamed(length), ..get(url) }
}

#[tokio::test]
async fn a_body_is_written_piece_by_piece() {
    let server = server(|_| ok("taken")).await;
    let step = world(LOCAL);
    for length in [None, Some(8)] {
        let mut exchange = step.http.send(put(&server.url("/"), length)).await.unwrap();
        exchange.write(b"some").await.unwrap();
        exchange.write(b"more").await.unwrap();
        exchange.finish().await.unwrap();
        exchange.finish().await.unwrap();
        assert_eq!(exchange.write(b"x").await.unwrap_err().code, "invalid");
        assert_eq!(exchange.next().await.unwrap().unwrap().as_ref(), b"taken");
        assert!(exchange.next().await.unwrap().is_none());
        assert!(exchange.next().await.unwrap().is_none(), "the end is the end");
    }
    let seen = server.seen();
    assert!(seen[0].contains("transfer-encoding: chunked") && seen[0].ends_with("0\r\n\r\n"), "{}", seen[0]);
    assert!(seen[1].contains("content-length: 8") && seen[1].ends_with("\r\n\r\nsomemore"), "{}", seen[1]);
}

#[tokio::test]
async fn a_body_is_as_long_as_it_was_said_to_be() {
    let server = server(|_| ok("")).await;
    let step = world(LOCAL);
    let mut exchange = step.http.send(put(&server.url("/"), Some(4))).await.unwrap();
    assert_eq!(exchange.write(b"longer").await.unwrap_err().code, "invalid");
    exchange.write(b"sho").await.unwrap();
    assert_eq!(exchange.finish().await.unwrap_err().code, "invalid");
    let mut exchange = step.http.send(get(&server.url("/"))).await.unwrap();
    assert_eq!(exchange.write(b"x").await.unwrap_err().code, "invalid");
}

#[tokio::test]
async fn a_body_that_is_given_up_is_not_taken_for_whole() {
    let server = server(|_| ok("")).await;
    let step = world(LOCAL);
    let mut exchange = step.http.send(put(&server.url("/"), None)).await.unwrap();
    exchange.write(b"half").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    drop(exchange);
    for _ in 0..200 {
        if server.times() > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let seen = server.seen().remove(0);
    assert!(seen.contains("half") && !seen.ends_with("0\r\n\r\n"), "{seen}");
    assert!(step.told().last().unwrap().starts_with("http.write Cancelled"), "{:?}", step.told());
}
