use super::*;
use crate::oaep::PublicKey;
use aes_gcm::aead::{Aead as _, KeyInit as _};
use base64ct::{Base64, Encoding as _};
use infra::testing::TestHost;
use std::path::Path;
use std::process::Command;

/// The program openssl, which is another's implementation.
fn openssl(directory: &Path, words: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(words).current_dir(directory).output();
    match output {
        Ok(output) if output.status.success() => output.stdout,
        other => unreachable!("openssl {words:?}: {other:?}"),
    }
}

/// A directory with a key and its certificate.
struct Keys(std::path::PathBuf);

impl Keys {
    fn new(name: &str, days: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("infra-seal-{name}-{}", std::process::id()));
        assert!(std::fs::create_dir_all(&directory).is_ok());
        let words = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=sealed-secret -days";
        let words: Vec<&str> = words.split(' ').chain([days]).collect();
        openssl(&directory, &words);
        Self(directory)
    }

    fn certificate(&self) -> String {
        std::fs::read_to_string(self.0.join("cert.pem")).unwrap_or_default()
    }

    /// What the controller does: none where the label is another.
    fn unsealed(&self, sealed: &str, label: &str) -> Option<Vec<u8>> {
        let bytes = Base64::decode_vec(sealed).ok()?;
        let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        assert!(std::fs::write(self.0.join("wrapped"), &bytes[2..2 + length]).is_ok());
        let label: String = label.bytes().map(|byte| format!("{byte:02x}")).collect();
        let label = format!("rsa_oaep_label:{label}");
        let words = "pkeyutl -decrypt -inkey key.pem -in wrapped -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256";
        let mut words: Vec<&str> = words.split(' ').collect();
        if label.len() > "rsa_oaep_label:".len() {
            words.extend(["-pkeyopt", &label]);
        }
        let output = Command::new("openssl").args(words).current_dir(&self.0).output().ok()?;
        let session: [u8; 32] = output.stdout.try_into().ok().filter(|_| output.status.success())?;
        let cipher = aes_gcm::Aes256Gcm::new(&session.into());
        cipher.decrypt(&aes_gcm::Nonce::default(), &bytes[2 + length..]).ok()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn call(host: &TestHost, args: Value) -> Result<Value> {
    host.run(|| seal(Seal::from_json(args)?))
}

#[test]
fn what_is_sealed_is_unsealed_by_the_public_algorithm_and_only_where_it_belongs() {
    let keys = Keys::new("scopes", "1");
    for (scope, label, other, annotation) in [
        ("strict", "shop/db", "shop/other", None),
        ("namespace-wide", "shop", "other", Some("sealedsecrets.bitnami.com/namespace-wide")),
        ("cluster-wide", "", "shop/db", Some("sealedsecrets.bitnami.com/cluster-wide")),
    ] {
        let host = TestHost::new().file("cert.pem", keys.certificate()).file("tls.key", b"\x00\xffbinary");
        let told = call(
            &host,
            json!({
                "name": "db", "namespace": "shop", "scope": scope, "certificate": "cert.pem", "into": "sealed.yaml", "labels": { "app": "db" },
                "data": { "password": "hunter-two", "empty": "" }, "from-files": { "tls.key": "tls.key" },
            }),
        );
        assert_eq!(told.map(|told| told["keys"].clone()), Ok(json!(["empty", "password", "tls.key"])));
        let text = String::from_utf8(host.content("sealed.yaml").unwrap_or_default()).unwrap_or_default();
        assert!(!text.contains("hunter-two"));
        let object = infra_yaml::documents(&text).map(|mut all| all.remove(0).value).unwrap_or_default();
        assert_eq!((&object["kind"], &object["apiVersion"]), (&json!("SealedSecret"), &json!("bitnami.com/v1alpha1")));
        let template = &object["spec"]["template"];
        assert_eq!((&template["type"], &template["metadata"]["labels"]["app"]), (&json!("Opaque"), &json!("db")));
        for metadata in [&object["metadata"], &template["metadata"]] {
            let annotations = metadata["annotations"].as_object().cloned().unwrap_or_default();
            let said: Vec<&String> = annotations.keys().filter(|key| key.starts_with("sealedsecrets.")).collect();
            assert_eq!(said, annotation.iter().collect::<Vec<_>>(), "{scope}");
        }
        for (key, value) in [("password", &b"hunter-two"[..]), ("empty", b""), ("tls.key", b"\x00\xffbinary")] {
            let sealed = object["spec"]["encryptedData"][key].as_str().unwrap_or_default();
            assert_eq!(keys.unsealed(sealed, label).as_deref(), Some(value), "{scope} {key}");
            assert_eq!(keys.unsealed(sealed, other), None, "{scope} {key}");
        }
    }
}

#[test]
fn no_two_are_alike() {
    let keys = Keys::new("alike", "1");
    let key = certificate::read(&keys.certificate()).map(|certificate| certificate.key);
    let key = key.unwrap_or(PublicKey { modulus: vec![], exponent: vec![] });
    let one = envelope::seal(&key, b"same", b"");
    assert!(one.is_ok() && one != envelope::seal(&key, b"same", b""));
}

#[test]
fn a_certificate_that_cannot_be_used_is_refused() {
    let keys = Keys::new("wrong", "1");
    openssl(
        &keys.0,
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "ec.key",
            "-out",
            "ec.pem",
            "-subj",
            "/CN=a",
        ],
    );
    let elliptic = std::fs::read_to_string(keys.0.join("ec.pem")).unwrap_or_default();
    for (pem, why) in [
        ("", "cannot be used"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be used"),
        (&elliptic, "no RSA key"),
    ] {
        let error = certificate::read(pem).err().map(|error| error.message).unwrap_or_default();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn what_is_missing_is_named() {
    for (args, why) in [
        (json!({ "namespace": "shop" }), "`name` is missing"),
        (json!({ "name": "db" }), "`namespace` is missing"),
        (json!({ "name": "db", "namespace": "shop" }), "there is nothing to seal"),
    ] {
        assert_eq!(call(&TestHost::new(), args).err().map(|error| error.message).as_deref(), Some(why));
    }
}

#[test]
fn sealed_files_are_listed_with_their_age() {
    let file = |at: &str| {
        format!(
            "kind: SealedSecret\nmetadata: {{ name: db, namespace: shop, annotations: {{ infra.dev/sealed-at: '{at}' }} }}\nspec: {{ encryptedData: {{ a: x, b: y }} }}\n---\nkind: ConfigMap\n"
        )
    };
    let host = TestHost::new().file("k/old.yaml", file("2020-01-01T00:00:00Z")).file("k/new.yaml", file("2999-01-01T00:00:00Z"));
    let rows = call(&host, json!({ "action": "list", "files": ["k/*.yaml"] })).unwrap_or_default();
    let shown: Vec<(&Value, &Value, &Value)> =
        rows.as_array().into_iter().flatten().map(|row| (&row["file"], &row["keys"], &row["due"])).collect();
    assert_eq!(
        shown,
        [(&json!("k/new.yaml"), &json!("a b"), &json!(false)), (&json!("k/old.yaml"), &json!("a b"), &json!(true))]
    );
}
