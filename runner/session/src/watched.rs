use infra_effect::PathPattern;
use infra_infrafile::Infrafile;
use infra_plan::Patterns;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files that a change of which starts tasks again: their inputs, and the Infrafile.
#[derive(Debug)]
pub(crate) struct Watched {
    root: PathBuf,
    inputs: Vec<PathPattern>,
    /// What the tasks themselves make is no input.
    outputs: Vec<PathPattern>,
    sources: Vec<String>,
}

impl Watched {
    pub(crate) fn new(infrafile: &Infrafile, patterns: impl Iterator<Item = Patterns>) -> Self {
        let home = std::env::var("HOME").ok();
        let (mut inputs, mut outputs): (Vec<PathPattern>, Vec<PathPattern>) = (vec![], vec![]);
        let at_home = |PathPattern(pattern): PathPattern| match (pattern.strip_prefix("~/"), &home) {
            (Some(rest), Some(home)) => PathPattern(format!("{home}/{rest}")),
            _ => PathPattern(pattern),
        };
        for one in patterns {
            inputs.extend(one.inputs.into_iter().map(at_home));
            outputs.extend(one.outputs.into_iter().map(at_home));
        }
        inputs.sort();
        inputs.dedup();
        let sources = infrafile.sources.0.iter().map(|source| source.path.display().to_string()).collect();
        Self { root: infrafile.root.clone(), inputs, outputs, sources }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// The patterns, for people.
    pub(crate) fn in_words(&self) -> String {
        const SHOWN: usize = 3;
        let shown: Vec<&str> = self.inputs.iter().take(SHOWN).map(|pattern| pattern.0.as_str()).collect();
        match self.inputs.len().saturating_sub(SHOWN) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }

    /// The name of a path for people, where it is one that counts.
    pub(crate) fn shown(&self, path: &Path) -> Option<String> {
        let path = path.strip_prefix(&self.root).unwrap_or(path).to_str()?;
        let is = |patterns: &[PathPattern]| patterns.iter().any(|pattern| pattern.matches(path));
        let counts = self.sources.iter().any(|source| source == path) || (is(&self.inputs) && !is(&self.outputs));
        counts.then(|| path.to_owned())
    }

    /// The directories that must be looked at, and whether with all below them.
    pub(crate) fn directories(&self) -> BTreeMap<PathBuf, bool> {
        let mut all = BTreeMap::new();
        let mut add = |directory: PathBuf, deep: bool| *all.entry(directory).or_insert(false) |= deep;
        for source in &self.sources {
            let directory = self.root.join(source).parent().unwrap_or(&self.root).to_owned();
            if directory.is_dir() {
                add(directory, false);
            }
        }
        for pattern in &self.inputs {
            let fixed = pattern.fixed_prefix();
            let start = self.root.join(&fixed);
            // Without a wildcard it is a file: editors put a new one in its place, which only its directory tells.
            let whole = !pattern.0.contains('*');
            let start = if whole { start.parent().unwrap_or(&self.root).to_owned() } else { start };
            let deep = !whole && pattern.0.trim_start_matches(fixed.as_str()).trim_matches('/') != "*";
            match start.ancestors().find(|directory| directory.is_dir()) {
                Some(there) if there == start => add(start, deep),
                // What is not there yet is waited for from above.
                Some(above) => add(above.to_owned(), true),
                None => {}
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(root: &Path, inputs: &[&str], outputs: &[&str]) -> Watched {
        let patterns = |all: &[&str]| all.iter().map(|one| PathPattern((*one).to_owned())).collect();
        Watched {
            root: root.to_owned(),
            inputs: patterns(inputs),
            outputs: patterns(outputs),
            sources: vec!["Infrafile.toml".to_owned(), "ops/more.toml".to_owned()],
        }
    }

    #[test]
    fn inputs_and_infrafiles_count_and_outputs_do_not() {
        let watched = watched(Path::new("/p"), &["src/**", "key"], &["src/made/**"]);
        let counts = |path: &str| watched.shown(Path::new(path)).is_some();
        assert_eq!(["/p/src/a/b", "/p/key", "/p/Infrafile.toml", "/p/ops/more.toml"].map(counts), [true; 4]);
        assert_eq!(["/p/src/made/x", "/p/keys", "/p/other", "/elsewhere/src/a"].map(counts), [false; 4]);
    }

    #[test]
    fn only_directories_with_inputs_are_looked_at() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        std::fs::create_dir_all(root.join("src/deep")).unwrap();
        std::fs::create_dir_all(root.join("flat")).unwrap();
        let directories = watched(root, &["src/**", "flat/*", "flat/a", "later/x/**"], &[]).directories();
        let directories: Vec<(String, bool)> =
            directories.iter().map(|(path, deep)| (path.strip_prefix(root).unwrap().display().to_string(), *deep)).collect();
        let expected = [("", true), ("flat", false), ("ops", false), ("src", true)].map(|(path, deep)| (path.to_owned(), deep));
        // `ops` is not there, so that nothing can be looked at in it.
        assert_eq!(directories, expected.into_iter().filter(|(path, _)| path != "ops").collect::<Vec<_>>());
    }
}
