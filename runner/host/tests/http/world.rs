//! A step with grants for HTTP.

use infra_effect::Grants;
use infra_event::{Event, Mode, StepId, TaskError};
use infra_gate::{Gate, GateConfig, Masker, Policy};
use infra_host::http::{HttpHost, HttpRequest, Resolver, ResponseHead, StepHttp};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub struct World {
    pub http: StepHttp,
    pub events: Arc<Mutex<Vec<Event>>>,
}

/// What a grant of `http` holds, as TOML.
pub fn world(grant: &str) -> World {
    make(Mode::Run, grant, None, Resolver::system())
}

/// A world in which names have these addresses, one list for each time that any is asked for; and how often that was.
pub fn resolving(grant: &str, answers: &[&[&str]]) -> (World, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let answers: Vec<Vec<IpAddr>> =
        answers.iter().map(|answer| answer.iter().map(|address| address.parse().unwrap()).collect()).collect();
    let asked = Arc::clone(&count);
    let resolver = Resolver::new(move |_| {
        let answer = answers[asked.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1)].clone();
        Box::pin(async move { Ok(answer) })
    });
    (make(Mode::Run, grant, None, resolver), count)
}

pub fn make(mode: Mode, grant: &str, policy: Option<&str>, resolver: Resolver) -> World {
    let read = |text: &str| toml::from_str::<Grants>(&format!("http = [{text}]")).unwrap();
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let seen = Arc::clone(&events);
    let policy = policy.map_or_else(Policy::default, |policy| Policy::of(read(policy)));
    let gate = Gate::new(GateConfig { mode, policy, journal: None, masker: Masker::default() });
    let http = StepHttp {
        host: Arc::new(HttpHost::from_environment(&BTreeMap::new()).resolving(resolver)),
        gate: gate.step(StepId(0), Arc::new(read(grant)), Arc::new(move |event| seen.lock().unwrap().push(event))),
    };
    World { http, events }
}

/// Everything on this machine.
pub const LOCAL: &str = r#"{ hosts = ["127.0.0.1:*"], methods = ["GET", "POST", "PUT", "DELETE"] }"#;

pub fn get(url: &str) -> HttpRequest {
    HttpRequest { timeout: Duration::from_secs(20), ..HttpRequest::new("GET", url) }
}

impl World {
    /// The whole response.
    pub async fn ask(&self, request: HttpRequest) -> Result<(ResponseHead, String), TaskError> {
        let mut exchange = self.http.send(request).await?;
        let head = exchange.response().await?;
        let mut body = Vec::new();
        while let Some(piece) = exchange.next().await? {
            body.extend_from_slice(&piece);
        }
        Ok((head, String::from_utf8(body).unwrap()))
    }

    /// The effects that were told, as `kind action summary`.
    pub fn told(&self) -> Vec<String> {
        let one = |event: &Event| match event {
            Event::StepEffect { kind, action, summary, .. } => Some(format!("{kind} {action:?} {summary}")),
            _ => None,
        };
        self.events.lock().unwrap().iter().filter_map(one).collect()
    }
}

/// Asserts a refusal that names what would allow it.
#[track_caller]
pub fn denied<T>(result: Result<T, TaskError>, line: &str) {
    let error = result.err().unwrap();
    assert_eq!(error.code, "denied", "{error:?}");
    assert!(error.hint.as_deref().unwrap_or_default().contains(line), "{error:?}");
}

/// Asserts a failure with a hint, by its code and its cause.
#[track_caller]
pub fn fails<T>(result: Result<T, TaskError>, code: &str, cause: &str) -> TaskError {
    let error = result.err().unwrap();
    assert_eq!(error.code, code, "{error:?}");
    assert!(error.hint.is_some(), "{error:?}");
    assert_eq!(error.details.as_ref().unwrap()["cause"], cause, "{error:?}");
    error
}
