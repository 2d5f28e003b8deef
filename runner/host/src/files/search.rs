use super::open::open;
use super::{disk, planned};
use crate::bindings::infra::task::files::Kind;
use crate::{CanonicalPath, ProjectPaths};
use globset::{GlobBuilder, GlobMatcher};
use infra_effect::PathPattern;
use infra_event::{ErrorCode, TaskError};
use infra_gate::Overlay;
use rustix::fs::OFlags;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A search for files by pattern.
#[derive(Debug)]
pub(super) struct Search {
    /// The directory that it starts in: the part of the pattern before the first wildcard.
    pub(super) start: String,
    /// Whether there is no wildcard.
    pub(super) is_one_path: bool,
    matcher: GlobMatcher,
    pattern: String,
}

/// Ends a search that nobody waits for any more, when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Waiting(pub(super) Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Search {
    pub(super) fn new(pattern: &str, paths: &ProjectPaths) -> Result<Self, TaskError> {
        let invalid = |why: String| TaskError::new(ErrorCode::INVALID, format!("the pattern `{pattern}` is wrong: {why}"));
        if pattern.split('/').any(|segment| segment == "..") {
            return Err(invalid("it holds `..`".to_owned()));
        }
        if pattern.contains('\0') {
            return Err(invalid("it holds a zero byte".to_owned()));
        }
        let start: Vec<&str> = pattern.split('/').take_while(|segment| !segment.contains(['*', '?', '[', '{'])).collect();
        let is_one_path = start.len() == pattern.split('/').count();
        let start = if is_one_path { &start[..start.len().saturating_sub(1)] } else { &start[..] }.join("/");
        let start = if pattern.starts_with('/') && start.is_empty() { "/".to_owned() } else { start };
        // The start's links are followed, so the pattern is matched against what follows the start.
        let rest = pattern.strip_prefix(&start).unwrap_or(pattern).trim_start_matches('/');
        let matcher = GlobBuilder::new(rest)
            .literal_separator(true)
            .build()
            .map_err(|error| invalid(error.kind().to_string()))?
            .compile_matcher();
        paths.canonical(&start)?;
        Ok(Self { start, is_one_path, matcher, pattern: pattern.to_owned() })
    }

    /// As a pattern of grants; none where those cannot say it.
    pub(super) fn looked_for(&self) -> Option<PathPattern> {
        let plain = |segment: &str| {
            segment == "**" || !(segment.contains("**") || segment.contains(['?', '[', ']', '{', '}', '!', '\\']))
        };
        self.pattern.split('/').all(plain).then(|| PathPattern(self.pattern.clone()))
    }

    /// The files that match and that are allowed, planned or on the disk, sorted. Links are not followed.
    pub(super) fn run(
        &self,
        start: &CanonicalPath,
        overlay: &Overlay,
        limit: usize,
        given_up: &AtomicBool,
        allowed: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, TaskError> {
        let planned = planned::all_below(overlay, &start.shown);
        let (mut found, mut size) = (Vec::new(), 0);
        let mut take = |relative: &str| {
            let shown = below(start, relative);
            if self.matcher.is_match(relative) && allowed(&shown) {
                size += shown.len();
                found.push(shown);
            }
            if size > limit {
                let message = "the search finds more than `limits.message` holds";
                return Err(TaskError::new(ErrorCode::LIMIT, message).hint("search for less, or raise `limits.message`"));
            }
            Ok(())
        };
        for (relative, _) in planned.iter().filter(|(_, is_file)| *is_file) {
            take(relative)?;
        }
        let Ok(root) = open(&start.absolute, OFlags::RDONLY | OFlags::DIRECTORY) else {
            found.sort();
            return Ok(found);
        };
        let mut directories = vec![String::new()];
        while let Some(directory) = directories.pop() {
            if given_up.load(Ordering::Relaxed) {
                return Err(TaskError::new(ErrorCode::CANCELLED, "the search was given up"));
            }
            // One that is gone, or may not be read, holds nothing.
            for (name, kind) in disk::entries_below(&root, &directory).unwrap_or_default() {
                let relative = if directory.is_empty() { name } else { format!("{directory}/{name}") };
                match kind {
                    Kind::Directory => directories.push(relative),
                    Kind::File if !planned.iter().any(|(path, _)| *path == relative) => take(&relative)?,
                    _ => {}
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

/// What lies below a directory, as grants see it.
fn below(directory: &CanonicalPath, relative: &str) -> String {
    match directory.shown.as_str() {
        "." => relative.to_owned(),
        "/" => format!("/{relative}"),
        shown => format!("{shown}/{relative}"),
    }
}
