use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock, RwLock};

/// Knows the secrets of a run, and takes them out of everything that is shown or kept.
#[derive(Clone, Default)]
pub struct Masker {
    secrets: Arc<RwLock<Vec<String>>>,
    listener: Arc<OnceLock<Listener>>,
}

/// Hears of each secret.
type Listener = Box<dyn Fn(&str) + Send + Sync>;

/// What stands in a secret's place.
const MASK: &str = "***";

/// Shorter texts are not masked.
const SHORTEST: usize = 4;

impl Masker {
    /// Adds a secret, in the forms that programs usually write it in. Values of fewer than four characters are not masked: they would blot out
    /// everything.
    pub fn add(&self, secret: &str) {
        if let Some(listener) = self.listener.get().filter(|_| secret.len() >= SHORTEST) {
            listener(secret);
        }
        if let Ok(mut secrets) = self.secrets.write() {
            secrets.extend(forms(secret).into_iter().filter(|form| form.len() >= SHORTEST));
            // The longest first, so that a secret within another leaves nothing of the longer one.
            secrets.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
            secrets.dedup();
        }
    }

    /// Someone else masks too: it hears of each secret before anything of it is shown. There is one listener.
    pub fn tell(&self, listener: impl Fn(&str) + Send + Sync + 'static) {
        let _ = self.listener.set(Box::new(listener));
    }

    /// The text without secrets.
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Ok(secrets) = self.secrets.read() else { return Cow::Borrowed(MASK) };
        secrets.iter().filter(|secret| !secret.is_empty()).fold(Cow::Borrowed(text), |text, secret| {
            if text.contains(secret.as_str()) { Cow::Owned(text.replace(secret.as_str(), MASK)) } else { text }
        })
    }

    /// JSON without secrets in its texts.
    #[must_use]
    pub fn mask_json(&self, mut json: serde_json::Value) -> serde_json::Value {
        self.walk(&mut json);
        json
    }

    fn walk(&self, json: &mut serde_json::Value) {
        match json {
            serde_json::Value::String(text) => {
                if let Cow::Owned(masked) = self.mask(text) {
                    *text = masked;
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            serde_json::Value::Object(map) => {
                let masked = |(name, mut value): (String, serde_json::Value)| {
                    self.walk(&mut value);
                    (self.mask(&name).into_owned(), value)
                };
                *map = std::mem::take(map).into_iter().map(masked).collect();
            }
            _ => {}
        }
    }
}

/// The secret itself, each line of it (a log is masked line by line), and what it becomes in JSON, in addresses, and in base64.
fn forms(secret: &str) -> Vec<String> {
    let secret = secret.trim_end_matches(['\r', '\n']);
    let mut forms = vec![secret.to_owned()];
    if secret.contains('\n') {
        // Short lines of a long secret, like a brace, are no secrets.
        forms.extend(secret.lines().map(str::trim).filter(|line| line.len() >= 2 * SHORTEST).map(str::to_owned));
    }
    if secret.len() < SHORTEST {
        return forms;
    }
    let json = serde_json::Value::String(secret.to_owned()).to_string();
    forms.push(json[1..json.len() - 1].to_owned());
    let percent = |plain: &[u8], upper: bool| {
        secret.bytes().fold(String::new(), |text, byte| match byte {
            byte if byte.is_ascii_alphanumeric() || plain.contains(&byte) => text + &char::from(byte).to_string(),
            byte if upper => format!("{text}%{byte:02X}"),
            byte => format!("{text}%{byte:02x}"),
        })
    };
    // RFC 3986, section 2.3; forms of HTML keep `*` and write a blank as a plus sign.
    forms.extend([percent(b"-_.~", true), percent(b"-_.~", false), percent(b"*-._ ", true).replace(' ', "+")]);
    forms.extend(base64(secret.as_bytes()));
    forms.push(secret.bytes().map(|byte| format!("{byte:02x}")).collect());
    forms
}

/// What of the base64 of a text tells that this stands in it: it may begin at each of the three places of a group, and what its neighbours
/// decide is left out.
fn base64(secret: &[u8]) -> Vec<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let mut forms = vec![];
    for before in 0..3_usize {
        let text = [&[0].repeat(before), secret].concat();
        let (start, end) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            forms.extend(engine.encode(&text).get(start..end).filter(|part| part.len() >= 2 * SHORTEST).map(str::to_owned));
        }
    }
    // Alone, its end is known too.
    forms.extend([STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)]);
    forms
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masker")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    #[test]
    fn secrets_are_taken_out() {
        let masker = Masker::default();
        masker.add("hunter2");
        masker.add("hunter2-long");
        masker.add("ab");
        assert_eq!(masker.mask("x hunter2-long y hunter2 ab"), "x *** y *** ab");
        let json = serde_json::json!({ "a": ["hunter2", 1], "hunter2": null });
        assert_eq!(masker.mask_json(json), serde_json::json!({ "a": ["***", 1], "***": null }));
    }

    #[test]
    fn a_secret_is_found_in_other_forms() {
        let secret = r#"pa/ss "wörd"+&~123"#;
        let masker = Masker::default();
        masker.add(secret);
        for text in [
            serde_json::json!({ "key": secret }).to_string(),
            "pa%2Fss%20%22w%C3%B6rd%22%2B%26~123".to_owned(),
            "pa%2fss%20%22w%c3%b6rd%22%2b%26~123".to_owned(),
            "pa%2Fss+%22w%C3%B6rd%22%2B%26%7E123".to_owned(),
            STANDARD.encode(secret),
            URL_SAFE.encode(secret),
        ] {
            let masked = masker.mask(&text).into_owned();
            assert!(masked.contains(MASK), "{text}");
            assert!(!masked.contains("ss") && !masked.contains("123"), "{masked}");
        }
        for user in ["", "a:", "me:", "you:", "them:"] {
            for after in ["", "\n", "@host"] {
                let text = STANDARD.encode(format!("{user}{secret}{after}"));
                let masked = masker.mask(&text).into_owned();
                // At most the group at each end is left.
                assert!(masked.contains(MASK) && masked.len() < user.len() * 2 + after.len() * 2 + 12, "{text} {masked}");
            }
        }
    }

    #[test]
    fn a_secret_of_several_lines_is_masked_line_by_line() {
        let masker = Masker::default();
        masker.add("-----BEGIN KEY-----\nMIIEvQIBADANBg\n}\n-----END KEY-----\n");
        assert_eq!(masker.mask("key: MIIEvQIBADANBg }"), "key: *** }");
    }

    #[test]
    fn who_masks_too_hears_of_each_secret() {
        let masker = Masker::default();
        let heard: Arc<RwLock<Vec<String>>> = Arc::default();
        let ear = Arc::clone(&heard);
        masker.tell(move |secret| ear.write().unwrap().push(secret.to_owned()));
        masker.clone().add("hunter2");
        masker.add("abc");
        assert_eq!(*heard.read().unwrap(), ["hunter2"]);
        assert!(!format!("{masker:?}").contains("hunter2"));
    }
}
