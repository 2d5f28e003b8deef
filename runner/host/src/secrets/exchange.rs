use super::Exchanger;
use infra_effect::{Effect, SecretEffect, SecretSink};
use infra_event::{ErrorCode, TaskError};
use infra_gate::{Decision, Masker, Permit};
use std::borrow::Cow;
use std::sync::Arc;

/// Secrets that may go where they are wanted.
#[derive(Debug, Default)]
pub(crate) struct Admitted(Vec<(usize, Permit)>);

/// Handles with the texts that take their places.
#[derive(Debug, Default)]
pub(crate) struct Exchange(Vec<Pair>);

struct Pair {
    handle: String,
    text: Arc<str>,
    /// The task may know it.
    revealed: bool,
}

impl Exchanger {
    /// Asks the gate whether the secrets that these texts name may go to a place.
    ///
    /// # Errors
    /// `denied` for the first that may not.
    pub(crate) async fn admit<'t>(
        &self,
        to: &SecretSink,
        texts: impl IntoIterator<Item = &'t [u8]>,
    ) -> Result<Admitted, TaskError> {
        let mut found: Vec<usize> = texts.into_iter().flat_map(|text| self.world.secrets.found_in(text)).collect();
        found.sort_unstable();
        found.dedup();
        let mut admitted = Admitted::default();
        for index in found {
            if let Some(permit) = self.permit(index, Some(to.clone())).await? {
                admitted.0.push((index, permit));
            }
        }
        Ok(admitted)
    }

    /// The text of a secret, for the task itself.
    ///
    /// # Errors
    /// When it is not granted, or cannot be looked up.
    pub(crate) async fn reveal(&self, handle: &str) -> Result<String, TaskError> {
        let Some(index) = self.world.secrets.of_handle(handle) else {
            return Err(TaskError::new(ErrorCode::INVALID, "the text is not the handle of a secret")
                .hint("give the task `${secrets.NAME}`, or ask for the handle with `find`"));
        };
        let Some(permit) = self.permit(index, None).await? else {
            return Err(TaskError::new(ErrorCode::DEFECT, "the secret is not known"));
        };
        let text = self.text(index).await;
        permit.end(text).map(|text| text.to_string())
    }

    async fn permit(&self, index: usize, to: Option<SecretSink>) -> Result<Option<Permit>, TaskError> {
        let Some(held) = self.world.secrets.get(index) else { return Ok(None) };
        let effect = self.effect(held, to);
        match self.gate.admit(Effect::Secret(effect)).await? {
            Decision::Perform(permit) => Ok(Some(permit)),
            Decision::Simulate(simulated) => Err(simulated.unknown()),
        }
    }

    /// Whether the task may know the text of a secret.
    pub(crate) fn may_reveal(&self, index: usize) -> bool {
        self.world.secrets.get(index).is_none_or(|held| self.gate.allows(&Effect::Secret(self.effect(held, None))))
    }

    fn effect(&self, held: &super::Held, to: Option<SecretSink>) -> SecretEffect {
        SecretEffect { name: held.declaration.name.clone(), from: held.declaration.source.to_string(), to }
    }

    /// Looks the secrets up.
    ///
    /// # Errors
    /// When one of them cannot be.
    pub(crate) async fn exchange(&self, admitted: Admitted) -> Result<Exchange, TaskError> {
        let mut exchange = Exchange::default();
        for (index, permit) in admitted.0 {
            let text = permit.end(self.text(index).await)?;
            if let Some(held) = self.world.secrets.get(index) {
                let revealed = self.may_reveal(index);
                exchange.0.push(Pair { handle: held.declaration.handle.as_str().to_owned(), text, revealed });
            }
        }
        Ok(exchange)
    }
}

impl Admitted {
    /// Nothing is exchanged: this is a plan, or what wanted them is refused.
    pub(crate) fn set_aside(self) {
        self.0.into_iter().for_each(|(_, permit)| permit.done(Some("not looked up".to_owned())));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Exchange {
    /// The text with secrets in the place of their handles.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.iter().fold(Cow::Borrowed(text), |text, pair| {
            if text.contains(&pair.handle) { Cow::Owned(text.replace(&pair.handle, &pair.text)) } else { text }
        })
    }

    /// The same of bytes that need not be text.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.iter().fold(bytes.to_vec(), |bytes, pair| {
            let (handle, mut rest, mut out) = (pair.handle.as_bytes(), bytes.as_slice(), Vec::new());
            while let Some(at) = rest.windows(handle.len()).position(|window| window == handle) {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(pair.text.as_bytes());
                rest = &rest[at + handle.len()..];
            }
            out.extend_from_slice(rest);
            out
        })
    }

    /// Takes those secrets out of what goes back to the task that it may not know. None where it may know all.
    pub(crate) fn veil(&self) -> Option<Masker> {
        let hidden: Vec<&Pair> = self.0.iter().filter(|pair| !pair.revealed).collect();
        let masker = Masker::default();
        hidden.iter().for_each(|pair| masker.add(&pair.text));
        (!masker.is_empty()).then_some(masker)
    }
}

/// Never its texts.
impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.handle)
    }
}
