//! Where a name leads is checked, and only what was checked is connected to.

use crate::server::{listen, ok, server};
use crate::world::{denied, get, resolving, world};
use std::sync::atomic::Ordering;
use std::time::Duration;

#[tokio::test]
async fn a_name_is_resolved_once_and_no_other_address_is_connected_to() {
    let first = listen("127.0.0.1:0", None, |_| ok("first")).await;
    let port = first.address.port();
    let second = listen(&format!("127.0.0.2:{port}"), None, |_| ok("second")).await;
    let grant = format!(r#"{{ hosts = ["app.example.com:{port}"], methods = ["GET"] }}"#);
    let (world, count) = resolving(&grant, &[&["127.0.0.1"], &["127.0.0.2"]]);
    let (head, body) = world.ask(get(&format!("http://app.example.com:{port}/"))).await.unwrap();
    assert_eq!((body.as_str(), head.address), ("first", first.address.to_string()));
    assert_eq!((count.load(Ordering::Relaxed), second.times()), (1, 0));
    assert!(first.seen()[0].contains(&format!("host: app.example.com:{port}\r\n")));
    assert!(world.told()[0].ends_with(" at 127.0.0.1"), "{:?}", world.told());
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_unless_that_is_granted() {
    let server = server(|_| ok("inside")).await;
    let port = server.address.port();
    let hosts = |hosts: &str| format!(r#"{{ hosts = [{hosts}], methods = ["GET"] }}"#);
    let url = format!("http://app.example.com:{port}/");
    for granted in [
        format!(r#""app.example.com:{port}""#),
        r#""*.example.com:*", "127.0.0.0/8:*""#.to_owned(),
        format!(r#""*:*", "127.0.0.1:{port}""#),
    ] {
        let (world, _) = resolving(&hosts(&granted), &[&["127.0.0.1"]]);
        assert_eq!(world.ask(get(&url)).await.unwrap().1, "inside", "{granted}");
    }
    let before = server.times();
    for refused in [r#""*:*""#, r#""*.example.com:*""#, r#""*.example.com:*", "10.0.0.0/8:*""#] {
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "fd12::1"] {
            if refused.contains("10.0") && address.starts_with("10.") {
                continue;
            }
            let (world, _) = resolving(&hosts(refused), &[&[address]]);
            denied(world.ask(get(&url)).await, "http = [{ hosts = [");
        }
    }
    assert_eq!(server.times(), before);
}

#[tokio::test]
async fn a_metadata_service_is_reached_by_its_address_alone() {
    let hosts = |hosts: &str| format!(r#"{{ hosts = [{hosts}], methods = ["GET"] }}"#);
    for address in
        ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "fe80::1", "0.0.0.0", "64:ff9b::a9fe:a9fe", "224.0.0.1"]
    {
        let (world, _) = resolving(&hosts(r#""metadata.example.com", "*", "*.internal", "169.254.0.0/16""#), &[&[address]]);
        for url in ["http://metadata.example.com/", "http://metadata.google.internal/"] {
            denied(world.ask(get(url)).await, "hosts = [");
        }
    }
    denied(world(&hosts(r#""*", "169.254.0.0/16""#)).ask(get("http://169.254.169.254/")).await, r#"hosts = ["169.254.169.254"]"#);
}

#[tokio::test]
async fn a_special_address_that_is_granted_is_reached() {
    let server = server(|_| ok("there")).await;
    let port = server.address.port();
    // This one leads to the machine itself.
    let grant = |more: &str| format!(r#"{{ hosts = ["app.example.com:{port}"{more}], methods = ["GET"] }}"#);
    let url = format!("http://app.example.com:{port}/");
    let (granted, _) = resolving(&grant(&format!(r#", "0.0.0.0:{port}""#)), &[&["0.0.0.0"]]);
    assert_eq!(granted.ask(get(&url)).await.unwrap().1, "there");
    for more in ["", r#", "0.0.0.0/8:*""#, r#", "0.0.0.0""#] {
        let (refused, _) = resolving(&grant(more), &[&["0.0.0.0"]]);
        denied(refused.ask(get(&url)).await, &format!("0.0.0.0:{port}"));
    }
    assert_eq!(server.times(), 1);
}

#[tokio::test]
async fn addresses_that_are_not_granted_are_left_out() {
    let server = server(|_| ok("granted")).await;
    let port = server.address.port();
    let grant = format!(r#"{{ hosts = ["*.example.com:*", "127.0.0.1:{port}"], methods = ["GET"] }}"#);
    let (world, _) = resolving(&grant, &[&["169.254.169.254", "10.0.0.1", "127.0.0.1"]]);
    assert_eq!(world.ask(get(&format!("http://app.example.com:{port}/"))).await.unwrap().1, "granted");
}

#[tokio::test]
async fn a_host_that_is_not_granted_is_not_even_looked_up() {
    let (world, count) = resolving(r#"{ hosts = ["a.io"], methods = ["GET"] }"#, &[&["127.0.0.1"]]);
    denied(world.ask(get("http://secret.evil.io/")).await, "secret.evil.io");
    denied(world.http.connect("secret.evil.io", 80, Duration::from_secs(1)).await, r#"connect = ["secret.evil.io:80"]"#);
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_port_is_looked_at_where_that_is_granted() {
    let server = server(|_| ok("")).await;
    let port = server.address.port();
    let granted = world(&format!(r#"{{ connect = ["127.0.0.1:{port}"] }}"#));
    let limit = Duration::from_secs(20);
    let reached = granted.http.connect("127.0.0.1", port, limit).await.unwrap().next().await.unwrap().unwrap();
    assert_eq!(reached.address, server.address.to_string());
    assert_eq!(granted.told(), [format!("tcp.connect Performed tcp://127.0.0.1:{port}")]);
    let asks = world(crate::world::LOCAL);
    denied(asks.http.connect("127.0.0.1", port, limit).await, &format!(r#"http = [{{ connect = ["127.0.0.1:{port}"] }}]"#));
    let (inside, _) = resolving(&format!(r#"{{ connect = ["*:{port}"] }}"#), &[&["127.0.0.1"]]);
    denied(inside.http.connect("app.example.com", port, limit).await.unwrap().next().await, "connect = [");
    let (special, _) = resolving(&format!(r#"{{ connect = ["app.example.com:{port}"] }}"#), &[&["169.254.169.254"]]);
    denied(special.http.connect("app.example.com", port, limit).await.unwrap().next().await, &format!("169.254.169.254:{port}"));
}
