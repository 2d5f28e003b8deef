use crate::world::Programs;
use infra_confine::{refused_environment, refused_value};
use infra_effect::ProcessGrant;
use infra_event::{ErrorCode, TaskError};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

/// What a task asks for, each of which must be harmless. A program that starts in `dir` gets it.
///
/// # Errors
/// `denied` for a name that makes programs run other code, or a value that does.
pub(super) fn check<'a>(
    asked: impl IntoIterator<Item = (&'a String, &'a String)>,
    dir: &Path,
    interactive: bool,
) -> Result<(), TaskError> {
    for (name, value) in asked {
        if let Some(reason) = refused_environment(name) {
            let message = format!("no program gets the environment variable `{name}`: {reason}");
            return Err(TaskError::new(ErrorCode::DENIED, message).hint("remove it, or give it another name"));
        }
        if let Some(reason) = refused_value(name, value, dir, interactive) {
            let message = format!("no program gets the environment variable `{name}` with this value: {reason}");
            return Err(TaskError::new(ErrorCode::DENIED, message).hint("give it another value, or the variable another name"));
        }
    }
    Ok(())
}

/// All that a program finds in its environment; later entries win.
pub(super) fn build(
    programs: &Programs,
    grant: &ProcessGrant,
    interactive: bool,
    dir: &Path,
    variables: &[(String, String)],
    scratch: &Path,
) -> Vec<(OsString, OsString)> {
    let mut environment: BTreeMap<OsString, OsString> = BTreeMap::new();
    let home = scratch.as_os_str().to_owned();
    environment.insert("PATH".into(), programs.path().into());
    environment.insert("HOME".into(), home.clone());
    environment.insert("TMPDIR".into(), home);
    environment.insert("LANG".into(), "C.UTF-8".into());
    if interactive && let Some(terminal) = programs.environment.get("TERM") {
        environment.insert("TERM".into(), terminal.into());
    }
    for (name, value) in &programs.environment {
        let granted = grant.env.iter().any(|pattern| pattern.matches(name));
        if granted && refused_environment(name).is_none() && refused_value(name, value, dir, interactive).is_none() {
            environment.insert(name.into(), value.into());
        }
    }
    // An unconfined program is the user's own: it has the user's home.
    if !grant.confine
        && let Some(home) = &programs.home
    {
        environment.insert("HOME".into(), home.into());
        environment.remove(std::ffi::OsStr::new("TMPDIR"));
    }
    environment.extend(variables.iter().map(|(name, value)| (name.into(), value.into())));
    environment.into_iter().collect()
}
