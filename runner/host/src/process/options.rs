use super::signal_number;
use infra_event::{ErrorCode, TaskError};
use serde::Deserialize;
use std::time::Duration;

/// How long a program has after it was told to end, before KILL, where it says nothing else.
const GRACE: Duration = Duration::from_secs(15);
/// The longest time that one may ask for.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What a command says in `options`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) stop: Stop,
    /// The context of the kubeconfig that is made for it; empty for the current one.
    pub(super) kubeconfig: Option<String>,
}

/// How a program is brought to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) signal: i32,
    pub(super) grace: Duration,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    stop: WrittenStop,
    kubeconfig: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenStop {
    signal: Option<String>,
    grace_ms: Option<u64>,
}

impl Options {
    /// Reads the JSON; nothing is what is usual.
    pub(super) fn read(text: Option<&str>) -> Result<Self, TaskError> {
        let invalid = |message: String| {
            TaskError::new(ErrorCode::INVALID, message)
                .hint("as `{\"stop\": {\"signal\": \"INT\", \"grace-ms\": 60000}, \"kubeconfig\": \"kind-dev\"}`")
        };
        let text = text.map(str::trim).filter(|text| !text.is_empty() && *text != "null").unwrap_or("{}");
        let written: Written = serde_json::from_str(text)
            .map_err(|error| invalid(format!("the `options` of a command are not understood: {error}: {text}")))?;
        let name = written.stop.signal.unwrap_or_else(|| "TERM".to_owned());
        let signal = ["INT", "TERM", "QUIT", "HUP"].contains(&name.as_str()).then(|| signal_number(&name)).flatten();
        let signal = signal.ok_or_else(|| invalid(format!("no program is told to end by the signal `{name}`")))?;
        let grace = written.stop.grace_ms.map_or(GRACE, Duration::from_millis);
        if grace > LONGEST {
            return Err(invalid(format!("no program gets {} s to end: the most are {}", grace.as_secs(), LONGEST.as_secs())));
        }
        Ok(Self { stop: Stop { signal, grace }, kubeconfig: written.kubeconfig })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::Signal;

    #[test]
    fn what_is_not_said_is_usual() {
        for text in [None, Some(""), Some("{}"), Some("null"), Some(r#"{"stop": {}}"#)] {
            let options = Options::read(text).unwrap();
            assert_eq!(options, Options { stop: Stop { signal: Signal::TERM.as_raw(), grace: GRACE }, kubeconfig: None });
        }
        let own = Options::read(Some(r#"{"stop": {"signal": "INT", "grace-ms": 1}, "kubeconfig": ""}"#)).unwrap();
        assert_eq!(own.stop, Stop { signal: Signal::INT.as_raw(), grace: Duration::from_millis(1) });
        assert_eq!(own.kubeconfig.as_deref(), Some(""));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in [
            "5",
            r#"{"shell": true}"#,
            r#"{"stop": {"signal": "KILL"}}"#,
            r#"{"stop": {"signal": "9"}}"#,
            r#"{"stop": {"grace-ms": 900001}}"#,
            r#"{"stop": {"grace-ms": -1}}"#,
        ] {
            assert_eq!(Options::read(Some(text)).unwrap_err().code, ErrorCode::INVALID, "{text}");
        }
    }
}
