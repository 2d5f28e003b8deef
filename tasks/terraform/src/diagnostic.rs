use infra::Error;
use serde_json::Value;

/// Errors that terraform has told of. Warnings are logged as they come.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    errors: Vec<String>,
    locked: bool,
}

impl Diagnostics {
    /// Looks at a line of the stream.
    pub(crate) fn see(&mut self, line: &Value) {
        if line["type"] == "diagnostic" {
            self.add(&line["diagnostic"]);
        }
    }

    pub(crate) fn add(&mut self, diagnostic: &Value) {
        let text = in_words(diagnostic);
        if diagnostic["severity"] == "warning" {
            infra::warning!("{text}");
            return;
        }
        infra::error!("{text}");
        self.locked |= text.contains("state lock");
        self.errors.push(text);
    }

    /// The errors in one line each.
    pub(crate) fn why(&self) -> String {
        self.errors.join("\n  ")
    }

    /// What to do where it is a known state.
    pub(crate) fn hint(&self, error: Error) -> Error {
        if self.locked {
            return error.hint(
                "somebody else works with this state: wait, or raise `lock-timeout`; where a terraform was killed, `terraform force-unlock ID`",
            );
        }
        if self.errors.iter().any(|text| text.contains("Saved plan is stale")) {
            return error.hint("the state has changed since: plan again, and look at it again");
        }
        error
    }
}

/// As `main.tf:3: Unsupported argument: An argument named "x" is not expected here.`
fn in_words(diagnostic: &Value) -> String {
    let text = |pointer: &str| diagnostic.pointer(pointer).and_then(Value::as_str).unwrap_or_default().trim();
    let place = match (text("/range/filename"), diagnostic.pointer("/range/start/line").and_then(Value::as_u64), text("/address"))
    {
        (file, Some(line), _) if !file.is_empty() => format!("{file}:{line}: "),
        (_, _, address) if !address.is_empty() => format!("{address}: "),
        _ => String::new(),
    };
    let detail = text("/detail").lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let detail = if detail.is_empty() { detail } else { format!(": {detail}") };
    format!("{place}{}{detail}", text("/summary"))
}
