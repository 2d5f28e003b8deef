//! Secrets in the headers of requests.

use crate::State;
use crate::http::{HttpBody, HttpRequest, StepHttp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use infra_effect::{SecretSink, SinkKind};
use infra_event::{ErrorCode, TaskError};
use infra_gate::Masker;
use std::borrow::Cow;

/// What stands before a user and a password (RFC 7617).
const BASIC: &str = "Basic ";

impl State {
    /// Puts secrets in the place of their handles in the values of headers. Returns what keeps them from coming back to the task.
    pub(crate) async fn header_secrets(
        &mut self,
        http: &StepHttp,
        request: &mut HttpRequest,
    ) -> Result<Option<Masker>, TaskError> {
        let has = |text: &[u8]| !self.world.secrets.found_in(text).is_empty();
        if has(request.url.as_bytes()) {
            return Err(elsewhere("the URL of a request holds a secret, and servers write URLs into their logs"));
        }
        if matches!(&request.body, HttpBody::Bytes(body) if has(body)) {
            return Err(elsewhere("the body of a request holds a secret, and secrets go in headers"));
        }
        if request.headers.iter().any(|(name, _)| has(name.as_bytes())) {
            return Err(elsewhere("the name of a header holds a secret"));
        }
        let opened: Vec<Cow<'_, str>> = request.headers.iter().map(|(name, value)| open(name, value)).collect();
        let held: Vec<bool> = opened.iter().map(|value| has(value.as_bytes())).collect();
        if !held.contains(&true) {
            return Ok(None);
        }
        let to = SecretSink::new(SinkKind::Http, StepHttp::origin(request)?);
        let exchanger = self.exchanger();
        let admitted = exchanger.admit(&to, opened.iter().map(|value| value.as_bytes())).await?;
        // Nothing is looked up for a request that is refused.
        if let Err(error) = http.look(request).await {
            admitted.set_aside();
            return Err(error);
        }
        let exchange = exchanger.exchange(admitted).await?;
        let values: Vec<String> = opened.iter().map(|value| exchange.text(value).into_owned()).collect();
        let basic: Vec<bool> = opened.iter().map(|value| matches!(value, Cow::Owned(_))).collect();
        drop(opened);
        for (index, (name, value)) in request.headers.iter_mut().enumerate().filter(|(index, _)| held[*index]) {
            *value = if basic[index] { format!("{BASIC}{}", STANDARD.encode(&values[index])) } else { values[index].clone() };
            request.private.push(name.clone());
        }
        Ok(exchange.veil())
    }
}

/// A value as handles are looked for in it: what stands in base64 behind `Basic` is decoded, and is then owned.
fn open<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    let basic = value.get(..BASIC.len()).filter(|scheme| scheme.eq_ignore_ascii_case(BASIC));
    let encoded = basic.filter(|_| name.eq_ignore_ascii_case("authorization")).map(|_| value[BASIC.len()..].trim());
    let decoded = encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.map_or(Cow::Borrowed(value), Cow::Owned)
}

fn elsewhere(message: &str) -> TaskError {
    TaskError::new(ErrorCode::DENIED, message).hint("give it as the value of a header, as `authorization`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_basic_is_looked_into() {
        let value = format!("basic {}", STANDARD.encode("me:infra-secret-x"));
        assert_eq!(open("Authorization", &value), "me:infra-secret-x");
        for (name, value) in [("x-a", value.as_str()), ("authorization", "Basic !"), ("authorization", "Bearer x"), ("a", "")] {
            assert!(matches!(open(name, value), Cow::Borrowed(_)));
        }
    }
}
