//! A socket between the runner and the daemon that writes down what is asked, and may lose answers.

use infra_host::docker::DockerSettings;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::task::AbortOnDropHandle;

/// What becomes of the answer to a request that has this text.
#[derive(Clone, Copy, Debug, Default)]
pub enum Answers {
    /// It arrives.
    #[default]
    Whole,
    /// It never comes.
    Withheld(&'static str),
    /// The connection breaks instead.
    Broken(&'static str),
}

#[derive(Debug, Default)]
struct Conversation {
    requests: Vec<String>,
    ended: bool,
}

type Conversations = Arc<Mutex<Vec<Conversation>>>;

pub struct Relay {
    pub settings: DockerSettings,
    conversations: Conversations,
    answers: Arc<Mutex<Answers>>,
    _dir: tempfile::TempDir,
    _listening: AbortOnDropHandle<()>,
}

impl Relay {
    pub fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("docker.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let (conversations, answers) = (Conversations::default(), Arc::<Mutex<Answers>>::default());
        let (all, wanted) = (Arc::clone(&conversations), Arc::clone(&answers));
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = {
                    let mut all = all.lock().unwrap();
                    all.push(Conversation::default());
                    all.len() - 1
                };
                tokio::spawn(converse(client, Arc::clone(&all), number, Arc::clone(&wanted)));
            }
        });
        let settings = DockerSettings { host: Some(format!("unix://{}", path.display())), ..DockerSettings::default() };
        Self { settings, conversations, answers, _dir: dir, _listening: AbortOnDropHandle::new(listening) }
    }

    pub fn answer(&self, answers: Answers) {
        *self.answers.lock().unwrap() = answers;
    }

    /// All requests so far, as `POST /v1.41/containers/create?name=x`.
    pub fn requests(&self) -> Vec<String> {
        self.conversations.lock().unwrap().iter().flat_map(|conversation| conversation.requests.clone()).collect()
    }

    /// The requests that ask for more than to read.
    pub fn writes(&self) -> Vec<String> {
        self.requests().into_iter().filter(|request| !request.starts_with("GET ") && !request.starts_with("HEAD ")).collect()
    }

    /// Waits until a request with this text has come.
    pub async fn asked(&self, text: &str) {
        self.until(text, |conversations| conversations.iter().any(|one| has(one, text))).await;
    }

    /// Waits until the connection on which a request with this text came has ended.
    pub async fn hung_up(&self, text: &str) {
        self.until(text, |conversations| conversations.iter().any(|one| has(one, text) && one.ended)).await;
    }

    pub fn still_open(&self, text: &str) -> bool {
        self.conversations.lock().unwrap().iter().any(|one| has(one, text) && !one.ended)
    }

    async fn until(&self, text: &str, holds: impl Fn(&[Conversation]) -> bool) {
        for _ in 0..500 {
            if holds(&self.conversations.lock().unwrap()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("`{text}`: {:?}", self.conversations.lock().unwrap());
    }
}

fn has(conversation: &Conversation, text: &str) -> bool {
    conversation.requests.iter().any(|request| request.contains(text))
}

async fn converse(client: UnixStream, all: Conversations, number: usize, wanted: Arc<Mutex<Answers>>) {
    let daemon = UnixStream::connect("/var/run/docker.sock").await.unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_daemon, mut to_daemon) = daemon.into_split();
    let asking = async {
        let (mut piece, mut text) = (vec![0; 64 << 10], String::new());
        while let Ok(length @ 1..) = from_client.read(&mut piece).await {
            text.push_str(&String::from_utf8_lossy(&piece[..length]));
            while let Some((before, rest)) = text.split_once(" HTTP/1.1\r\n") {
                let methods = ["GET /", "HEAD /", "POST /", "PUT /", "DELETE /"];
                let start = methods.iter().filter_map(|method| before.rfind(method)).max().unwrap_or(0);
                all.lock().unwrap()[number].requests.push(before[start..].to_owned());
                text = rest.to_owned();
            }
            if to_daemon.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    };
    let answering = async {
        let mut piece = vec![0; 64 << 10];
        while let Ok(length @ 1..) = from_daemon.read(&mut piece).await {
            let answers = *wanted.lock().unwrap();
            let lost = |text: &str| has(&all.lock().unwrap()[number], text);
            match answers {
                Answers::Withheld(text) if lost(text) => continue,
                Answers::Broken(text) if lost(text) => return,
                _ => {}
            }
            if to_client.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = asking => {}
        () = answering => {}
    }
    all.lock().unwrap()[number].ended = true;
}
