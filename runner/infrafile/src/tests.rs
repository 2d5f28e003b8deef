mod containment;
mod errors;
mod format;
mod includes;
mod lints;
mod never_panics;
mod params;
mod profiles;
mod reference;
mod schema;
mod secrets;
mod tasks;
mod templates;
mod up_to_date;

use crate::{Diagnostics, Infrafile, Request, load};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// A project of these files.
pub(crate) fn project(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::Builder::new().prefix("project").tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    directory
}

pub(crate) fn request(directory: &TempDir, assignments: &[(&str, &str)]) -> Request {
    let assignments = assignments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { file: directory.path().join("Infrafile.toml"), assignments, environment: BTreeMap::new() }
}

pub(crate) fn loaded(text: &str, assignments: &[(&str, &str)]) -> Result<Infrafile, Diagnostics> {
    load(&request(&project(&[("Infrafile.toml", text)]), assignments))
}

pub(crate) fn good(text: &str) -> Infrafile {
    loaded(text, &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The text of all that is wrong.
pub(crate) fn wrong(text: &str) -> String {
    loaded(text, &[]).unwrap_err().render(false)
}
