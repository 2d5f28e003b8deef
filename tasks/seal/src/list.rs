use crate::Seal;
use crate::certificate::days_since;
use crate::sealed::SEALED_AT;
use infra::{Context as _, Result};
use infra_cluster::text;
use serde_json::{Value, json};

/// The sealed secrets in files, how old they are, and whether they are due.
pub(crate) fn list(params: &Seal) -> Result<Value> {
    let mut rows = vec![];
    for pattern in &params.files {
        for file in infra::files::find(pattern)? {
            let documents = infra_yaml::documents(&infra::files::read_to_string(&file)?).context(&file)?;
            for document in documents.iter().map(|document| &document.value).filter(|value| value["kind"] == "SealedSecret") {
                rows.push(row(params, &file, document));
            }
        }
    }
    Ok(Value::Array(rows))
}

fn row(params: &Seal, file: &str, sealed: &Value) -> Value {
    let annotations = &sealed["metadata"]["annotations"];
    let wide = |scope: &str| annotations[format!("sealedsecrets.bitnami.com/{scope}")] == "true";
    let scope = ["cluster-wide", "namespace-wide"].into_iter().find(|scope| wide(scope)).unwrap_or("strict");
    let days = annotations[SEALED_AT].as_str().and_then(days_since);
    let keys: Vec<&String> = sealed["spec"]["encryptedData"].as_object().into_iter().flat_map(|data| data.keys()).collect();
    json!({
        "file": file, "namespace": text(sealed, "/metadata/namespace"), "name": text(sealed, "/metadata/name"), "scope": scope,
        "keys": keys.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(" "), "days": days,
        // One whose age is not known may be as old as any.
        "due": days.is_none_or(|days| days >= u64::from(params.rotate_days)),
    })
}
