use crate::{CanonicalPath, ProjectPaths};
use globset::{GlobBuilder, GlobMatcher};
use infra_event::{ErrorCode, TaskError};

/// A search for files by pattern.
#[derive(Debug)]
pub(super) struct Search {
    /// The directory that it starts in: the part of the pattern before the first wildcard.
    pub(super) start: String,
    matcher: GlobMatcher,
}

impl Search {
    pub(super) fn new(pattern: &str, paths: &ProjectPaths) -> Result<Self, TaskError> {
        let invalid = |why: String| TaskError::new(ErrorCode::INVALID, format!("the pattern `{pattern}` is wrong: {why}"));
        if pattern.split('/').any(|segment| segment == "..") {
            return Err(invalid("it holds `..`".to_owned()));
        }
        let start: Vec<&str> = pattern.split('/').take_while(|segment| !segment.contains(['*', '?', '[', '{'])).collect();
        let fixed = start.len() == pattern.split('/').count();
        let start = if fixed { &start[..start.len().saturating_sub(1)] } else { &start[..] }.join("/");
        let start = if pattern.starts_with('/') && start.is_empty() { "/".to_owned() } else { start };
        // The start's links are followed, so the pattern is matched against what follows the start.
        let rest = pattern.strip_prefix(&start).unwrap_or(pattern).trim_start_matches('/');
        let matcher = GlobBuilder::new(rest)
            .literal_separator(true)
            .build()
            .map_err(|error| invalid(error.kind().to_string()))?
            .compile_matcher();
        paths.canonical(&start)?;
        Ok(Self { start, matcher })
    }

    /// The files that match and that are allowed, sorted. Links are not followed.
    pub(super) fn run(
        &self,
        start: &CanonicalPath,
        paths: &ProjectPaths,
        limit: usize,
        allowed: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, TaskError> {
        let mut found = Vec::new();
        let mut size = 0;
        let walk = ignore::WalkBuilder::new(&start.absolute).standard_filters(false).follow_links(false).build();
        for entry in walk {
            let Ok(entry) = entry else { continue };
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let Ok(relative) = entry.path().strip_prefix(&start.absolute) else { continue };
            if !self.matcher.is_match(relative) {
                continue;
            }
            if let Some(shown) = paths.shown(entry.path()).filter(|shown| allowed(shown)) {
                size += shown.len();
                if size > limit {
                    return Err(TaskError::new(ErrorCode::LIMIT, "the search finds more than `limits.message` holds"));
                }
                found.push(shown);
            }
        }
        found.sort();
        Ok(found)
    }
}
