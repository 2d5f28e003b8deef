//! A request is sent again only where that is safe.

use crate::server::{ok, server, status};
use crate::world::{LOCAL, get, world};
use infra_host::http::{HttpBody, HttpRequest};
use std::sync::atomic::{AtomicU32, Ordering};

/// Fails twice, then answers.
fn third(fail: fn() -> String) -> impl Fn(&str) -> String + Send + Sync {
    let count = AtomicU32::new(0);
    move |_| if count.fetch_add(1, Ordering::Relaxed) < 2 { fail() } else { ok("third") }
}

#[tokio::test]
async fn what_can_be_repeated_is() {
    for fail in [|| status("503 Unavailable"), String::new] {
        for method in ["GET", "PUT", "DELETE"] {
            let server = server(third(fail)).await;
            let request = HttpRequest { method: method.into(), retries: 2, ..get(&server.url("/")) };
            assert_eq!(world(LOCAL).ask(request).await.unwrap().1, "third", "{method}");
            assert_eq!(server.times(), 3, "{method}");
        }
    }
}

#[tokio::test]
async fn what_may_have_happened_is_not_repeated() {
    let server = server(third(String::new)).await;
    let request = HttpRequest { method: "POST".into(), retries: 5, ..get(&server.url("/")) };
    assert!(world(LOCAL).ask(request).await.unwrap_err().message.contains("not known"));
    assert_eq!(server.times(), 1);
    let streamed = HttpRequest { method: "PUT".into(), retries: 5, body: HttpBody::Streamed(Some(1)), ..get(&server.url("/")) };
    let step = world(LOCAL);
    let mut exchange = step.http.send(streamed).await.unwrap();
    exchange.write(b"x").await.unwrap();
    exchange.finish().await.unwrap();
    assert!(exchange.response().await.is_err());
    assert_eq!(server.times(), 2);
}

#[tokio::test]
async fn an_answer_that_is_no_passing_failure_is_final() {
    let server = server(|_| status("500 Internal Server Error")).await;
    let request = HttpRequest { retries: 3, ..get(&server.url("/")) };
    assert_eq!(world(LOCAL).ask(request).await.unwrap().0.status, 500);
    assert_eq!(server.times(), 1);
}
