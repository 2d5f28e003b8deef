use infra_plan::Step;
use std::time::Duration;

/// The wait after the attempt with this number: twice as long each time, up to the limit, a quarter more or less by chance, so that steps
/// that failed together do not try again together.
pub(crate) fn delay(step: &Step, attempt: u32) -> Duration {
    let doubled = step.retries.backoff.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
    let mut random = [0; 2];
    let share =
        if getrandom::fill(&mut random).is_ok() { f64::from(u16::from_le_bytes(random)) / f64::from(u16::MAX) } else { 0.5 };
    doubled.min(step.retries.limit).mul_f64(0.75 + share / 2.0)
}
