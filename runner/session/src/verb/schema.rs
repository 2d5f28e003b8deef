use super::print;
use crate::Global;
use crate::error::end;
use infra_event::ExitCode;

/// Prints the JSON Schema of an Infrafile, for editors.
#[must_use]
pub fn schema(global: &Global) -> ExitCode {
    print(&serde_json::to_string_pretty(&infra_infrafile::schema()).unwrap_or_default());
    end(global, Ok(ExitCode::Done))
}
