use crate::oaep::{self, PublicKey};
use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use base64ct::{Base64, Encoding as _};
use infra::{Error, Result};
use std::time::{SystemTime, UNIX_EPOCH};

/// The second at which the clock of a step stands that may be cached. Its random numbers can be foretold.
const STANDS_AT: u64 = 946_684_800;

/// A step whose result may be cached has random numbers that follow from its inputs. No key is made of those.
pub(crate) fn refuse_known_numbers() -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    match now == STANDS_AT {
        true => Err(Error::new("invalid", "a secret is not sealed in a task with `cache`: its random numbers could be foretold")
            .hint("take `cache` and `outputs` away")),
        false => Ok(()),
    }
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| Error::failed(format!("there are no random numbers: {error}")))?;
    Ok(bytes)
}

/// Seals one value: a new key for AES-256-GCM, itself encrypted by RSA-OAEP and bound to the label; as base64.
pub(crate) fn seal(key: &PublicKey, value: &[u8], label: &[u8]) -> Result<String> {
    let session: [u8; 32] = random()?;
    let wrapped = oaep::encrypt(key, &session, label, random()?)?;
    // The key is used once, so the nonce may be zero: so does kubeseal.
    let cipher = Aes256Gcm::new(&session.into());
    let ciphertext = cipher.encrypt(&Nonce::default(), value).map_err(|_| Error::failed("the value is too long to be sealed"))?;
    let length = u16::try_from(wrapped.len()).map_err(|_| Error::new("invalid", "the key of the certificate is too long"))?;
    Ok(Base64::encode_string(&[&length.to_be_bytes(), wrapped.as_slice(), &ciphertext].concat()))
}
