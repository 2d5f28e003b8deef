use infra::kubernetes::Condition;
use infra::{Error, Result};

/// What is waited for, as it is written: `ready`, `condition=Available`, `field=status.phase=Bound`.
pub(crate) fn parse(text: &str) -> Result<Condition> {
    let (word, rest) = text.split_once('=').map_or((text, None), |(word, rest)| (word, Some(rest)));
    Ok(match (word, rest) {
        ("ready", None) => Condition::Ready,
        ("exists", None) => Condition::Exists,
        ("deleted", None) => Condition::Deleted,
        ("rollout", None) => Condition::Rollout,
        ("job", None) => Condition::Job,
        ("condition", Some(rest)) => {
            let (kind, status) = rest.split_once('=').unwrap_or((rest, ""));
            Condition::Condition(kind.to_owned(), status.to_owned())
        }
        ("field", Some(rest)) => {
            let (path, value) = rest.split_once('=').unwrap_or((rest, ""));
            Condition::Field(path.to_owned(), value.to_owned())
        }
        _ => {
            return Err(Error::new("invalid", format!("`until` is `{text}`")).hint(
                "there are `ready`, `exists`, `deleted`, `rollout`, `job`, `condition=TYPE`, `condition=TYPE=STATUS` and `field=PATH=VALUE`",
            ));
        }
    })
}
