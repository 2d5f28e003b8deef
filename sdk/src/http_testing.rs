use crate::host::{ConnectingHandle, ExchangeHandle, Waitable};
use crate::http::{Head, Reached, Request};
use crate::testing::{Ready, TestHost};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a test says of the servers that there are.
#[derive(Debug, Default)]
pub(crate) struct HttpWorld {
    pub(crate) responses: BTreeMap<String, (u16, Vec<u8>)>,
    pub(crate) ports: Vec<String>,
}

struct Answered {
    head: Head,
    body: Box<Ready<Vec<u8>>>,
}

impl Waitable for Answered {
    fn waitable(&self) -> &dyn std::any::Any {
        &()
    }
}

impl ExchangeHandle for Answered {
    fn write(&self, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn finish(&self) -> Result<()> {
        Ok(())
    }
    fn response(&self) -> Result<Head> {
        Ok(self.head.clone())
    }
    fn next(&self) -> Result<Option<Vec<u8>>> {
        Ok(self.body.take())
    }
}

/// What a request or a connection came to. It is told where it is asked, as the runner does.
struct Refused(Error);

impl Waitable for Refused {
    fn waitable(&self) -> &dyn std::any::Any {
        &()
    }
}

impl ExchangeHandle for Refused {
    fn write(&self, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn finish(&self) -> Result<()> {
        Ok(())
    }
    fn response(&self) -> Result<Head> {
        Err(self.0.clone())
    }
    fn next(&self) -> Result<Option<Vec<u8>>> {
        Err(self.0.clone())
    }
}

struct Connected(Result<Reached>);

impl Waitable for Connected {
    fn waitable(&self) -> &dyn std::any::Any {
        &()
    }
}

impl ConnectingHandle for Connected {
    fn wait(&self) -> Result<Reached> {
        self.0.clone()
    }
}

fn nobody(place: &str) -> Error {
    Error::new("unavailable", format!("nothing listens on {place}")).retryable()
}

impl TestHost {
    /// What a server answers to a request: `GET https://api.example.com/v1`.
    #[must_use]
    pub fn response(self, request: &str, status: u16, body: impl AsRef<[u8]>) -> Self {
        self.http(|world| world.responses.insert(request.to_owned(), (status, body.as_ref().to_vec())));
        self
    }

    /// A TCP port that takes connections: `127.0.0.1:5432`.
    #[must_use]
    pub fn listening(self, place: &str) -> Self {
        self.http(|world| world.ports.push(place.to_owned()));
        self
    }

    pub(crate) fn answer_request(&self, request: &Request) -> Box<dyn ExchangeHandle> {
        let line = format!("{} {}", request.method, request.url);
        self.called(format!("http.send {line}"));
        match self.http(|world| world.responses.get(&line).cloned()) {
            None => Box::new(Refused(nobody(&request.url))),
            Some((status, body)) => {
                let head = Head { status, url: request.url.clone(), address: "127.0.0.1:80".to_owned(), ..Head::default() };
                Box::new(Answered { head, body: Ready::new([body]) })
            }
        }
    }

    pub(crate) fn answer_connection(&self, host: &str, port: u16, _: Duration) -> Box<dyn ConnectingHandle> {
        let place = format!("{host}:{port}");
        self.called(format!("http.connect {place}"));
        let listens = self.http(|world| world.ports.contains(&place));
        Box::new(Connected(if listens { Ok(Reached { address: place, duration_ms: 1 }) } else { Err(nobody(&place)) }))
    }
}
