//! Sizes in bytes as Compose writes them: `64m`, `1.5g`, `1024`.

use serde::{Serialize, Serializer};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) i64);

impl Size {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let number: f64 = text[..digits].parse().ok()?;
        let unit = text[digits..].trim_start();
        let unit = unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(unit);
        let power = ["", "k", "m", "g", "t", "p"].iter().position(|known| *known == unit)?;
        let bytes = number * 1024_f64.powi(i32::try_from(power).ok()?);
        #[expect(clippy::cast_possible_truncation, reason = "the bound is checked")]
        (bytes < 9e18).then_some(Self(bytes as i64))
    }
}

/// Compose writes them as text.
impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_are_read_in_powers_of_1024() {
        for (text, bytes) in [
            ("1024", 1024),
            ("0", 0),
            ("64m", 64 << 20),
            ("64MB", 64 << 20),
            ("1.5g", 3 << 29),
            ("2 GiB", 2 << 30),
            ("1b", 1),
            ("10kb", 10 << 10),
        ] {
            assert_eq!(Size::parse(text), Some(Size(bytes)), "{text}");
        }
        for text in ["", "m", "-1", "1x", "1mm", "1.2.3", "99999999p"] {
            assert_eq!(Size::parse(text), None, "{text}");
        }
    }
}
