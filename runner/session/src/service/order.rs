use crate::rooms::Site;
use infra_event::{Digest, Invocation};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::PathBuf;

/// All that a supervisor needs to hold a service. It reaches it over a pipe and is written nowhere: it may hold secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The project.
    pub site: Site,
    /// The policy that was named on the command line.
    pub policy: Option<PathBuf>,
    /// As written after `uses`.
    pub uses: String,
    /// What runs, with what.
    pub invocation: Invocation,
    /// The address that accepts connections when the service is ready.
    pub ready: Option<String>,
    /// Whether it is started again when it fails.
    pub restart: bool,
    /// The wait before the second start, in milliseconds.
    pub backoff_ms: u64,
    /// No wait is longer, in milliseconds.
    pub backoff_limit_ms: u64,
}

impl Order {
    /// Names what the service is: another one is another service. The run, the step's number and the attempt are no part of it.
    pub(crate) fn definition(&self) -> Digest {
        let call = &self.invocation;
        let parts = json!([
            call.component,
            call.args,
            call.env,
            call.dir,
            call.grants,
            call.limits,
            self.ready,
            self.restart,
            self.backoff_ms,
            self.backoff_limit_ms,
            self.site.sandbox_required,
            self.policy,
        ]);
        Digest::of(parts.to_string().as_bytes())
    }
}
