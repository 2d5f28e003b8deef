use crate::call::read;
use crate::{Terraform, said};
use infra::Result;
use serde_json::{Value, json};

/// Goes to the workspace that was said, and makes it where it is not there.
pub(crate) fn select(params: &Terraform) -> Result<()> {
    let Some(name) = said(&params.workspace) else { return Ok(()) };
    let select = if params.action == "output" {
        vec!["workspace", "select", name]
    } else {
        vec!["workspace", "select", "-or-create=true", name]
    };
    read(params, &select).map(drop)
}

/// All workspaces.
pub(crate) fn list(params: &Terraform) -> Result<Value> {
    let text = read(params, &["workspace", "list"])?;
    let row = |line: &str| json!({ "workspace": line.trim_start_matches(['*', ' ']).trim(), "selected": line.trim_start().starts_with('*') });
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(row).collect())
}
