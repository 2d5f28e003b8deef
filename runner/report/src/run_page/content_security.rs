use base64::{Engine as _, engine::general_purpose::STANDARD};
use infra_event::Digest;

/// The policy of the page: this style, this script, and nothing from anywhere.
pub(super) fn content_security(style: &str, script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Digest::of(text.as_bytes()).as_bytes()));
    format!("default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'", hash(script), hash(style))
}
