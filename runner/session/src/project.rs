use crate::Global;
use crate::error::SessionError;
use infra_infrafile::{Infrafile, Request, find};
use std::path::PathBuf;

/// Reads the project's Infrafile with these values.
pub(crate) fn load(global: &Global, assignments: Vec<(String, String)>) -> Result<Infrafile, SessionError> {
    Ok(infra_infrafile::load(&request(global, assignments)?)?)
}

pub(crate) fn request(global: &Global, assignments: Vec<(String, String)>) -> Result<Request, SessionError> {
    let file = file(global)?;
    let environment = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Request { file, assignments, environment: environment.collect() })
}

/// The Infrafile, or where one would be.
pub(crate) fn file(global: &Global) -> Result<PathBuf, SessionError> {
    let start = start(global)?;
    match &global.file {
        Some(file) => Ok(start.join(file)),
        None => find(&start).ok_or(SessionError::NoInfrafile),
    }
}

/// The project's root. What is in the Infrafile is not looked at, so that a mistake in it does not hide the past.
pub(crate) fn root(global: &Global) -> Result<PathBuf, SessionError> {
    let file = file(global)?;
    let directory = file.parent().filter(|_| file.is_file()).and_then(|directory| directory.canonicalize().ok());
    match directory {
        Some(directory) => Ok(directory),
        // The error of a file that is not there is the one that all verbs tell.
        None => Ok(load(global, vec![])?.root),
    }
}

/// The directory that the verb starts in.
pub(crate) fn start(global: &Global) -> Result<PathBuf, SessionError> {
    let current =
        std::env::current_dir().map_err(|error| SessionError::input_output(format!("the current directory: {error}")))?;
    let Some(directory) = &global.directory else { return Ok(current) };
    let start = current.join(directory);
    if start.is_dir() {
        return Ok(start);
    }
    let what = if start.exists() { "is not a directory" } else { "does not exist" };
    Err(SessionError::usage(format!("{} {what}", start.display()), "correct `-C`, or INFRA_DIRECTORY"))
}
