use super::exchange::{Exchange, Piece, ResponseHead};
use super::failure::{self, Failure};
use super::location::Location;
use super::permit_slot::PermitSlot;
use super::probe::{Connecting, Reached};
use super::request::{Call, HttpRequest};
use super::{HttpHost, attempt, connect};
use crate::docker::{Operation, send};
use http::StatusCode;
use http_body_util::BodyExt as _;
use infra_effect::{AddressClass, Effect, EffectKind, HttpEffect, HttpScheme};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, Permit, StepGate};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;

/// HTTP for one attempt of a step.
#[derive(Clone, Debug)]
pub struct StepHttp {
    /// What the run shares.
    pub host: Arc<HttpHost>,
    /// The gate of the step.
    pub gate: Arc<StepGate>,
}

impl StepHttp {
    /// The effect that a request begins with.
    ///
    /// # Errors
    /// When the request is wrong in itself.
    pub(crate) fn effect(request: &HttpRequest) -> Result<HttpEffect, TaskError> {
        let (call, _) = Call::read(request.clone())?;
        Ok(call.location.effect(call.method))
    }

    /// Whom a request is sent to first: `https://api.example.com`.
    ///
    /// # Errors
    /// When the URL is none.
    pub(crate) fn origin(request: &HttpRequest) -> Result<String, TaskError> {
        let location = Location::parse(&request.url)?;
        Ok(format!("{}://{}", location.scheme.word(), location.authority()))
    }

    /// Whether the request would be begun.
    ///
    /// # Errors
    /// As [`StepHttp::send`].
    pub(crate) async fn look(&self, request: &HttpRequest) -> Result<(), TaskError> {
        let (call, _) = Call::read(request.clone())?;
        self.foreseen(kind(&call), call.location.effect(call.method)).await
    }

    /// Starts a request.
    ///
    /// # Errors
    /// When it is wrong in itself, not granted, or, in a plan, a write. What the network and the server do is told by the exchange.
    pub async fn send(&self, request: HttpRequest) -> Result<Exchange, TaskError> {
        let (call, writer) = Call::read(request)?;
        self.foreseen(kind(&call), call.location.effect(call.method)).await?;
        let (step, slot) = (self.clone(), PermitSlot::default());
        let held = slot.clone();
        let pieces = Operation::start(None, move |sender| async move {
            let (limit, url) = (call.deadline, call.location.url());
            let work = step.exchange(call, &slot, &sender);
            let result = match limit {
                None => work.await,
                Some(limit) => match tokio::time::timeout(limit, work).await {
                    Ok(result) => result,
                    Err(_) => Err(failure::timed_out(&format!("{url} is not done"), Some(limit))),
                },
            };
            // What is under way when the time is over may have been done.
            slot.drop_permit();
            result
        });
        Ok(Exchange::new(pieces, writer, held))
    }

    /// Opens a TCP connection, and closes it at once.
    ///
    /// # Errors
    /// When the place is none, or it is not granted.
    pub async fn connect(&self, host: &str, port: u16, limit: Duration) -> Result<Connecting, TaskError> {
        let effect = super::probe::place(host, port, limit)?;
        self.foreseen(EffectKind::TcpConnect, effect.clone()).await?;
        let step = self.clone();
        Ok(Operation::start(None, move |sender| async move {
            let begun = Instant::now();
            let addresses = step.resolve(EffectKind::TcpConnect, &effect, limit).await?;
            let permit =
                step.admit(EffectKind::TcpConnect, HttpEffect { addresses: addresses.clone(), ..effect.clone() }).await?;
            let place = effect.url();
            let place = place.strip_prefix("tcp://").unwrap_or(&place);
            let (_, address) = permit.end(connect::tcp(place, &addresses, effect.port, limit).await)?;
            send(&sender, Reached { address: address.to_string(), duration: begun.elapsed() }).await;
            Ok(())
        }))
    }

    /// Refuses at once what is refused wherever the name leads, and in a plan each write: no name is looked up for it.
    async fn foreseen(&self, kind: EffectKind, effect: HttpEffect) -> Result<(), TaskError> {
        let plan = self.gate.gate().mode() == infra_event::Mode::Plan && kind == EffectKind::HttpWrite;
        let effect = Effect::Http { kind, effect };
        if self.gate.allows(&effect) && !plan {
            return Ok(());
        }
        match self.gate.admit(effect).await? {
            Decision::Simulate(simulated) => Err(simulated.unknown()),
            Decision::Perform(permit) => {
                permit.done(None);
                Ok(())
            }
        }
    }

    async fn admit(&self, kind: EffectKind, effect: HttpEffect) -> Result<Permit, TaskError> {
        match self.gate.admit(Effect::Http { kind, effect }).await? {
            Decision::Simulate(simulated) => Err(simulated.unknown()),
            Decision::Perform(permit) => Ok(permit),
        }
    }

    /// The addresses that may be connected to.
    async fn resolve(&self, kind: EffectKind, effect: &HttpEffect, limit: Duration) -> Result<Vec<IpAddr>, TaskError> {
        // A host that is not granted is not looked up: the name itself would tell something.
        if !self.gate.allows(&Effect::Http { kind, effect: effect.clone() }) {
            self.admit(kind, effect.clone()).await?.done(None);
        }
        let found = match effect.host.parse::<IpAddr>() {
            Ok(address) => vec![address.to_canonical()],
            Err(_) => match tokio::time::timeout(limit, self.host.resolver.look_up(&effect.host)).await {
                Ok(Ok(found)) if found.is_empty() => return Err(failure::not_found(&effect.host, "it exists without one")),
                Ok(Ok(found)) => found,
                Ok(Err(error)) => return Err(failure::not_found(&effect.host, &error.to_string())),
                Err(_) => return Err(failure::timed_out(&format!("the name `{}` is not resolved", effect.host), Some(limit))),
            },
        };
        let with = |addresses: Vec<IpAddr>| HttpEffect { addresses, ..effect.clone() };
        let allowed: Vec<IpAddr> = found
            .iter()
            .copied()
            .filter(|address| self.gate.allows(&Effect::Http { kind, effect: with(vec![*address]) }))
            .collect();
        if allowed.is_empty() {
            // Refused, and recorded as such, with the address that is refused most.
            let worst = found.iter().copied().max_by_key(|address| AddressClass::of(*address));
            self.admit(kind, with(worst.into_iter().collect())).await?.done(None);
            return Err(TaskError::new(ErrorCode::DENIED, format!("no address of `{}` is granted", effect.host)));
        }
        Ok(allowed)
    }

    async fn exchange(
        &self,
        mut call: Call,
        slot: &PermitSlot,
        sender: &Sender<Result<Piece, TaskError>>,
    ) -> Result<(), TaskError> {
        loop {
            let kind = kind(&call);
            let effect = call.location.effect(call.method);
            let addresses = self.resolve(kind, &effect, call.timeout).await?;
            let trust = match (call.location.scheme, &call.authorities) {
                (HttpScheme::Https, Some(config)) => Some(Arc::clone(config)),
                (HttpScheme::Https, None) => Some(self.host.trust.config()?),
                _ => None,
            };
            let mut permit = self.admit(kind, HttpEffect { addresses: addresses.clone(), ..effect }).await?;
            if kind == EffectKind::HttpWrite {
                permit.on_cancel(|| Box::pin(async { Err(unknown()) }));
            }
            slot.put(permit);
            let answer = match attempt::with_retries(&mut call, &addresses, trust.as_ref()).await {
                Ok(answer) => answer,
                Err(Failure { error, sent: true }) if kind == EffectKind::HttpWrite => {
                    slot.drop_permit();
                    return Err(failure::in_doubt(error));
                }
                Err(Failure { error, .. }) => {
                    slot.failed(&error);
                    return Err(error);
                }
            };
            let status = answer.response.status();
            slot.done(status.as_str());
            if let Some(to) = redirect(&answer.response).filter(|_| call.follows) {
                call.follow(status, &to)?;
                continue;
            }
            let head = ResponseHead::of(&answer.response, call.location.url(), answer.address);
            if !send(sender, Piece::Head(head)).await {
                return Ok(());
            }
            return body(&call, answer, sender).await;
        }
    }
}

fn kind(call: &Call) -> EffectKind {
    if call.method.reads() { EffectKind::HttpRead } else { EffectKind::HttpWrite }
}

fn unknown() -> TaskError {
    TaskError::new(ErrorCode::CANCELLED, "the server may have done it: the request was under way")
}

/// Where a response sends on to.
fn redirect<B>(response: &http::Response<B>) -> Option<String> {
    let statuses = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    let location = response.headers().get("location").filter(|_| statuses.contains(&response.status()))?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

/// Passes the response's body on, piece by piece.
async fn body(call: &Call, answer: attempt::Answer, sender: &Sender<Result<Piece, TaskError>>) -> Result<(), TaskError> {
    let place = call.location.authority();
    // The connection lives as long as its body is read.
    let attempt::Answer { response, connection: _connection, .. } = answer;
    let mut body = response.into_body();
    let mut read: u64 = 0;
    if let (Some(limit), Some(length)) = (call.max_body, http_body::Body::size_hint(&body).exact())
        && length > limit
    {
        return Err(failure::too_large(&place, limit));
    }
    loop {
        let frame = match tokio::time::timeout(call.timeout, body.frame()).await {
            Ok(None) => return Ok(()),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => return Err(failure::broken(&place, &error)),
            Err(_) => {
                return Err(failure::timed_out(&format!("{place} does not go on with its answer"), Some(call.timeout)));
            }
        };
        let Ok(data) = frame.into_data() else { continue };
        read += data.len() as u64;
        if let Some(limit) = call.max_body.filter(|limit| read > *limit) {
            return Err(failure::too_large(&place, limit));
        }
        if !data.is_empty() && !send(sender, Piece::Data(data)).await {
            return Ok(());
        }
    }
}
