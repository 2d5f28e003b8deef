use crate::error::SessionError;
use infra_effect::{Grants, ProcessGrant};

/// The shells: who may start one may do all that their user can say.
const SHELLS: [&str; 10] = ["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "csh", "busybox"];

/// Whether a program is a shell, by its name.
pub(crate) fn is_shell(program: &str) -> bool {
    program.rsplit('/').next().is_some_and(|name| SHELLS.contains(&name))
}

/// The bound of `--within`: each text holds what a grant holds.
pub(crate) fn bound(texts: &[String]) -> Result<Grants, SessionError> {
    let mut bound = Grants::default();
    for text in texts {
        bound.extend(&parse(text).map_err(|cause| wrong(text, &cause))?);
    }
    if let Some(text) = never(&bound).into_iter().next() {
        return Err(SessionError::usage(
            format!("`--within` cannot hold {text}: nothing is learned with that"),
            "write it into the Infrafile, if it shall be",
        ));
    }
    Ok(bound)
}

fn parse(text: &str) -> Result<Grants, String> {
    // With its braces, as it stands in `allow`, or without them.
    let text = text.trim();
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    toml::from_str::<Grants>(inner).map_err(|error| error.message().to_owned())
}

fn wrong(text: &str, cause: &str) -> SessionError {
    SessionError::usage(
        format!("`--within {text}` is no grant: {cause}"),
        "write it as in `allow`: --within 'files = { read = [\"docs/**\"] }'",
    )
}

/// What no bound holds and nothing learns, in words.
fn never(bound: &Grants) -> Vec<String> {
    let program = |grant: &ProcessGrant| {
        let name = &grant.program.0;
        if !grant.confine {
            Some("`confine = false`".to_owned())
        } else if is_shell(name) {
            Some(format!("the shell `{name}`"))
        } else if name.contains('*') {
            Some(format!("the program `{name}`, which may be a shell"))
        } else {
            None
        }
    };
    let mut all: Vec<String> = bound.process.iter().filter_map(program).collect();
    all.extend(bound.docker.iter().flat_map(|grant| &grant.options).map(|option| format!("the Docker option `{option}`")));
    all.extend(
        bound.secrets.iter().filter(|grant| grant.reveal).map(|grant| format!("`reveal` of the secret `{}`", grant.name.0)),
    );
    all.extend(
        bound.kubernetes.iter().flat_map(|grant| &grant.secrets).map(|name| format!("the contents of the Secret `{name}`")),
    );
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_written_as_a_grant_is() {
        let texts = ["files = { read = [\"a\"] }", "{ process = [{ program = \"git\" }] }"].map(str::to_owned);
        let bound = bound(&texts).expect("it is right");
        assert_eq!((bound.files.read.len(), bound.process.len()), (1, 1));
    }

    #[test]
    fn what_opens_everything_is_no_bound() {
        for text in [
            "process = [{ program = \"git\", confine = false }]",
            "process = [{ program = \"/bin/bash\" }]",
            "process = [{ program = \"*\" }]",
            "docker = [{ options = [\"privileged\"] }]",
            "kubernetes = [{ secrets = [\"*\"] }]",
            "secrets = [{ name = \"DB\", reveal = true }]",
            "fils = { read = [\"a\"] }",
            "files = ",
        ] {
            assert!(bound(&[text.to_owned()]).is_err(), "{text}");
        }
    }
}
