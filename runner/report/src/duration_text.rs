/// A duration for people: `340ms`, `3.2s`, `1m 04s`, `1h 02m`.
#[must_use]
pub fn duration_text(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match milliseconds {
        0..1_000 => format!("{milliseconds}ms"),
        1_000..60_000 => format!("{seconds}.{}s", milliseconds % 1000 / 100),
        60_000..3_600_000 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// The same in whole seconds, for a line that is drawn many times a second.
pub(crate) fn elapsed_text(milliseconds: u64) -> String {
    if milliseconds < 60_000 { format!("{}s", milliseconds / 1000) } else { duration_text(milliseconds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let texts = [0, 340, 999, 1_000, 3_299, 59_999, 64_000, 3_599_999, 3_720_000, 360_000_000].map(duration_text);
        assert_eq!(texts, ["0ms", "340ms", "999ms", "1.0s", "3.2s", "59.9s", "1m 04s", "59m 59s", "1h 02m", "100h 00m"]);
        assert_eq!([900, 3_299, 64_000].map(elapsed_text), ["0s", "3s", "1m 04s"]);
    }
}
