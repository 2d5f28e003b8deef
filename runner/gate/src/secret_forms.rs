//! The forms that programs usually write a secret in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter texts are not masked: they would blot out everything.
pub(crate) const SHORTEST: usize = 4;

/// Programs break base64 into lines of these lengths: RFC 7468 and RFC 2045.
const WRAPPED: [usize; 2] = [64, 76];

/// The secret itself, each line of it (a log is masked line by line), and what it becomes in JSON, in addresses, in a shell's trace, in
/// hexadecimal digits and in base64. None is shorter than [`SHORTEST`].
pub(crate) fn secret_forms(secret: &str) -> Vec<String> {
    let secret = secret.trim_end_matches(['\r', '\n']);
    if secret.len() < SHORTEST {
        return vec![];
    }
    let mut forms = vec![secret.to_owned()];
    if secret.contains('\n') {
        // Short lines of a long secret, like a brace, are no secrets.
        for line in secret.lines().map(str::trim).filter(|line| line.len() >= 2 * SHORTEST) {
            forms.push(line.to_owned());
            forms.extend(texts(line));
        }
    }
    forms.extend(texts(secret));
    forms.extend(in_base64(secret.as_bytes()));
    for upper in [true, false] {
        forms.push(secret.bytes().fold(String::new(), |text, byte| text + &hexadecimal(byte, upper)));
    }
    forms.sort();
    forms.dedup();
    forms
}

/// As text within other text.
fn texts(secret: &str) -> Vec<String> {
    let json = serde_json::Value::String(secret.to_owned()).to_string();
    let json = &json[1..json.len() - 1];
    let mut forms =
        vec![json.to_owned(), json.replace('/', "\\/"), secret.replace('\'', r"'\''"), secret.replace('\'', r#"'"'"'"#)];
    for upper in [true, false] {
        forms.push(ascii_json(json, upper));
        // RFC 3986, section 2.3; forms of HTML keep `*` and write a blank as a plus sign.
        forms.push(percent(secret, b"-_.~", upper));
        forms.push(percent(secret, b"*-._ ", upper).replace(' ', "+"));
        // What programs leave as it is in a path, and in a query.
        forms.push(percent(secret, b"-_.~/", upper));
        forms.push(percent(secret, b"-_.!~*'()", upper));
    }
    // JSON within JSON.
    let twice = serde_json::Value::String(json.to_owned()).to_string();
    forms.push(twice[1..twice.len() - 1].to_owned());
    forms
}

/// JSON that holds nothing but ASCII.
fn ascii_json(json: &str, upper: bool) -> String {
    let mut text = String::new();
    for letter in json.chars() {
        if letter.is_ascii() {
            text.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            let digits = if upper { format!("{unit:04X}") } else { format!("{unit:04x}") };
            text.push_str("\\u");
            text.push_str(&digits);
        }
    }
    text
}

fn percent(secret: &str, plain: &[u8], upper: bool) -> String {
    secret.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push_str(&hexadecimal(byte, upper));
        }
        text
    })
}

fn hexadecimal(byte: u8, upper: bool) -> String {
    if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }
}

/// What of the base64 of a text tells that this stands in it: it may begin at each of the three places of a group, and what its neighbours
/// decide is left out.
fn in_base64(secret: &[u8]) -> Vec<String> {
    let mut forms = vec![];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3_usize {
            let text = [&[0].repeat(before), secret].concat();
            let (start, end) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
            forms.extend(engine.encode(&text).get(start..end).filter(|part| part.len() >= 2 * SHORTEST).map(str::to_owned));
        }
        // Alone, its end is known too.
        let alone = engine.encode(secret);
        for width in WRAPPED.into_iter().filter(|width| alone.len() > *width) {
            let lines = alone.as_bytes().chunks(width).filter(|line| line.len() >= 2 * SHORTEST);
            forms.extend(lines.map(|line| String::from_utf8_lossy(line).into_owned()));
        }
        forms.push(alone);
    }
    forms
}
