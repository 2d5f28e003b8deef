//! What lies at a place is told by the report beside each backup.

use crate::place::Place;
use crate::report::Report;
use crate::store::Store;
use infra::pipe::{Expected, Filter, Measured, Sink, Source};
use infra::{Error, Result, context};
use serde::Serialize;
use serde_json::json;

/// Where backups lie.
pub struct Shelf {
    store: Box<dyn Store>,
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
    /// The shelf at a place.
    ///
    /// # Errors
    /// `invalid` for an address that is none, or without credentials.
    pub fn open(place: &Place<'_>) -> Result<Self> {
        Ok(Self { store: place.open()? })
    }

    /// Where a file is, for people.
    #[must_use]
    pub fn place(&self, file: &str) -> String {
        self.store.place(file)
    }

    /// Makes the place where it is not there, and tells early that it cannot be used.
    ///
    /// # Errors
    /// `denied`, `input-output`, `failed` with what a store says.
    pub fn make(&self, name: &str) -> Result<()> {
        self.store.make(name)
    }

    /// Whether there is such a file.
    ///
    /// # Errors
    /// As [`Shelf::make`].
    pub fn has(&self, file: &str) -> Result<bool> {
        Ok(self.store.size(file)?.is_some())
    }

    /// Takes what a source gives: all of it, or nothing has the name.
    ///
    /// # Errors
    /// How the source or the place failed.
    pub fn save(&self, label: &str, source: &Source, filters: &[Filter], file: &str) -> Result<Measured> {
        self.store.save(label, source, filters, file)
    }

    /// Gives what a backup has, decompressed.
    ///
    /// # Errors
    /// How the place or the sink failed; `invalid` where it is truncated or damaged.
    pub fn load(&self, label: &str, report: &Report, sink: &Sink) -> Result<Measured> {
        let expected = Expected { size: Some(report.stored_bytes), sha256: Some(report.stored_sha256.clone()) };
        self.store.load(label, &report.file, &[Filter::Decompress], sink, &expected)
    }

    /// Removes a file; done where there is none.
    ///
    /// # Errors
    /// As [`Shelf::make`].
    pub fn remove(&self, file: &str) -> Result<()> {
        self.store.remove(file)
    }

    /// Makes a backup known whose file is whole: its report first, then the pointer.
    ///
    /// # Errors
    /// As [`Shelf::make`].
    pub fn publish(&self, report: &Report) -> Result<()> {
        let mut text = serde_json::to_string_pretty(report)?;
        text.push('\n');
        self.store.write(&format!("{}.json", report.id), &text)?;
        let pointer = json!({ "latest": report.id, "file": report.file, "created": report.created });
        self.store.write(&pointer_of(&report.name), &format!("{pointer}\n"))
    }

    /// The backups of a name, the oldest first.
    ///
    /// # Errors
    /// As [`Shelf::make`]; `invalid` for a report that is none.
    pub fn reports(&self, name: &str) -> Result<Vec<Report>> {
        let mut reports = Vec::new();
        for file in self.store.files(&format!("{name}-"))? {
            if file.ends_with(".json") && !file.ends_with(".latest.json") {
                // `app-db-…` also begins as those of `app` do.
                if let Some(report) = self.report(&file)?.filter(|report| report.name == name) {
                    reports.push(report);
                }
            }
        }
        reports.sort_by(|one, other| (one.created_seconds, &one.id).cmp(&(other.created_seconds, &other.id)));
        Ok(reports)
    }

    fn report(&self, file: &str) -> Result<Option<Report>> {
        let Some(text) = self.store.read(file)? else { return Ok(None) };
        let report = serde_json::from_str(&text).map_err(|error| {
            let place = self.place(file);
            Error::new("invalid", format!("{place} is not the report of a backup: {error}")).hint("move it away")
        })?;
        Ok(Some(report))
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
            Error::new("not-found", format!("there is no backup `{wanted}` of `{name}` in {}: {there}", self.place("")))
                .hint("`action = \"list\"` of std/backup shows all")
        })
    }

    /// What the pointer says; none where it is not there or what it names is gone.
    fn latest(&self, name: &str) -> Result<Option<String>> {
        let Some(text) = self.store.read(&pointer_of(name))? else { return Ok(None) };
        let pointer: serde_json::Value = serde_json::from_str(&text)?;
        let id = pointer["latest"].as_str().unwrap_or_default();
        Ok(self.store.size(&format!("{id}.json"))?.map(|_| id.to_owned()))
    }

    /// All backups of a name, the newest first.
    ///
    /// # Errors
    /// `denied`, `input-output`.
    pub fn list(&self, name: &str) -> Result<Vec<Listed>> {
        let latest = self.latest(name)?;
        let mut listed = Vec::new();
        for report in self.reports(name)?.into_iter().rev() {
            let state = match self.store.size(&report.file)? {
                None => "missing",
                Some(found) if found != report.stored_bytes => "truncated",
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
        let place = self.place(&report.file);
        let refused = |error: Error| {
            let message = format!("the backup {place} cannot be used: {}", error.message);
            Error { message, ..error }
        };
        let wrong = |why: &str| refused(Error::new("invalid", why).hint("take another backup"));
        if self.store.is_far() {
            match self.store.size(&report.file)? {
                None => return Err(refused(Error::new("not-found", "there is no such file"))),
                Some(found) if found != report.stored_bytes => {
                    return Err(wrong(&format!("it has {found} bytes, and should have {}", report.stored_bytes)));
                }
                Some(_) if context::planning() => return Ok(()),
                Some(_) => {}
            }
        }
        let label = format!("verify {}", report.id);
        let found = self.load(&label, report, &Sink::Nowhere).map_err(refused)?;
        if found.written != report.raw_bytes || found.written_sha256 != report.raw_sha256 {
            return Err(wrong("what is in it is not what its report says"));
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
            self.remove(&format!("{}.json", report.id))?;
            self.remove(&report.file)?;
            removed.push(report.id);
        }
        Ok(removed)
    }
}

fn pointer_of(name: &str) -> String {
    format!("{name}.latest.json")
}
