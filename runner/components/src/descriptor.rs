use crate::ComponentError;
use serde::Deserialize;
use wasmparser::{Parser, Payload};

/// What a component says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Descriptor {
    /// The task's name.
    pub name: String,
    /// What it does, in one line.
    pub summary: String,
    /// The version of the contract that it was built for.
    pub wit: String,
    /// Its own version.
    pub version: String,
    /// The JSON Schema of its parameters.
    pub params: serde_json::Value,
}

const SECTION: &str = "infra:task";
const LIMIT: usize = 1 << 20;

/// Reads the description that the SDK put into a component or the modules inside of it. Nothing is compiled or run.
///
/// # Errors
/// When it is damaged, too large, or there are several that differ; when the component is damaged.
pub fn descriptor(bytes: &[u8]) -> Result<Option<Descriptor>, ComponentError> {
    let wrong = |cause: String| ComponentError::Descriptor(cause);
    let mut found: Option<&[u8]> = None;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| wrong(format!("the component is damaged: {error}")))?;
        let Payload::CustomSection(section) = payload else { continue };
        if section.name() != SECTION {
            continue;
        }
        let data = section.data();
        if data.len() > LIMIT {
            return Err(wrong(format!("it has {} bytes, and may have {LIMIT}", data.len())));
        }
        if found.is_some_and(|other| other != data) {
            return Err(wrong("there are two, and they differ".to_owned()));
        }
        found = Some(data);
    }
    let Some(data) = found else { return Ok(None) };
    let descriptor: Descriptor = serde_json::from_slice(data).map_err(|error| wrong(error.to_string()))?;
    if !descriptor.params.is_object() {
        return Err(wrong("`params` is not a JSON Schema".to_owned()));
    }
    Ok(Some(descriptor))
}
