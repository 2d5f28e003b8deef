use infra::{Error, Result, docker};
use serde_json::{Value, json};

/// The containers of this project.
pub(crate) fn services() -> Result<Value> {
    let label = format!("dev.infra.project={}", infra::context::project());
    let listed = match docker::list_containers(&[&label], true) {
        Ok(listed) => listed,
        Err(error) if error.code == "unavailable" => return unreachable(&error),
        Err(error) => return Err(error),
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<Value> = listed
        .iter()
        .map(|one| {
            let name = text(&one["Names"][0]);
            let ports = one["Ports"].as_array().into_iter().flatten();
            let mut ports: Vec<String> =
                ports.filter_map(|port| Some(format!("{}:{}", port["IP"].as_str()?, port["PublicPort"].as_u64()?))).collect();
            ports.sort();
            ports.dedup();
            json!({ "container": name.trim_start_matches('/'), "state": text(&one["State"]), "status": text(&one["Status"]), "ports": ports.join(" ") })
        })
        .collect();
    rows.sort_by_key(|row| text(&row["container"]));
    Ok(Value::Array(rows))
}

/// What cannot be looked at is told, and the rest of the page is shown.
fn unreachable(error: &Error) -> Result<Value> {
    infra::warning!("{}", error.message);
    Ok(json!([]))
}
