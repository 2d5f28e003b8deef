use infra_confine::{ConfineError, Confinement, ExitStatus, Request, Running, Spawner, Stdio, base_profile};
use std::future::Future;
use std::path::PathBuf;
use std::sync::OnceLock;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

/// What a program left.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert!(self.status.success(), "{self:?}");
        self
    }

    /// It failed, and said so with these words.
    #[track_caller]
    pub fn refused(self, words: &str) -> Self {
        assert!(!self.status.success() && self.stderr.contains(words), "{self:?}");
        self
    }
}

/// One spawner for all tests, so that they share workers.
pub fn spawner() -> &'static Spawner {
    static SPAWNER: OnceLock<Spawner> = OnceLock::new();
    SPAWNER.get_or_init(|| Spawner::start().unwrap())
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The canonical path of a program that every Debian has.
pub fn path_of(program: &str) -> PathBuf {
    ["/usr/bin", "/bin", "/usr/sbin"].iter().find_map(|dir| std::fs::canonicalize(format!("{dir}/{program}")).ok()).unwrap()
}

/// A program with the usual `PATH`, named as it was asked for (busybox and friends look at that).
pub fn request(program: &str, args: &[&str]) -> Request {
    let mut request = Request::new(path_of(program));
    request.argv = std::iter::once(&program).chain(args).map(Into::into).collect();
    request.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C")
}

pub fn sh(script: &str) -> Request {
    request("sh", &["-c", script])
}

pub fn perl(script: &str) -> Request {
    request("perl", &["-e", script])
}

/// The base profile and what `more` adds.
pub fn confined(more: impl FnOnce(&mut Confinement)) -> Confinement {
    let mut confinement = base_profile();
    more(&mut confinement);
    confinement
}

pub fn run(request: Request) -> Output {
    block_on(async { finish(&request).await.unwrap() })
}

pub fn refusal(request: &Request) -> ConfineError {
    block_on(async { finish(request).await.unwrap_err() })
}

pub async fn finish(request: &Request) -> Result<Output, ConfineError> {
    let (stdio, pipes) = Stdio::piped().unwrap();
    let mut running = spawner().spawn(request, stdio).await?;
    drop(pipes.stdin);
    let (stdout, stderr, status) = tokio::join!(all(pipes.stdout), all(pipes.stderr), running.wait());
    Ok(Output { status: status?, stdout, stderr })
}

/// Starts it without streams and goes on.
pub async fn start(request: &Request) -> Running {
    spawner().spawn(request, Stdio::null().unwrap()).await.unwrap()
}

pub async fn all(mut from: Receiver) -> String {
    let mut bytes = vec![];
    from.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
