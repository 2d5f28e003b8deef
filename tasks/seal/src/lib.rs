//! `std/seal`: Secrets that may lie in a repository, sealed for the controller of Sealed Secrets exactly as `kubeseal` does it. The plain text is
//! in the task's memory alone.

mod certificate;
mod envelope;
mod list;
mod oaep;
mod scope;
mod sealed;
mod values;

use infra::{Error, Grants, Params, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is sealed for whom.
#[derive(Params)]
struct Seal {
    /// What to do. `list` tells of the sealed files how old they are and which are due.
    #[param(default = "seal", choices("seal", "list"))]
    action: String,
    /// The name of the Secret.
    name: Option<String>,
    /// Its namespace.
    namespace: Option<String>,
    /// Where it may be unsealed: under this name in this namespace, under any name in it, or anywhere.
    #[param(default = "strict", choices("strict", "namespace-wide", "cluster-wide"))]
    scope: String,
    /// Keys and their values: `${secrets.NAME}`, which needs `reveal = true`.
    #[param(default = BTreeMap::<String, String>::new())]
    data: BTreeMap<String, String>,
    /// Keys and the files that hold their values.
    #[param(default = BTreeMap::<String, String>::new())]
    from_files: BTreeMap<String, String>,
    /// The type of the Secret.
    #[param(default = "Opaque")]
    kind: String,
    /// Labels of the Secret.
    #[param(default = BTreeMap::<String, String>::new())]
    labels: BTreeMap<String, String>,
    /// The certificate of the controller: a file, a URL, or `controller`, which asks the controller itself.
    #[param(default = "controller")]
    certificate: String,
    /// The context of the kubeconfig, for `controller`; the current one where nothing is said.
    context: Option<String>,
    /// The namespace of the controller.
    #[param(default = "kube-system")]
    controller_namespace: String,
    /// The Service of the controller.
    #[param(default = "sealed-secrets-controller")]
    controller: String,
    /// The file that is written; the result holds the text where nothing is said.
    into: Option<String>,
    /// The sealed files, as patterns (list).
    #[param(default = Vec::<String>::new())]
    files: Vec<String>,
    /// After how many days a secret is due (list).
    #[param(default = 90_u32)]
    rotate_days: u32,
}

fn requires(params: &Seal) -> Result<Grants> {
    if params.action == "list" {
        return Ok(params.files.iter().fold(Grants::new(), |grants, file| grants.read(file)));
    }
    let mut grants = params.from_files.values().fold(Grants::new(), |grants, file| grants.read(file));
    if let Some(into) = said(&params.into) {
        grants = grants.write(into);
    }
    Ok(certificate::requires(params, grants))
}

/// A parameter that is empty says nothing.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

fn needed<'p>(name: &str, text: &'p Option<String>) -> Result<&'p str> {
    said(text)
        .ok_or_else(|| Error::new("invalid", format!("`{name}` is missing")).hint("a sealed secret has a name and a namespace"))
}

/// Seals a Secret for Sealed Secrets, as kubeseal does; tells how old sealed files are.
#[infra::task(requires = requires)]
fn seal(params: Seal) -> Result<Value> {
    if params.action == "list" {
        return list::list(&params);
    }
    envelope::refuse_known_numbers()?;
    let (name, namespace) = (needed("name", &params.name)?, needed("namespace", &params.namespace)?);
    let scope = scope::Scope::read(&params.scope)?;
    let values = values::values(&params)?;
    let certificate = certificate::get(&params)?;
    let label = scope.label(namespace, name);
    let mut encrypted = BTreeMap::new();
    for (key, value) in &values {
        encrypted.insert(key.clone(), envelope::seal(&certificate.key, value, label.as_bytes())?);
    }
    let object = sealed::object(&params, name, namespace, scope, &certificate, &encrypted);
    let text = sealed::text(&object);
    let keys: Vec<&String> = encrypted.keys().collect();
    match said(&params.into) {
        Some(into) => {
            infra::files::write(into, &text)?;
            infra::info!("{} values of {namespace}/{name} are sealed in {into}", keys.len());
            Ok(
                json!({ "file": into, "name": name, "namespace": namespace, "scope": params.scope, "keys": keys, "certificate": certificate.fingerprint }),
            )
        }
        None => Ok(Value::String(text)),
    }
}

#[cfg(test)]
mod tests;
