use infra::{Error, Result};
use std::fmt;

/// Who asks.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(super) region: String,
    pub(super) access_key: String,
    pub(super) secret_key: String,
    pub(super) session_token: Option<String>,
}

impl Credentials {
    /// # Errors
    /// `invalid` where one is missing.
    pub(crate) fn new(region: &str, access_key: &str, secret_key: &str, session_token: Option<&str>) -> Result<Self> {
        for (name, value) in [("access-key", access_key), ("secret-key", secret_key)] {
            if value.is_empty() {
                return Err(Error::new("invalid", format!("a bucket needs `{name}`")).hint("set it in the task's `with`"));
            }
        }
        Ok(Self {
            region: region.to_owned(),
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned(),
            session_token: session_token.filter(|token| !token.is_empty()).map(str::to_owned),
        })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("region", &self.region).finish_non_exhaustive()
    }
}
