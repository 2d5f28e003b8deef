use crate::Global;
use crate::error::SessionError;
use crate::global::Ci;
use crate::project::start;
use infra_report::Report;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The files that a run is reported to, besides the terminal.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReportFiles {
    pub junit: Option<PathBuf>,
    pub trace: Option<PathBuf>,
}

impl ReportFiles {
    /// Opens them before anything runs, so that a file that cannot be written is told then.
    pub(crate) fn open(&self, global: &Global) -> Result<Vec<Box<dyn Report>>, SessionError> {
        let directory = start(global)?;
        let mut reports = Vec::new();
        if let Some(path) = &self.junit {
            reports.push(infra_report::junit(create(&directory.join(path))?));
        }
        if let Some(path) = &self.trace {
            reports.push(infra_report::trace(create(&directory.join(path))?));
        }
        if global.service() == Ci::GitHub {
            let summary = append("GITHUB_STEP_SUMMARY");
            let results = append("GITHUB_OUTPUT");
            reports.push(infra_report::github_files(summary, results));
        }
        Ok(reports)
    }
}

fn create(path: &Path) -> Result<Box<dyn Write + Send>, SessionError> {
    let opened = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| File::create(path));
    match opened {
        Ok(file) => Ok(Box::new(BufWriter::new(file))),
        Err(error) => Err(SessionError::Failed {
            message: format!("the report {} cannot be written: {error}", path.display()),
            hint: Some("nothing was run; name another file".to_owned()),
            code: infra_event::ExitCode::InputOutput,
        }),
    }
}

/// The file that a variable of the service names. A step of a pipeline may go without.
fn append(variable: &str) -> Option<Box<dyn Write + Send>> {
    let path = std::env::var_os(variable).filter(|path| !path.is_empty())?;
    let file = File::options().append(true).create(true).open(path).ok()?;
    Some(Box::new(BufWriter::new(file)))
}
