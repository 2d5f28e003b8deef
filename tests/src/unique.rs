use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

static NAMES: AtomicU32 = AtomicU32::new(0);
static PORTS: AtomicU32 = AtomicU32::new(0);

/// A name that nothing else on this machine has.
#[must_use]
pub fn unique_name() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() % 1_000_000;
    format!("infra-test-{}-{now}-{}", std::process::id(), NAMES.fetch_add(1, Ordering::Relaxed))
}

/// A port that nobody listens on. Below those that the kernel gives to outgoing connections, so that it stays free.
#[must_use]
pub fn free_port() -> u16 {
    loop {
        let next = std::process::id() * 16 + PORTS.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(20_000 + next % 10_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
