use infra::{Error, Result};
use std::time::Duration;

/// Reads `500ms`, `5s`, `2m`, `1h`.
pub(crate) fn parse(key: &str, text: &str) -> Result<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: Option<u64> = text[..digits].parse().ok();
    let unit = match &text[digits..] {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let milliseconds = number.zip(unit).and_then(|(number, unit)| number.checked_mul(unit)).filter(|all| *all > 0);
    milliseconds.map(Duration::from_millis).ok_or_else(|| {
        Error::new("invalid", format!("`{key}`: `{text}` is not a duration")).hint("write `500ms`, `5s`, `2m` or `1h`")
    })
}
