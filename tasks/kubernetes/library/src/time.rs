use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970 of `2026-01-31T12:00:00Z`.
#[must_use]
pub fn seconds(time: &str) -> Option<u64> {
    let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
    let number = |text: &str| text.parse::<u64>().ok();
    let mut date = date.split('-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut clock = clock.split(['.', ':']).map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March here, so that the leap day is the last of a year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some((days - 719_468) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// A point in time, from seconds since 1970: `2026-01-31T12:00:00Z`.
#[must_use]
pub fn in_words(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest % 3_600 / 60, rest % 60)
}

/// How long ago a time was, in the largest unit that fits: `12s`, `5m`, `3h`, `9d`. Empty where it is none.
#[must_use]
pub fn age(time: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    seconds(time).map(|then| short(now.saturating_sub(then))).unwrap_or_default()
}

fn short(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-28T23:59:59Z", 951_782_399),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2026-02-01T00:00:00Z", 1_769_904_000),
            ("2100-03-01T00:00:00.123456Z", 4_107_542_400),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
            assert_eq!(in_words(expected)[..19], text[..19]);
        }
        for wrong in ["", "2026", "2026-02-01", "2026-13-01T00:00:00Z", "0000-01-01T00:00:00Z", "a-b-cTd:e:fZ"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_age_has_one_unit() {
        let words: Vec<String> = [5, 119, 120, 7_199, 7_200, 172_799, 172_800].into_iter().map(short).collect();
        assert_eq!(words, ["5s", "119s", "2m", "119m", "2h", "47h", "2d"]);
        assert_eq!(age("never"), "");
    }
}
