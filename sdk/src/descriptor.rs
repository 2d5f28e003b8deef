//! Joins constant texts, so that a macro can put what another macro made into a custom section.

/// The bytes of all parts.
#[must_use]
pub const fn length(parts: &[&str]) -> usize {
    let mut total = 0;
    let mut index = 0;
    while index < parts.len() {
        total += parts[index].len();
        index += 1;
    }
    total
}

/// All parts, one after the other. `LENGTH` is [`length`] of the same parts.
#[must_use]
pub const fn join<const LENGTH: usize>(parts: &[&str]) -> [u8; LENGTH] {
    let mut joined = [0; LENGTH];
    let mut at = 0;
    let mut index = 0;
    while index < parts.len() {
        let bytes = parts[index].as_bytes();
        let mut byte = 0;
        while byte < bytes.len() {
            joined[at] = bytes[byte];
            at += 1;
            byte += 1;
        }
        index += 1;
    }
    joined
}
