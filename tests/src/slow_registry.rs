use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A registry of images with one layer, which trickles and never ends.
#[derive(Debug)]
pub struct SlowRegistry {
    port: u16,
    layers: Arc<Layers>,
}

#[derive(Debug, Default)]
struct Layers {
    begun: AtomicUsize,
    broken: AtomicUsize,
}

impl SlowRegistry {
    /// Listens on a port of the loopback address, for which the daemon needs no TLS.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let layers: Arc<Layers> = Arc::default();
        let shared = Arc::clone(&layers);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let layers = Arc::clone(&shared);
                std::thread::spawn(move || serve(client, &layers));
            }
        });
        Self { port, layers }
    }

    /// The name of one of its images.
    #[must_use]
    pub fn image(&self, name: &str) -> String {
        format!("127.0.0.1:{}/slow/{name}:1", self.port)
    }

    /// Whether this many layers trickle now.
    #[must_use]
    pub fn trickles(&self, layers: usize) -> bool {
        let begun = self.layers.begun.load(Ordering::SeqCst);
        begun - self.layers.broken.load(Ordering::SeqCst) == layers
    }
}

fn serve(mut client: TcpStream, layers: &Layers) {
    // The daemon tries TLS first; a handshake begins with this byte.
    let mut first = [0];
    if client.peek(&mut first).is_err() || first == [0x16] {
        let _ = client.read(&mut [0; 4096]);
        let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        return;
    }
    let mut head = BufReader::new(client.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(request) = head.next() else { return };
    let _rest = head.take_while(|line| !line.is_empty()).count();
    let path = request.split(' ').nth(1).unwrap_or_default();
    // Each image has its own: the daemon fetches a layer that two images share only once.
    let layer = digest(path.split('/').nth(3).unwrap_or_default().as_bytes());
    let config = json!({ "architecture": "amd64", "os": "linux", "rootfs": { "type": "layers", "diff_ids": [layer] } });
    let manifest = manifest(&config.to_string(), &layer);
    let (kind, body) = match path {
        "/v2/" => ("application/json", "{}".to_owned()),
        path if path.contains("/manifests/") => (MANIFEST, manifest.to_string()),
        path if path.ends_with(&layer) => return trickle(client, layers),
        _ => ("application/octet-stream", config.to_string()),
    };
    let (length, digest) = (body.len(), digest(body.as_bytes()));
    let sent = if request.starts_with("HEAD ") { "" } else { &body };
    let _ = write!(
        client,
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Docker-Distribution-Api-Version: registry/2.0\r\nDocker-Content-Digest: {digest}\r\n\r\n{sent}"
    );
}

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const LAYER_SIZE: usize = 50_000_000;

fn manifest(config: &str, layer: &str) -> Value {
    json!({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": { "mediaType": "application/vnd.docker.container.image.v1+json", "size": config.len(), "digest": digest(config.as_bytes()) },
        "layers": [{ "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": LAYER_SIZE, "digest": layer }],
    })
}

fn trickle(mut client: TcpStream, layers: &Layers) {
    layers.begun.fetch_add(1, Ordering::SeqCst);
    let mut sent = write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {LAYER_SIZE}\r\n\r\n");
    while sent.is_ok() {
        sent = client.write_all(&[0; 1024]);
        std::thread::sleep(Duration::from_millis(50));
    }
    layers.broken.fetch_add(1, Ordering::SeqCst);
}

fn digest(content: &[u8]) -> String {
    let hex: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
