//! Compose's config hash: SHA-256 of an object's JSON as Go writes it.
//!
//! The version of Compose that names, labels and hashes follow is [`VERSION`].

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The version of Docker Compose that reads and writes the same labels and hashes.
pub(crate) const VERSION: &str = "2.40.3";

/// The hash of a service, network or volume.
pub(crate) fn config_hash(object: &impl Serialize) -> String {
    let json = serde_json::to_string(object).unwrap_or_default();
    // Go's encoder escapes what could end a script in HTML, and two line ends of JavaScript. They stand in texts only.
    let json = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let json = json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    Sha256::digest(json.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
