//! RSA-OAEP with SHA-256, of RFC 8017: only the public half, which has no secret key.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use infra::{Error, Result};
use sha2::{Digest as _, Sha256};

const HASH: usize = 32;

/// A public key: modulus and exponent, the most significant byte first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    pub(crate) modulus: Vec<u8>,
    pub(crate) exponent: Vec<u8>,
}

/// Encrypts a message that is bound to a label. `seed` is random.
pub(crate) fn encrypt(key: &PublicKey, message: &[u8], label: &[u8], seed: [u8; HASH]) -> Result<Vec<u8>> {
    let size = key.modulus.len();
    if size < 256 || message.len() + 2 * HASH + 2 > size {
        return Err(
            Error::new("invalid", format!("the key of the certificate has {} bits", size * 8)).hint("it must have 2048 at least")
        );
    }
    // EM = 00 || seed masked || (hash of the label || 00… || 01 || message) masked
    let mut block = Sha256::digest(label).to_vec();
    block.resize(size - HASH - 1 - message.len() - 1, 0);
    block.push(1);
    block.extend_from_slice(message);
    mask(&mut block, &seed);
    let mut seed = seed;
    mask(&mut seed, &block);
    let mut encoded = vec![0];
    encoded.extend_from_slice(&seed);
    encoded.extend_from_slice(&block);
    power(key, &encoded)
}

/// MGF1: lays the hashes of a seed with a counter over the bytes.
fn mask(bytes: &mut [u8], seed: &[u8]) {
    for (counter, chunk) in (0_u32..).zip(bytes.chunks_mut(HASH)) {
        let hash = Sha256::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
        chunk.iter_mut().zip(hash).for_each(|(byte, mask)| *byte ^= mask);
    }
}

fn power(key: &PublicKey, encoded: &[u8]) -> Result<Vec<u8>> {
    let wrong =
        || Error::new("invalid", "the key of the certificate is no RSA key").hint("take the certificate of the controller");
    let bits = u32::try_from(key.modulus.len() * 8).map_err(|_| wrong())?;
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bits).map_err(|_| wrong());
    let modulus = Option::<Odd<BoxedUint>>::from(Odd::new(number(&key.modulus)?)).ok_or_else(wrong)?;
    let form = BoxedMontyForm::new(number(encoded)?, BoxedMontyParams::new(modulus));
    let bytes = form.pow(&number(&key.exponent)?).retrieve().to_be_bytes();
    // Limbs may be wider than the modulus.
    Ok(bytes[bytes.len() - key.modulus.len()..].to_vec())
}
