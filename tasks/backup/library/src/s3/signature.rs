//! Signature Version 4 of AWS, in the header `authorization`.

use super::credentials::Credentials;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// A request as it is signed.
#[derive(Clone, Debug)]
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// As it is sent: encoded, with a slash at its beginning.
    pub(super) path: &'a str,
    /// As [`query`] writes it.
    pub(super) query: &'a str,
    /// Names in lower case, in their order.
    pub(super) headers: &'a [(String, String)],
    /// SHA-256 of the body, in hexadecimal.
    pub(super) payload: &'a str,
    /// As `20130524T000000Z`.
    pub(super) time: &'a str,
}

/// The header's value.
#[must_use]
pub(super) fn authorization(request: &Signed<'_>, credentials: &Credentials) -> String {
    let Signed { method, path, query, headers, payload, time } = request;
    let names = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}");
    let day = time.get(..8).unwrap_or_default();
    let scope = format!("{day}/{}/s3/aws4_request", credentials.region);
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let steps = [day, &credentials.region, "s3", "aws4_request"];
    let secret = format!("AWS4{}", credentials.secret_key).into_bytes();
    let key = steps.iter().fold(secret, |key, step| mac(&key, step.as_bytes()));
    let signature = hex(&mac(&key, text.as_bytes()));
    format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", credentials.access_key)
}

/// The query, as it is sent and signed.
#[must_use]
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.sort();
    pairs.join("&")
}

/// All but letters, digits and four signs is encoded.
#[must_use]
pub(super) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => all.push(char::from(byte)),
            _ => {
                let _ = write!(all, "%{byte:02X}");
            }
        }
        all
    })
}

/// In hexadecimal.
#[must_use]
pub(super) fn sha256(data: &[u8]) -> String {
    hex(&Sha256::digest(data))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "{byte:02x}");
        all
    })
}

fn mac(key: &[u8], data: &[u8]) -> Vec<u8> {
    // A key of any length is one.
    Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(data).finalize().into_bytes().to_vec()).unwrap_or_default()
}

/// The examples of "Signature Calculations for the Authorization Header" in the reference of Amazon S3.
#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const TIME: &str = "20130524T000000Z";

    fn signature(method: &str, path: &str, pairs: &[(&str, &str)], more: &[(&str, &str)], payload: &str) -> Option<String> {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let credentials = Credentials::new("us-east-1", "AKIAIOSFODNN7EXAMPLE", secret, None).ok()?;
        let all = [("host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", payload), ("x-amz-date", TIME)];
        let mut headers: Vec<(String, String)> =
            all.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.sort();
        let query = query(pairs);
        let request = Signed { method, path, query: &query, headers: &headers, payload, time: TIME };
        let header = authorization(&request, &credentials);
        assert!(header.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"));
        header.rsplit_once('=').map(|(_, signature)| signature.to_owned())
    }

    #[test]
    fn the_published_examples_come_out() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            signature("GET", "/test.txt", &[], &[("range", "bytes=0-9")], EMPTY),
            text("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        );
        let more = [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")];
        let path = format!("/{}", encoded("test$file.text"));
        let payload = sha256(b"Welcome to Amazon S3.");
        assert_eq!(
            signature("PUT", &path, &[], &more, &payload),
            text("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
        );
        assert_eq!(
            signature("GET", "/", &[("lifecycle", "")], &[], EMPTY),
            text("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        );
        assert_eq!(
            signature("GET", "/", &[("prefix", "J"), ("max-keys", "2")], &[], EMPTY),
            text("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
        );
        assert_eq!(sha256(b""), EMPTY);
    }

    #[test]
    fn what_is_not_plain_is_encoded() {
        assert_eq!(encoded("a/b c~d+é=&?#%"), "a%2Fb%20c~d%2B%C3%A9%3D%26%3F%23%25");
        assert_eq!(query(&[("uploadId", "a/b="), ("partNumber", "1"), ("acl", "")]), "acl=&partNumber=1&uploadId=a%2Fb%3D");
    }
}
