//! Where backups lie. What lies where is told by the report beside each; another place needs the same few functions.

use crate::report::Report;
use infra::pipe::{self, Expected, Filter, Sink, Source};
use infra::{Error, Result, files};
use serde::Serialize;
use serde_json::json;

/// A directory with backups.
#[derive(Clone, Debug)]
pub struct Shelf {
    directory: String,
}

/// A backup in one line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// `NAME-TIMESTAMP`.
    pub id: String,
    /// When.
    pub created: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes before the compression.
    pub raw_bytes: u64,
    /// As `checksum`.
    pub verified: Option<String>,
    /// `ok`, `missing` or `truncated`: what a look at the file's size says.
    pub state: &'static str,
    /// Whether it is the latest of its name.
    pub latest: bool,
}

impl Shelf {
    /// The shelf in this directory of the project.
    #[must_use]
    pub fn new(directory: &str) -> Self {
        Self { directory: directory.trim_end_matches('/').to_owned() }
    }

    /// The path of a file on it.
    #[must_use]
    pub fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.directory)
    }

    /// Makes the directory.
    ///
    /// # Errors
    /// `denied`, `input-output`.
    pub fn make(&self) -> Result<()> {
        files::create_directory(&self.directory)
    }

    /// Makes a backup known whose file is whole: its report first, then the pointer.
    ///
    /// # Errors
    /// `denied`, `input-output`.
    pub fn publish(&self, report: &Report) -> Result<()> {
        let mut text = serde_json::to_string_pretty(report)?;
        text.push('\n');
        files::write(&self.path(&format!("{}.json", report.id)), text)?;
        let pointer = json!({ "latest": report.id, "file": report.file, "created": report.created });
        files::write(&self.path(&pointer_of(&report.name)), format!("{pointer}\n"))
    }

    /// The backups of a name, the oldest first.
    ///
    /// # Errors
    /// `denied`, `input-output`; `invalid` for a report that is none.
    pub fn reports(&self, name: &str) -> Result<Vec<Report>> {
        let mut reports = Vec::new();
        if files::stat(&self.directory)?.is_none() {
            return Ok(reports);
        }
        let start = format!("{name}-");
        for file in files::list_directory(&self.directory)? {
            if file.starts_with(&start) && file.ends_with(".json") && !file.ends_with(".latest.json") {
                let report = self.report(&file)?;
                // `app-db-…` also begins as those of `app` do.
                if report.name == name {
                    reports.push(report);
                }
            }
        }
        reports.sort_by(|one, other| (one.created_seconds, &one.id).cmp(&(other.created_seconds, &other.id)));
        Ok(reports)
    }

    fn report(&self, file: &str) -> Result<Report> {
        let path = self.path(file);
        serde_json::from_str(&files::read_to_string(&path)?)
            .map_err(|error| Error::new("invalid", format!("{path} is not the report of a backup: {error}")).hint("move it away"))
    }

    /// The backup with this id, its file's name, or `latest`.
    ///
    /// # Errors
    /// `not-found` with those that there are.
    pub fn find(&self, name: &str, wanted: &str) -> Result<Report> {
        let reports = self.reports(name)?;
        let wanted_id = if wanted == "latest" { self.latest(name)? } else { Some(wanted.to_owned()) };
        let found = reports.iter().rev().find(|report| match &wanted_id {
            Some(wanted) => report.id == *wanted || report.file == *wanted,
            None => true,
        });
        found.cloned().ok_or_else(|| {
            let there: Vec<&str> = reports.iter().rev().take(5).map(|report| report.id.as_str()).collect();
            let there = if there.is_empty() { "there is none".to_owned() } else { format!("there are {}", there.join(", ")) };
            Error::new("not-found", format!("there is no backup `{wanted}` of `{name}` in {}: {there}", self.directory))
                .hint("`action = \"list\"` of std/backup shows all")
        })
    }

    /// What the pointer says; none where it is not there or what it names is gone.
    fn latest(&self, name: &str) -> Result<Option<String>> {
        let path = self.path(&pointer_of(name));
        if files::stat(&path)?.is_none() {
            return Ok(None);
        }
        let pointer: serde_json::Value = serde_json::from_str(&files::read_to_string(&path)?)?;
        let id = pointer["latest"].as_str().unwrap_or_default();
        Ok(files::stat(&self.path(&format!("{id}.json")))?.map(|_| id.to_owned()))
    }

    /// All backups of a name, the newest first.
    ///
    /// # Errors
    /// `denied`, `input-output`.
    pub fn list(&self, name: &str) -> Result<Vec<Listed>> {
        let latest = self.latest(name)?;
        let mut listed = Vec::new();
        for report in self.reports(name)?.into_iter().rev() {
            let state = match files::stat(&self.path(&report.file))? {
                None => "missing",
                Some(found) if found.size != report.stored_bytes => "truncated",
                Some(_) => "ok",
            };
            listed.push(Listed {
                latest: latest.as_ref() == Some(&report.id),
                id: report.id,
                created: report.created,
                bytes: report.stored_bytes,
                raw_bytes: report.raw_bytes,
                verified: report.verified,
                state,
            });
        }
        Ok(listed)
    }

    /// Reads a backup back: its size and checksum, the end of the compressed data, and what comes out of it.
    ///
    /// # Errors
    /// `invalid` where it is truncated or damaged; `not-found`.
    pub fn verify(&self, report: &Report) -> Result<()> {
        let path = self.path(&report.file);
        let expected = Expected { size: Some(report.stored_bytes), sha256: Some(report.stored_sha256.clone()) };
        let label = format!("verify {}", report.id);
        let found = pipe::run(&label, &Source::File(path.clone()), &[Filter::Decompress], &Sink::Nowhere, &expected);
        let refused = |error: Error| {
            let message = format!("the backup {path} cannot be used: {}", error.message);
            Error { message, ..error }
        };
        let found = found.map_err(refused)?;
        if found.written != report.raw_bytes || found.written_sha256 != report.raw_sha256 {
            let message = format!("the backup {path} cannot be used: what is in it is not what its report says");
            return Err(Error::new("invalid", message).hint("take another backup"));
        }
        Ok(())
    }

    /// Removes the backups of a name that are older than these days, but keeps at least so many. The ids of those removed.
    ///
    /// # Errors
    /// `denied`, `input-output`.
    pub fn prune(&self, name: &str, days: u32, least: u32, now: u64) -> Result<Vec<String>> {
        let reports = self.reports(name)?;
        let limit = now.saturating_sub(u64::from(days) * 86_400);
        let spare = reports.len().saturating_sub(usize::try_from(least.max(1)).unwrap_or(usize::MAX));
        let old = reports.into_iter().take(spare).filter(|report| report.created_seconds < limit);
        let mut removed = Vec::new();
        for report in old {
            // Without its report it is no backup any more; so a removal that is cut short leaves none that looks whole.
            files::remove(&self.path(&format!("{}.json", report.id)))?;
            files::remove(&self.path(&report.file))?;
            removed.push(report.id);
        }
        Ok(removed)
    }
}

fn pointer_of(name: &str) -> String {
    format!("{name}.latest.json")
}
