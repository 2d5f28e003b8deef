//! A key of a secret in a HashiCorp Vault (KV, version 2). It is asked by the rules of every request: admitted by the policy, addresses
//! checked, no redirect followed.

use super::fetch::LARGEST;
use super::{Exchanger, source_file, vault_answer};
use crate::World;
use crate::http::{HttpRequest, ResponseHead, StepHttp};
use infra_effect::{Grants, HttpGrant};
use infra_event::{ErrorCode, Event, TaskError};
use std::sync::Arc;
use std::time::Duration;

/// Where `vault login` leaves the token.
const TOKEN_FILE: &str = "~/.vault-token";

/// A key of a secret.
pub(super) struct Place<'a> {
    pub(super) mount: &'a str,
    pub(super) path: &'a str,
    pub(super) key: &'a str,
}

impl Place<'_> {
    /// As people name it.
    pub(super) fn shown(&self) -> String {
        format!("{}/{}", self.mount.replace("%2F", "/"), self.path)
    }
}

/// Asks the Vault of the runner's environment.
pub(super) async fn read(exchanger: &Exchanger, place: Place<'_>) -> Result<String, TaskError> {
    let request = request(&exchanger.world, &place, exchanger).await?;
    let effect = StepHttp::effect(&request)?;
    let grants = Arc::new(Grants { http: vec![HttpGrant::exactly(&effect)], ..Grants::default() });
    let step = Arc::clone(&exchanger.gate);
    let events = Arc::new(move |event: Event| step.emit(event));
    let own = exchanger.gate.gate().step(exchanger.gate.step(), grants, events);
    let http = StepHttp { host: Arc::clone(&exchanger.world.http), gate: Arc::clone(&own) };
    let answered = whole(&http, request).await;
    own.settle().await;
    let (head, body) = answered.map_err(trusted)?;
    vault_answer::value(&place, &head, &body)
}

async fn request(world: &World, place: &Place<'_>, exchanger: &Exchanger) -> Result<HttpRequest, TaskError> {
    let set = |name: &str| world.programs.environment.get(name).filter(|value| !value.is_empty());
    let Some(address) = set("VAULT_ADDR") else {
        return Err(TaskError::new(ErrorCode::NOT_FOUND, "VAULT_ADDR is not set, which says where the Vault is")
            .hint("`export VAULT_ADDR=https://vault.example.com:8200`"));
    };
    let token = match set("VAULT_TOKEN") {
        Some(token) => token.clone(),
        None => source_file::read(TOKEN_FILE, &world.paths).await.map_err(|error| match error.code.as_str() {
            ErrorCode::NOT_FOUND => {
                TaskError::new(ErrorCode::NOT_FOUND, format!("there is no token: VAULT_TOKEN is not set, and no `{TOKEN_FILE}`"))
                    .hint("`vault login`, or `export VAULT_TOKEN=…`")
            }
            _ => error,
        })?,
    };
    let token = token.trim();
    // A server may repeat it in what it answers.
    exchanger.gate.gate().masker().add(token);
    let segments = |text: &str| text.split('/').map(encoded).collect::<Vec<_>>().join("/");
    let (mount, path) = (segments(&place.mount.replace("%2F", "/")), segments(place.path));
    let mut request = HttpRequest::new("GET", &format!("{}/v1/{mount}/data/{path}", address.trim_end_matches('/')));
    let mut header = |name: &str, value: &str| request.headers.push((name.to_owned(), value.to_owned()));
    header("x-vault-token", token);
    header("x-vault-request", "true");
    if let Some(namespace) = set("VAULT_NAMESPACE") {
        header("x-vault-namespace", namespace);
    }
    if let Some(file) = set("VAULT_CACERT") {
        request.authorities = Some(tokio::fs::read_to_string(file).await.map_err(|error| {
            TaskError::new(ErrorCode::INPUT_OUTPUT, format!("`{file}` cannot be read: {error}")).hint("correct VAULT_CACERT")
        })?);
    }
    request.retries = 2;
    request.timeout = Duration::from_secs(15);
    request.deadline = Some(Duration::from_secs(60));
    request.max_body = Some(2 * LARGEST as u64);
    Ok(request)
}

async fn whole(http: &StepHttp, request: HttpRequest) -> Result<(ResponseHead, Vec<u8>), TaskError> {
    let mut exchange = http.send(request).await?;
    let head = exchange.response().await?;
    let mut body = Vec::new();
    while let Some(piece) = exchange.next().await? {
        body.extend_from_slice(&piece);
    }
    Ok((head, body))
}

/// Says how the Vault's own authority is trusted.
fn trusted(error: TaskError) -> TaskError {
    let about_tls = error.details.as_ref().is_some_and(|details| details["cause"] == "tls");
    if about_tls { error.hint("name the file of the Vault's authority in VAULT_CACERT") } else { error }
}

/// A segment of a path, with nothing in it that a server reads as anything else.
fn encoded(segment: &str) -> String {
    segment.bytes().fold(String::new(), |text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text + char::from(byte).encode_utf8(&mut [0; 4])
        } else {
            text + &format!("%{byte:02X}")
        }
    })
}
