//! Durations as Compose writes them: `1m30s`, `500ms`.

use serde::{Serialize, Serializer};
use std::fmt;

/// Nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Duration(pub(crate) i64);

const SECOND: i64 = 1_000_000_000;

impl Duration {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        const UNITS: [(&str, f64); 9] = [
            ("ms", 1e6),
            ("us", 1e3),
            ("µs", 1e3),
            ("ns", 1.0),
            ("w", 6.048e14),
            ("d", 8.64e13),
            ("h", 3.6e12),
            ("m", 6e10),
            ("s", 1e9),
        ];
        let mut rest = text;
        let mut total = 0.0;
        if text == "0" {
            return Some(Self(0));
        }
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
            let number: f64 = rest[..digits].parse().ok()?;
            rest = &rest[digits..];
            let (unit, factor) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
            total += number * factor;
            rest = &rest[unit.len()..];
        }
        #[expect(clippy::cast_possible_truncation, reason = "the bound is checked")]
        (!text.is_empty() && total < 9e18).then_some(Self(total as i64))
    }

    pub(crate) const fn seconds(self) -> i64 {
        self.0 / SECOND
    }
}

/// As Go writes durations: `1m30s`, `1.5s`, `2h0m0s`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |amount: i64, unit: i64| {
            let text = format!("{}.{:0width$}", amount / unit, amount % unit, width = unit.ilog10() as usize);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        match self.0 {
            0 => f.write_str("0s"),
            nanos if nanos < 1_000 => write!(f, "{nanos}ns"),
            nanos if nanos < 1_000_000 => write!(f, "{}µs", whole(nanos, 1_000)),
            nanos if nanos < SECOND => write!(f, "{}ms", whole(nanos, 1_000_000)),
            nanos => {
                let (minutes, seconds) = (nanos / SECOND / 60, whole(nanos % (60 * SECOND), SECOND));
                match (minutes / 60, minutes % 60) {
                    (0, 0) => write!(f, "{seconds}s"),
                    (0, minutes) => write!(f, "{minutes}m{seconds}s"),
                    (hours, minutes) => write!(f, "{hours}h{minutes}m{seconds}s"),
                }
            }
        }
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn durations_are_read_and_written_as_go_does() {
        for (text, nanoseconds, written) in [
            ("90s", 90_000_000_000, "1m30s"),
            ("1m30s", 90_000_000_000, "1m30s"),
            ("500ms", 500_000_000, "500ms"),
            ("1500ms", 1_500_000_000, "1.5s"),
            ("2h", 7_200_000_000_000, "2h0m0s"),
            ("1d", 86_400_000_000_000, "24h0m0s"),
            ("1.5us", 1_500, "1.5µs"),
            ("0", 0, "0s"),
        ] {
            assert_eq!(Duration::parse(text), Some(Duration(nanoseconds)), "{text}");
            assert_eq!(Duration(nanoseconds).to_string(), written);
        }
        for text in ["", "5", "s", "1x", "1s2", "-1s"] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
