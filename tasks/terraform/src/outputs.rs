use crate::Terraform;
use crate::call::read;
use infra::{Error, Result};
use serde_json::{Map, Value};

/// The outputs of the configuration; of a sensitive one only that it is there.
pub(crate) fn outputs(params: &Terraform) -> Result<Value> {
    let told: Map<String, Value> = serde_json::from_str(&read(params, &["output", "-json"])?)
        .map_err(|error| Error::new("invalid", format!("what terraform says is no JSON: {error}")))?;
    let shown = |output: &Value| if output["sensitive"] == true { Value::from("***") } else { output["value"].clone() };
    Ok(Value::Object(told.iter().map(|(name, output)| (name.clone(), shown(output))).collect()))
}
