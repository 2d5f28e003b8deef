use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::start;
use infra_components::{ComponentError, Source, descriptor, find, parse};
use infra_event::{ExitCode, TaskError};
use infra_host::CONTRACT;
use serde_json::json;

/// Shows what a component says of itself. Nothing of it is run.
#[must_use]
pub fn inspect(global: &Global, component: &str, json: bool) -> ExitCode {
    end(global, show(global, component, json))
}

fn show(global: &Global, component: &str, as_json: bool) -> Result<ExitCode, SessionError> {
    let failed = |error: ComponentError| SessionError::from(TaskError::from(error));
    let root = start(global)?;
    // A file is named as the shell completes it.
    let plain = root.join(component);
    let source = if plain.is_file() { Source::File(plain) } else { parse(component, &root).map_err(failed)? };
    let found = find(&source).map_err(failed)?;
    let bytes = found.bytes().map_err(failed)?;
    CONTRACT.check(&bytes).map_err(|error| SessionError::from(TaskError::from(error)))?;
    let descriptor = descriptor(&bytes).map_err(failed)?;
    let whole = json!({
        "digest": found.digest,
        "size": bytes.len(),
        "name": descriptor.as_ref().map(|descriptor| &descriptor.name),
        "summary": descriptor.as_ref().map(|descriptor| &descriptor.summary),
        "version": descriptor.as_ref().map(|descriptor| &descriptor.version),
        "wit": descriptor.as_ref().map(|descriptor| &descriptor.wit),
        "params": descriptor.as_ref().map(|descriptor| &descriptor.params),
    });
    if as_json {
        print(&serde_json::to_string_pretty(&whole).unwrap_or_default());
        return Ok(ExitCode::Done);
    }
    let mut head = whole.clone();
    let params = head.as_object_mut().and_then(|head| head.remove("params")).unwrap_or_default();
    if let Some(text) = infra_report::output(&head, &global.result_style()) {
        print(&text);
    }
    let properties = params.get("properties").and_then(serde_json::Value::as_object);
    let rows: Vec<_> = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            json!({ "parameter": name, "type": schema.get("type"), "default": schema.get("default"), "about": schema.get("description") })
        })
        .collect();
    if let Some(text) = infra_report::output(&json!(rows), &global.result_style()).filter(|_| !rows.is_empty()) {
        print(&format!("\n{text}"));
    }
    Ok(ExitCode::Done)
}
