//! A number of processors.

use serde::{Serialize, Serializer};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cpus(f32);

impl Cpus {
    #[expect(clippy::cast_possible_truncation, reason = "Compose keeps 32 bits")]
    pub(crate) const fn new(count: f64) -> Self {
        Self(count as f32)
    }

    /// Docker's billionths of a processor.
    #[expect(clippy::cast_possible_truncation, reason = "no machine has that many processors")]
    pub(crate) fn nano(self) -> i64 {
        (f64::from(self.0) * 1e9).round() as i64
    }
}

/// A whole number is written without a point, as Go writes it.
impl Serialize for Cpus {
    #[expect(clippy::cast_possible_truncation, reason = "no machine has that many processors")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 { serializer.serialize_i64(self.0 as i64) } else { serializer.serialize_f32(self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::Cpus;

    #[test]
    fn a_share_becomes_billionths() {
        assert_eq!(Cpus::new(0.5).nano(), 500_000_000);
        assert_eq!(serde_json::to_string(&Cpus::new(0.1)).ok().as_deref(), Some("0.1"));
        assert_eq!(serde_json::to_string(&Cpus::new(2.0)).ok().as_deref(), Some("2"));
    }
}
