//! Points in time as Docker and people write them.

use crate::duration::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

/// Of `2026-01-31T12:00:00Z`, with a fraction or without, with `Z`, an offset, or neither; of a date alone its first second.
pub(crate) fn seconds_since_epoch(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (&time[..at], offset(&time[at..])?),
        None => (time, 0),
    };
    let mut parts = clock.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next().unwrap_or("0").parse().ok()?;
    let seconds: f64 = parts.next().unwrap_or("0").parse().ok()?;
    let valid =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hours < 24 && minutes < 60 && (0.0..61.0).contains(&seconds);
    // Days from the first of March of the year 0, so that leap days are the last of a year.
    let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = shifted_year * 365 + shifted_year.div_euclid(4) - shifted_year.div_euclid(100)
        + shifted_year.div_euclid(400)
        + (shifted_month * 153 + 2) / 5
        + day
        - 1
        - 719_468;
    #[expect(clippy::cast_possible_truncation, reason = "it is less than 61")]
    let seconds = seconds as i64;
    valid.then_some(days * 86_400 + hours * 3_600 + minutes * 60 + seconds - offset)
}

fn offset(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'Z' | b'z' => return Some(0),
        b'-' => (-1, &text[1..]),
        _ => (1, &text[1..]),
    };
    let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
    Some(sign * (hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60))
}

/// What `since` says: a duration before `now`, a point in time, or seconds since 1970.
pub(crate) fn since(text: &str, now: i64) -> Option<u64> {
    let seconds = if let Ok(seconds) = text.parse::<i64>() {
        seconds
    } else if let Some(duration) = Duration::parse(text) {
        now - duration.seconds()
    } else {
        seconds_since_epoch(text)?
    };
    u64::try_from(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_are_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:30:15.123456789Z", 951_827_415),
            ("2026-11-21T08:19:18Z", 1_795_249_158),
            ("2026-11-21T10:19:18+02:00", 1_795_249_158),
            ("2026-11-21", 1_795_219_200),
        ] {
            assert_eq!(seconds_since_epoch(text), Some(seconds), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "2026-01-01T25:00:00Z", "2026-01"] {
            assert_eq!(seconds_since_epoch(text), None, "{text}");
        }
    }

    #[test]
    fn since_is_a_duration_a_time_or_a_number() {
        assert_eq!(since("10m", 1_000), Some(400));
        assert_eq!(since("42", 1_000), Some(42));
        assert_eq!(since("1970-01-02T00:00:00Z", 1_000), Some(86_400));
        assert_eq!(since("soon", 1_000), None);
    }
}
