use crate::{binary, free_port, wait_for};
use sha2::{Digest as _, Sha256};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

/// Who may do all.
const ACCESS: &str = "GK000000000000000000000001";

/// A store that speaks S3, without a bucket: Garage, which `BENCH_GARAGE` names.
#[derive(Debug)]
pub struct ObjectStore {
    child: Child,
    port: u16,
    _directory: tempfile::TempDir,
}

impl ObjectStore {
    /// The key of who may do all.
    pub const SECRET: &str = "5ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e70001";

    /// Starts one.
    #[must_use]
    pub fn start() -> Self {
        let program = program();
        let (directory, port, other) = (tempfile::tempdir().unwrap(), free_port(), free_port());
        let root = directory.path().display();
        let text = format!(
            "metadata_dir = \"{root}/meta\"\ndata_dir = \"{root}/data\"\ndb_engine = \"sqlite\"\nreplication_factor = 1\n\
             rpc_bind_addr = \"127.0.0.1:{other}\"\nrpc_secret = \"{:064x}\"\n\
             [s3_api]\ns3_region = \"us-east-1\"\napi_bind_addr = \"127.0.0.1:{port}\"\n",
            1
        );
        let config = directory.path().join("garage.toml");
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(program);
        command.arg("-c").arg(&config).args(["server", "--single-node", "--default-access-key"]);
        command.envs([("GARAGE_DEFAULT_ACCESS_KEY", ACCESS), ("GARAGE_DEFAULT_SECRET_KEY", Self::SECRET)]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let store = Self { child: command.spawn().unwrap(), port, _directory: directory };
        wait_for("the store answers", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        store
    }

    /// Puts the program where the platform's own build looks for it, so that it is not built again.
    pub fn lend_program() {
        let program = program();
        let version = program.parent().and_then(Path::file_name).unwrap();
        let directory = binary().with_file_name("test-cache").join("infra-bench").join(version);
        std::fs::create_dir_all(&directory).unwrap();
        let lent = directory.join("garage");
        if !lent.exists() {
            std::os::unix::fs::symlink(&program, lent).unwrap();
        }
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The keys in a bucket, sorted; none where there is no bucket.
    #[must_use]
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        let (_, body) = self.call("GET", &format!("/{bucket}/"), "list-type=2", b"");
        between(&body, "<Key>", "</Key>")
    }

    /// The keys of the uploads that are not complete.
    #[must_use]
    pub fn unfinished(&self, bucket: &str) -> Vec<String> {
        let (_, body) = self.call("GET", &format!("/{bucket}/"), "uploads=", b"");
        between(&body, "<Key>", "</Key>")
    }

    /// What an object has.
    #[must_use]
    pub fn read(&self, bucket: &str, key: &str) -> Vec<u8> {
        let (status, body) = self.call("GET", &format!("/{bucket}/{key}"), "", b"");
        assert_eq!(status, 200, "{key}");
        body
    }

    /// Replaces what an object has.
    pub fn write(&self, bucket: &str, key: &str, content: &[u8]) {
        let (status, body) = self.call("PUT", &format!("/{bucket}/{key}"), "", content);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }

    /// Removes an object.
    pub fn remove(&self, bucket: &str, key: &str) {
        assert_eq!(self.call("DELETE", &format!("/{bucket}/{key}"), "", b"").0, 204, "{key}");
    }

    /// A request past the product: status and body. The query is sorted and encoded.
    fn call(&self, method: &str, path: &str, query: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let (host, payload, time) = (format!("127.0.0.1:{}", self.port), hex(&Sha256::digest(body)), now());
        let names = "host;x-amz-content-sha256;x-amz-date";
        let canonical = format!(
            "{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{payload}\nx-amz-date:{time}\n\n{names}\n{payload}"
        );
        let scope = format!("{}/us-east-1/s3/aws4_request", &time[..8]);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
        let key = scope.split('/').fold(format!("AWS4{}", Self::SECRET).into_bytes(), |key, step| hmac(&key, step.as_bytes()));
        let signature = hex(&hmac(&key, text.as_bytes()));
        let head = format!(
            "{method} {path}?{query} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\nx-amz-content-sha256: {payload}\r\n\
             x-amz-date: {time}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={ACCESS}/{scope}, SignedHeaders={names}, \
             Signature={signature}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), answer.split_off(end))
    }
}

impl Drop for ObjectStore {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> PathBuf {
    std::env::var_os("BENCH_GARAGE").expect("BENCH_GARAGE is not set: `tests/bench/garage build` prints what it is").into()
}

fn between(body: &[u8], start: &str, end: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    text.split(start).skip(1).map(|rest| rest.split(end).next().unwrap().to_owned()).collect()
}

/// As `20130524T000000Z`.
fn now() -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let output = Command::new("date").args(["-u", "-d", &format!("@{seconds}"), "+%Y%m%dT%H%M%SZ"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 2104, for keys of at most a block; a longer one is hashed first.
fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    let hashed = Sha256::digest(key);
    let key = if key.len() > block.len() { &hashed[..] } else { key };
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(data).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().to_vec()
}
