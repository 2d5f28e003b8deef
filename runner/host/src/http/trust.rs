use infra_event::{ErrorCode, TaskError};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// Which certificates are trusted.
#[derive(Debug, Default)]
pub struct Trust {
    file: Option<PathBuf>,
    directory: Option<PathBuf>,
    /// Read once, when the first request needs it.
    config: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Trust {
    /// The system's certificates, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    #[must_use]
    pub fn from_environment(environment: &BTreeMap<String, String>) -> Self {
        let path = |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self { file: path("SSL_CERT_FILE"), directory: path("SSL_CERT_DIR"), config: OnceLock::new() }
    }

    /// How TLS is spoken.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, TaskError> {
        let config = self.config.get_or_init(|| {
            let found = if self.file.is_some() || self.directory.is_some() {
                rustls_native_certs::load_certs_from_paths(self.file.as_deref(), self.directory.as_deref())
            } else {
                rustls_native_certs::load_native_certs()
            };
            let why = found.errors.first().map(ToString::to_string).unwrap_or_default();
            let mut roots = RootCertStore::empty();
            let (added, _) = roots.add_parsable_certificates(found.certs);
            if added == 0 { Err(why) } else { make(roots) }
        });
        config.clone().map_err(|why| {
            let why = if why.is_empty() { why } else { format!(": {why}") };
            failed(format!("no certificates are trusted{why}"), "install `ca-certificates`, or name a file in SSL_CERT_FILE")
        })
    }
}

/// Trusts these certificates alone.
pub(super) fn only(pem: &str) -> Result<Arc<ClientConfig>, TaskError> {
    let wrong = |why: String| {
        TaskError::new(ErrorCode::INVALID, format!("`authorities` holds no certificate: {why}")).hint("pass certificates in PEM")
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("it is empty".to_owned()));
    }
    make(roots).map_err(|why| failed(why, "pass other certificates"))
}

fn make(roots: RootCertStore) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = builder.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn failed(message: String, hint: &str) -> TaskError {
    TaskError::new(ErrorCode::UNAVAILABLE, message).hint(hint).details(serde_json::json!({ "cause": "tls" }))
}
