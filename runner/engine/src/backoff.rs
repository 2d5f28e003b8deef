use std::time::Duration;

/// The wait after the attempt with this number (from 1), where the first wait is `first`: twice as long each time, a quarter more or less by
/// chance, so that steps that failed together do not try again together; never longer than `limit`.
#[must_use]
pub fn backoff(first: Duration, limit: Duration, attempt: u32) -> Duration {
    let doubled = first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
    let mut random = [0; 2];
    let share = if getrandom::fill(&mut random).is_ok() { u32::from(u16::from_le_bytes(random)) } else { 1 << 15 };
    // From three quarters to five, in parts of 2^-17.
    (doubled.min(limit).saturating_mul((3 << 15) + share) / (1 << 17)).min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_with_a_quarter_of_chance_and_stop_at_the_limit() {
        let (first, limit) = (Duration::from_millis(100), Duration::from_secs(1));
        for (attempt, around) in [(1, 100), (2, 200), (3, 400), (4, 800)] {
            for _ in 0..100 {
                let wait = backoff(first, limit, attempt).as_micros();
                assert!((around * 750..=around * 1250).contains(&wait), "{attempt}: {wait}");
                assert!(wait <= limit.as_micros());
            }
        }
        for attempt in [5, 31, 32, 33, u32::MAX] {
            let wait = backoff(first, limit, attempt);
            assert!(wait >= limit * 3 / 4 && wait <= limit, "{attempt}: {wait:?}");
        }
    }

    #[test]
    fn chance_takes_part() {
        let waits: std::collections::HashSet<_> =
            (0..100).map(|_| backoff(Duration::from_secs(1), Duration::from_secs(9), 1)).collect();
        assert!(waits.len() > 10);
    }

    #[test]
    fn no_duration_is_too_long() {
        assert_eq!(backoff(Duration::ZERO, Duration::from_secs(1), 7), Duration::ZERO);
        assert!(backoff(Duration::MAX, Duration::MAX, u32::MAX) > Duration::from_secs(1 << 40));
    }
}
