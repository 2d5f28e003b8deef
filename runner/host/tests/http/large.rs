//! A gibibyte each way passes through flat memory.

use crate::world::{LOCAL, get, world};
use infra_host::http::{HttpBody, HttpRequest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const GIBIBYTE: u64 = 1 << 30;

/// Kibibytes that this process holds now.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Far more than any buffer, far less than the body.
const ROOM: u64 = 128 << 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gibibyte_goes_through_each_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let piece = vec![b'x'; 256 << 10];
        let mut buffer = vec![0; 256 << 10];
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut buffer).await.unwrap();
        stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {GIBIBYTE}\r\n\r\n").as_bytes()).await.unwrap();
        for _ in 0..GIBIBYTE / piece.len() as u64 {
            stream.write_all(&piece).await.unwrap();
        }
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = 0;
        while read < GIBIBYTE {
            read += stream.read(&mut buffer).await.unwrap() as u64;
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    });
    let step = world(LOCAL);
    let before = resident();
    let mut most = before;
    let mut exchange = step.http.send(get(&url)).await.unwrap();
    let mut read = 0;
    while let Some(piece) = exchange.next().await.unwrap() {
        read += piece.len() as u64;
        if read % (64 << 20) < 64 << 10 {
            most = most.max(resident());
        }
    }
    assert_eq!(read, GIBIBYTE);
    let upload = HttpRequest { method: "PUT".into(), body: HttpBody::Streamed(Some(GIBIBYTE)), ..get(&url) };
    let mut exchange = step.http.send(upload).await.unwrap();
    let piece = vec![b'y'; 1 << 20];
    for number in 0..1024 {
        exchange.write(&piece).await.unwrap();
        if number % 64 == 0 {
            most = most.max(resident());
        }
    }
    exchange.finish().await.unwrap();
    assert_eq!(exchange.response().await.unwrap().status, 204);
    serving.await.unwrap();
    assert!(most - before < ROOM, "{before} KiB became {most} KiB");
}
