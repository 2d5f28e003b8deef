use infra_event::Unit;

/// How far a progress line is: `12/40`, `1.2/3.4 MB`, `12.3 MB`. Nothing where nothing is counted: without a total, at 0.
pub(crate) fn progress_text(position: u64, total: Option<u64>, unit: Unit) -> String {
    match (unit, total) {
        (_, None) if position == 0 => String::new(),
        (Unit::Items, Some(total)) => format!("{position}/{total}"),
        (Unit::Items, None) => position.to_string(),
        (Unit::Bytes, None) => {
            let (scale, word) = scale_of(position);
            format!("{} {word}", scaled(position, scale))
        }
        (Unit::Bytes, Some(total)) => {
            let (scale, word) = scale_of(total.max(position));
            format!("{}/{} {word}", scaled(position, scale), scaled(total, scale))
        }
    }
}

fn scale_of(bytes: u64) -> (u64, &'static str) {
    match bytes {
        0..1_000 => (1, "B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "GB"),
        _ => (1_000_000_000_000, "TB"),
    }
}

fn scaled(bytes: u64, scale: u64) -> String {
    if scale == 1 { bytes.to_string() } else { format!("{}.{}", bytes / scale, bytes % scale / (scale / 10)) }
}

/// A bar of `columns`.
pub(crate) fn bar_text(position: u64, total: u64, columns: usize) -> (String, String) {
    let full = if total == 0 { columns as u128 } else { u128::from(position.min(total)) * columns as u128 / u128::from(total) };
    let full = usize::try_from(full).unwrap_or(columns).min(columns);
    ("█".repeat(full), "░".repeat(columns - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_counted_in_its_unit() {
        assert_eq!(progress_text(12, Some(40), Unit::Items), "12/40");
        assert_eq!(progress_text(1_234_567, Some(3_456_789), Unit::Bytes), "1.2/3.4 MB");
        assert_eq!(progress_text(999, None, Unit::Bytes), "999 B");
        assert_eq!(progress_text(0, Some(2), Unit::Items), "0/2");
        assert_eq!([Unit::Items, Unit::Bytes].map(|unit| progress_text(0, None, unit)), ["", ""]);
        assert_eq!(progress_text(u64::MAX, Some(1), Unit::Bytes), "18446744.0/0.0 TB");
        assert_eq!(bar_text(u64::MAX, u64::MAX, 4).0, "████");
        assert_eq!(bar_text(1, 2, 4), ("██".to_owned(), "░░".to_owned()));
        assert_eq!(bar_text(9, 0, 2).0, "██");
    }
}
