use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A server on a port of the loopback address that answers as the test says.
#[derive(Debug)]
pub struct HttpServer {
    port: u16,
    asked: Arc<Mutex<Vec<HttpAsked>>>,
}

/// A request without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAsked {
    /// As `GET`.
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case, and values.
    pub headers: BTreeMap<String, String>,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// As 200.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl HttpAnswer {
    /// A body with its status.
    pub fn new(status: u16, body: impl ToString) -> Self {
        Self { status, headers: vec![], body: body.to_string() }
    }

    /// Sends on to another place.
    #[must_use]
    pub fn to(url: &str) -> Self {
        Self { status: 307, headers: vec![("location".to_owned(), url.to_owned())], body: String::new() }
    }
}

impl HttpServer {
    /// Listens until the test ends.
    #[must_use]
    pub fn start(answer: impl Fn(&HttpAsked) -> HttpAnswer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, answer) = (Arc::<Mutex<Vec<HttpAsked>>>::default(), Arc::new(answer));
        let seen = Arc::clone(&asked);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                std::thread::spawn(move || serve(client, &seen, &*answer));
            }
        });
        Self { port, asked }
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// A URL of it.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it was asked until now.
    #[must_use]
    pub fn asked(&self) -> Vec<HttpAsked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut client: TcpStream, seen: &Mutex<Vec<HttpAsked>>, answer: &dyn Fn(&HttpAsked) -> HttpAnswer) {
    let mut lines = BufReader::new(client.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let header = |line: String| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let headers = lines.take_while(|line| !line.is_empty()).filter_map(header).collect();
    let asked = HttpAsked { method, path, headers };
    seen.lock().unwrap().push(asked.clone());
    let HttpAnswer { status, headers, body } = answer(&asked);
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let head = format!("HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}");
    let _ = write!(client, "{head}content-length: {length}\r\n\r\n{body}");
}
