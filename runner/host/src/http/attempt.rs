//! One request over one connection.

use super::connect;
use super::failure::{self, Failure};
use super::request::Call;
use http::{HeaderValue, Request, StatusCode, Version};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use infra_effect::HttpScheme;
use infra_event::{ErrorCode, TaskError};
use rustls::ClientConfig;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// Bytes of a response's head, and of a piece of its body.
const BUFFER: usize = 64 << 10;
/// The longest that a server may ask to wait before the next attempt.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A response whose body is still to be read.
pub(super) struct Answer {
    pub(super) response: http::Response<Incoming>,
    pub(super) address: SocketAddr,
    /// Reads from the connection; it ends with this.
    pub(super) connection: AbortOnDropHandle<()>,
}

/// Sends a request, and sends it again where that is safe.
pub(super) async fn with_retries(
    call: &mut Call,
    addresses: &[IpAddr],
    trust: Option<&Arc<ClientConfig>>,
) -> Result<Answer, Failure> {
    let mut pause = Duration::from_millis(200);
    let mut left = call.retries;
    loop {
        let wait = match once(call, addresses, trust).await {
            Ok(answer) if left > 0 && call.may_repeat() && asks_for_patience(answer.response.status()) => {
                asked_pause(&answer.response).unwrap_or(pause)
            }
            Ok(answer) => return Ok(answer),
            Err(failure) => {
                let safe = call.content.is_repeatable() && (!failure.sent || call.may_repeat());
                if left == 0 || !safe || !failure.error.retryable {
                    return Err(failure);
                }
                pause
            }
        };
        left -= 1;
        tokio::time::sleep(wait.min(LONGEST_PAUSE)).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

fn asks_for_patience(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

fn asked_pause(response: &http::Response<Incoming>) -> Option<Duration> {
    response.headers().get("retry-after")?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

async fn once(call: &mut Call, addresses: &[IpAddr], trust: Option<&Arc<ClientConfig>>) -> Result<Answer, Failure> {
    let place = call.location.authority();
    let (stream, address) = connect::tcp(&place, addresses, call.location.port, call.timeout).await.map_err(Failure::before)?;
    let io: Box<dyn connect::Stream> = match (call.location.scheme, trust) {
        (HttpScheme::Https, Some(config)) => {
            connect::tls(Arc::clone(config), &call.location, stream, call.timeout).await.map_err(Failure::before)?
        }
        _ => Box::new(stream),
    };
    let mut builder = http1::Builder::new();
    builder.max_buf_size(BUFFER);
    let (mut sender, connection) =
        builder.handshake(TokioIo::new(io)).await.map_err(|error| Failure::before(failure::broken(&place, &error)))?;
    let connection = AbortOnDropHandle::new(tokio::spawn(async move {
        let _ = connection.await;
    }));
    let Some(body) = call.content.take(&call.turn) else {
        return Err(Failure::after(TaskError::new(ErrorCode::DEFECT, "a body that was streamed is sent twice")));
    };
    let request = request(call, body).map_err(Failure::before)?;
    call.turn.server();
    let response = tokio::select! {
        response = sender.send_request(request) => response.map_err(|error| {
            Failure { sent: !error.is_canceled(), error: failure::broken(&place, &error) }
        })?,
        () = call.turn.stalled(call.timeout) => {
            let what = format!("{place} does not answer");
            return Err(Failure::after(failure::timed_out(&what, Some(call.timeout))));
        }
    };
    Ok(Answer { response, address, connection })
}

fn request<B>(call: &Call, body: B) -> Result<Request<B>, TaskError> {
    let wrong = |error: http::Error| TaskError::new(ErrorCode::INVALID, format!("the request cannot be sent: {error}"));
    let mut request = Request::builder()
        .method(call.method.word())
        .uri(call.location.target.as_str())
        .version(Version::HTTP_11)
        .body(body)
        .map_err(wrong)?;
    *request.headers_mut() = call.headers.clone();
    let host = HeaderValue::from_str(&call.location.authority()).map_err(|error| wrong(error.into()))?;
    request.headers_mut().insert("host", host);
    request.headers_mut().insert("connection", HeaderValue::from_static("close"));
    Ok(request)
}
