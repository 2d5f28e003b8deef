//! A registry of this machine, and one that fails.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::task::AbortOnDropHandle;

pub const USER: (&str, &str) = ("somebody", "hunter2");
const USERS: &str = "somebody:$2y$05$abcdefghijklmnopqrstuuoXuKqgZXLiJqzfmMXDDhSFPIvxV7t8.\n";

/// Debian's `docker-registry` on a port of its own.
pub struct Registry {
    pub address: String,
    child: Child,
    _dir: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address at which nobody answers.
pub fn nobody() -> String {
    format!("127.0.0.1:{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port())
}

impl Registry {
    pub fn open() -> Self {
        Self::start("")
    }

    /// One that asks for [`USER`].
    pub fn closed() -> Self {
        Self::start("auth: {htpasswd: {realm: test, path: USERS}}\n")
    }

    fn start(auth: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let address = nobody();
        let (config, users) = (dir.path().join("config.yml"), dir.path().join("users"));
        std::fs::write(&users, USERS).unwrap();
        let auth = auth.replace("USERS", &users.display().to_string());
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"{address}\"}}\n{auth}",
            dir.path().display()
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new("docker-registry");
        let child = command.arg("serve").arg(&config).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let registry = Self { address, child: child.expect("Debian's docker-registry is inslow"), _dir: dir };
        for _ in 0..200 {
            if TcpStream::connect(&registry.address).is_ok() {
                return registry;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the registry does not start");
    }
}

/// How what stands before a registry fails.
#[derive(Clone, Copy)]
pub enum Fault {
    /// The first connections break before an answer.
    First(u32),
    /// After a part of it, a layer comes byte by byte.
    Trickle,
}

/// Stands before a registry and fails.
pub struct Unsteady {
    pub address: String,
    /// Pieces that come byte by byte.
    pub slow: Arc<AtomicU32>,
    /// Clients that went away in the middle of their layer.
    pub left: Arc<AtomicU32>,
    _listening: AbortOnDropHandle<()>,
}

impl Unsteady {
    pub async fn before(registry: &str, fault: Fault) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let counters: [Arc<AtomicU32>; 3] = Default::default();
        let [_, slow, left] = counters.clone();
        let registry = registry.to_owned();
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, registry.clone(), fault, counters.clone()));
            }
        });
        Self { address, slow, left, _listening: AbortOnDropHandle::new(listening) }
    }
}

async fn forward(client: tokio::net::TcpStream, registry: String, fault: Fault, [seen, slow, left]: [Arc<AtomicU32>; 3]) {
    let mut first = [0];
    // The daemon tries TLS first, which begins with this byte.
    if !matches!(client.peek(&mut first).await, Ok(1)) || first[0] == 0x16 {
        return;
    }
    let number = seen.fetch_add(1, Ordering::SeqCst);
    let (mut from_client, mut to_client) = client.into_split();
    if let Fault::First(count) = fault
        && number < count
    {
        let _ = from_client.read(&mut [0; 4096]).await;
        return;
    }
    let registry = tokio::net::TcpStream::connect(registry).await.unwrap();
    let (mut from_registry, mut to_registry) = registry.into_split();
    let answered = AtomicU32::new(0);
    let answering = async {
        let mut piece = vec![0; 16 << 10];
        while let Ok(length @ 1..) = from_registry.read(&mut piece).await {
            let so_far = answered.fetch_add(u32::try_from(length).unwrap(), Ordering::SeqCst);
            if matches!(fault, Fault::Trickle) && so_far > 100 << 10 {
                slow.fetch_add(1, Ordering::SeqCst);
                for byte in &piece[..length] {
                    if to_client.write_all(&[*byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                continue;
            }
            if to_client.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = tokio::io::copy(&mut from_client, &mut to_registry) => {
            if answered.load(Ordering::SeqCst) > 100 << 10 {
                left.fetch_add(1, Ordering::SeqCst);
            }
        }
        () = answering => {}
    }
}
