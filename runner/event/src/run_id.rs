use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Names one run. Sorts by start: `20261121-023653-1a2b3c`, in UTC, with six random hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// A new name for a run that starts now.
    #[must_use]
    pub fn generate() -> Self {
        let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
        let mut random = [0; 3];
        if getrandom::fill(&mut random).is_err() {
            // Without a random source the process id still tells runs of one second apart.
            random.copy_from_slice(&std::process::id().to_be_bytes()[1..]);
        }
        let [a, b, c] = random;
        Self(format!("{now}-{a:02x}{b:02x}{c:02x}"))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = |(index, byte): (usize, u8)| match index {
            8 | 15 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        if text.len() == 22 && text.bytes().enumerate().all(shape) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{text}` is not the name of a run; `infra history` lists them"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_id_reads_what_it_writes() {
        let run = RunId::generate();
        assert_eq!(run.as_str().parse(), Ok(run.clone()));
        assert!("last".parse::<RunId>().is_err());
    }
}
