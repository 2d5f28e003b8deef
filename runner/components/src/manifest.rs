use crate::ComponentError;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What a Cargo.toml says, as far as it matters here.
pub(crate) struct Manifest {
    path: PathBuf,
    table: Table,
}

impl Manifest {
    pub(crate) fn read(dir: &Path) -> Result<Self, ComponentError> {
        let path = dir.join("Cargo.toml");
        let text = fs::read_to_string(&path).map_err(|error| ComponentError::io(&path, &error))?;
        match text.parse() {
            Ok(table) => Ok(Self { path, table }),
            Err(error) => Err(ComponentError::Manifest { path, cause: error.to_string() }),
        }
    }

    /// The name of the library, as a file name has it.
    pub(crate) fn library(&self) -> Result<String, ComponentError> {
        let name = |section: &str| self.table.get(section)?.get("name")?.as_str();
        let found = name("lib").or_else(|| name("package")).unwrap_or_default();
        let fits = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
        if found.is_empty() || !found.chars().all(fits) {
            return Err(ComponentError::Manifest { path: self.path.clone(), cause: "it names no package".to_owned() });
        }
        Ok(found.replace('-', "_"))
    }

    /// The directories that it depends on by path, where they exist.
    pub(crate) fn dependencies(&self, dir: &Path, workspace: Option<&(PathBuf, Self)>) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        self.collect(&self.table, dir, workspace, &mut found);
        found
    }

    fn collect(&self, table: &Table, dir: &Path, workspace: Option<&(PathBuf, Self)>, found: &mut BTreeSet<PathBuf>) {
        for (key, value) in table {
            let Some(inner) = value.as_table() else { continue };
            match key.as_str() {
                "dependencies" | "build-dependencies" => {
                    for (name, dependency) in inner {
                        directory(name, dependency, dir, workspace, found);
                    }
                }
                "patch" => inner.values().filter_map(Value::as_table).flatten().for_each(|(name, patch)| {
                    directory(name, patch, dir, None, found);
                }),
                "target" => inner.values().filter_map(Value::as_table).for_each(|inner| {
                    self.collect(inner, dir, workspace, found);
                }),
                _ => {}
            }
        }
    }
}

/// The workspace that a crate belongs to: its directory and its manifest.
pub(crate) fn workspace(dir: &Path) -> Option<(PathBuf, Manifest)> {
    dir.ancestors().find_map(|dir| {
        let manifest = Manifest::read(dir).ok()?;
        manifest.table.contains_key("workspace").then(|| (dir.to_owned(), manifest))
    })
}

fn directory(name: &str, dependency: &Value, dir: &Path, workspace: Option<&(PathBuf, Manifest)>, found: &mut BTreeSet<PathBuf>) {
    if let Some(path) = dependency.get("path").and_then(Value::as_str) {
        found.extend(dir.join(path).canonicalize().ok().filter(|dir| dir.join("Cargo.toml").is_file()));
    } else if dependency.get("workspace").and_then(Value::as_bool) == Some(true)
        && let Some((root, manifest)) = workspace
        && let Some(shared) = manifest.table.get("workspace").and_then(|table| table.get("dependencies")?.get(name))
    {
        directory(name, shared, root, None, found);
    }
}
