use crate::{Helm, needed, said};
use infra::Result;

/// The chart with where it comes from and its values.
pub(crate) fn chart(params: &Helm) -> Result<Vec<String>> {
    let mut words = vec![needed(params, "chart", &params.chart)?.to_owned()];
    for (flag, value) in [("--repo", said(&params.repo)), ("--version", said(&params.version))] {
        if let Some(value) = value {
            words.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    words.extend(values(params));
    Ok(words)
}

/// The values alone.
pub(crate) fn values(params: &Helm) -> Vec<String> {
    let files = params.values.iter().flat_map(|file| ["--values".to_owned(), file.clone()]);
    let single = params.set.iter().flat_map(|(name, value)| ["--set".to_owned(), format!("{name}={}", escaped(value))]);
    files.chain(single).collect()
}

/// A comma would begin the next value.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace(',', "\\,")
}

pub(crate) fn namespace(params: &Helm) -> Vec<String> {
    said(&params.namespace).map(|namespace| vec!["--namespace".to_owned(), namespace.to_owned()]).unwrap_or_default()
}

/// Whether and how long it waits.
pub(crate) fn patience(params: &Helm) -> Vec<String> {
    let wait = params.wait.then(|| "--wait".to_owned());
    wait.into_iter().chain(["--timeout".to_owned(), format!("{}s", params.timeout)]).collect()
}
