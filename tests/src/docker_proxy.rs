use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// When something is seen of a request that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The daemon does not have it yet.
    Before,
    /// The daemon has all of it, and the runner waits for the answer.
    During,
    /// The daemon begins to answer, and the runner has nothing of the answer yet.
    After,
}

/// What a proxy does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Pass,
    /// The connection breaks here.
    Break,
}

type Watch = dyn Fn(usize, When, &str) -> Verdict + Send + Sync;

/// Stands between a runner and the daemon, and sees each request.
pub struct DockerProxy {
    directory: tempfile::TempDir,
    seen: Arc<Seen>,
}

struct Seen {
    daemon: PathBuf,
    /// Method and path of every request.
    requests: Mutex<Vec<String>>,
    writes: Mutex<usize>,
    watch: Box<Watch>,
}

impl DockerProxy {
    /// In front of the machine's daemon. `watch` is asked at each write: with its number from 1, and with its method and path.
    #[must_use]
    pub fn start(watch: impl Fn(usize, When, &str) -> Verdict + Send + Sync + 'static) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("docker.sock")).unwrap();
        let seen = Arc::new(Seen {
            daemon: "/var/run/docker.sock".into(),
            requests: Mutex::default(),
            writes: Mutex::default(),
            watch: Box::new(watch),
        });
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let seen = Arc::clone(&shared);
                std::thread::spawn(move || serve(client, &seen));
            }
        });
        Self { directory, seen }
    }

    /// The value of `DOCKER_HOST` that leads through it.
    #[must_use]
    pub fn host(&self) -> String {
        format!("unix://{}", self.directory.path().join("docker.sock").display())
    }

    /// Method and path of every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }
}

/// A write that waits for its answer.
type Pending = Mutex<Option<(usize, String)>>;

fn serve(client: UnixStream, seen: &Arc<Seen>) {
    let Ok(daemon) = UnixStream::connect(&seen.daemon) else { return };
    let pending: Arc<Pending> = Arc::default();
    let (to_client, from_daemon) = (client.try_clone().unwrap(), daemon.try_clone().unwrap());
    let (shared, waiting) = (Arc::clone(seen), Arc::clone(&pending));
    std::thread::spawn(move || answers(from_daemon, to_client, &shared, &waiting));
    let (end, back) = (daemon.try_clone().unwrap(), client.try_clone().unwrap());
    let _ = requests(BufReader::new(client), daemon, seen, &pending);
    // As when a runner's connection breaks: the daemon gives up what it does for it.
    let _ = (end.shutdown(Shutdown::Both), back.shutdown(Shutdown::Both));
}

fn answers(mut daemon: UnixStream, mut client: UnixStream, seen: &Seen, pending: &Pending) {
    let mut buffer = [0; 16384];
    while let Ok(count @ 1..) = daemon.read(&mut buffer) {
        let answered = pending.lock().unwrap().take();
        if let Some((number, request)) = answered
            && (seen.watch)(number, When::After, &request) == Verdict::Break
        {
            break;
        }
        if client.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = (daemon.shutdown(Shutdown::Both), client.shutdown(Shutdown::Both));
}

fn requests(mut client: BufReader<UnixStream>, mut daemon: UnixStream, seen: &Seen, pending: &Pending) -> io::Result<()> {
    loop {
        let Some(head) = read_head(&mut client)? else { return Ok(()) };
        let request: String = head.split(' ').take(2).collect::<Vec<_>>().join(" ");
        seen.requests.lock().unwrap().push(request.clone());
        let mut under_way = None;
        if !request.starts_with("GET ") && !request.starts_with("HEAD ") {
            let number = {
                let mut writes = seen.writes.lock().unwrap();
                *writes += 1;
                *writes
            };
            if (seen.watch)(number, When::Before, &request) == Verdict::Break {
                return Ok(());
            }
            *pending.lock().unwrap() = Some((number, request.clone()));
            under_way = Some((number, request));
        }
        daemon.write_all(head.as_bytes())?;
        let lower = head.to_ascii_lowercase();
        if lower.contains("\r\nupgrade:") {
            return io::copy(&mut client, &mut daemon).map(drop);
        } else if lower.contains("\r\ntransfer-encoding: chunked") {
            chunks(&mut client, &mut daemon)?;
        } else if let Some((_, length)) = lower.split_once("\r\ncontent-length: ") {
            let length = length.lines().next().and_then(|length| length.trim().parse().ok()).unwrap_or(0);
            io::copy(&mut (&mut client).take(length), &mut daemon)?;
        }
        if let Some((number, request)) = under_way
            && (seen.watch)(number, When::During, &request) == Verdict::Break
        {
            return Ok(());
        }
    }
}

fn read_head(client: &mut BufReader<UnixStream>) -> io::Result<Option<String>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if client.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(head))
}

fn chunks(client: &mut BufReader<UnixStream>, daemon: &mut UnixStream) -> io::Result<()> {
    loop {
        let mut line = String::new();
        client.read_line(&mut line)?;
        daemon.write_all(line.as_bytes())?;
        let size = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
        io::copy(&mut client.take(size + 2), daemon)?;
        if size == 0 {
            return Ok(());
        }
    }
}

impl std::fmt::Debug for DockerProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DockerProxy").field("requests", &self.requests()).finish_non_exhaustive()
    }
}
