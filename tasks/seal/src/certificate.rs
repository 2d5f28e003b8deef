use crate::oaep::PublicKey;
use crate::{Seal, said};
use infra::kubernetes::{self, ForwardOptions};
use infra::{Error, Grants, Result, json};
use infra_cluster::seconds;
use sha2::{Digest as _, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};
use x509_cert::Certificate as X509;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Decode as _, DecodePem as _, Encode as _, Reader as _, SliceReader};

const RSA: &str = "1.2.840.113549.1.1.1";

/// A certificate of the controller.
pub(crate) struct Certificate {
    pub(crate) key: PublicKey,
    /// SHA-256 of the certificate, the first digits.
    pub(crate) fingerprint: String,
}

pub(crate) fn requires(params: &Seal, grants: Grants) -> Grants {
    if params.certificate == "controller" {
        let mut grant = json!({ "namespaces": [params.controller_namespace], "kinds": ["Service"], "verbs": ["port-forward"], "ports": ["127.0.0.1:*"] });
        if let Some(context) = said(&params.context) {
            grant["contexts"] = json!([context]);
        }
        return grants.kubernetes(grant).http(json!({ "hosts": ["127.0.0.1:*"], "methods": ["GET"], "paths": ["/v1/cert.pem"] }));
    }
    match is_url(&params.certificate) {
        true => grants.http(json!({ "hosts": [host(&params.certificate)], "methods": ["GET"] })),
        false => grants.read(&params.certificate),
    }
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn host(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default()
}

/// Gets the certificate, and looks whether it may be used.
pub(crate) fn get(params: &Seal) -> Result<Certificate> {
    let pem = match params.certificate.as_str() {
        "controller" => from_controller(params)?,
        url if is_url(url) => infra::http::get(url).send()?.success()?.text(),
        file => infra::files::read_to_string(file)?,
    };
    read(&pem)
}

fn from_controller(params: &Seal) -> Result<String> {
    let cluster = kubernetes::open(said(&params.context))?;
    let forward = cluster.port_forward(&ForwardOptions {
        kind: "Service".to_owned(),
        namespace: Some(params.controller_namespace.clone()),
        name: params.controller.clone(),
        address: None,
        ports: vec![(0, "8080".to_owned())],
    })?;
    let port = forward.ports().first().copied().unwrap_or_default();
    let answer = infra::http::get(format!("http://127.0.0.1:{port}/v1/cert.pem")).send()?.success()?;
    Ok(answer.text())
}

/// Reads a certificate. One that is over is refused, as kubeseal refuses it: the controller has a newer key.
pub(crate) fn read(pem: &str) -> Result<Certificate> {
    let wrong = |why: String| {
        Error::new("invalid", format!("the certificate cannot be used: {why}"))
            .hint("take the one that the controller gives: `kubeseal --fetch-cert`, or `certificate = \"controller\"`")
    };
    let certificate = X509::from_pem(pem.trim_start()).map_err(|error| wrong(error.to_string()))?;
    let body = &certificate.tbs_certificate;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let end = body.validity.not_after.to_unix_duration().as_secs();
    if end < now {
        return Err(wrong(format!("it was valid until {}", body.validity.not_after)));
    }
    let info = &body.subject_public_key_info;
    if info.algorithm.oid.to_string() != RSA {
        return Err(wrong("its key is no RSA key".to_owned()));
    }
    let bits = info.subject_public_key.as_bytes().ok_or_else(|| wrong("its key is damaged".to_owned()))?;
    let key = SliceReader::new(bits)
        .and_then(|mut reader| {
            reader.sequence(|reader| {
                let (modulus, exponent) = (UintRef::decode(reader)?, UintRef::decode(reader)?);
                Ok(PublicKey { modulus: modulus.as_bytes().to_vec(), exponent: exponent.as_bytes().to_vec() })
            })
        })
        .map_err(|error| wrong(error.to_string()))?;
    let der = certificate.to_der().map_err(|error| wrong(error.to_string()))?;
    let fingerprint = Sha256::digest(der).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(Certificate { key, fingerprint })
}

/// Whole days since a time.
pub(crate) fn days_since(time: &str) -> Option<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    seconds(time).map(|then| now.saturating_sub(then) / 86_400)
}
