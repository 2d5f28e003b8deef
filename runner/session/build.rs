//! Puts the SDK's sources into the binary, so that `infra new` works where the SDK's repository is not.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let mut files = Vec::new();
    for directory in ["sdk", "wit"] {
        println!("cargo::rerun-if-changed={}", root.join(directory).display());
        collect(&root.join(directory), &mut files)?;
    }
    files.sort();
    let mut table = "&[\n".to_owned();
    for file in files {
        let name = file.strip_prefix(&root)?.display().to_string();
        writeln!(table, "    ({name:?}, include_str!({:?})),", file.display().to_string())?;
    }
    let manifest = root.join("Cargo.toml");
    println!("cargo::rerun-if-changed={}", manifest.display());
    writeln!(table, "    (\"Cargo.toml\", {:?}),\n]", workspace(&std::fs::read_to_string(manifest)?)?)?;
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("sdk_source.rs"), table)?;
    Ok(())
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.path().ends_with("sdk/yaml") {
            // It is for the standard tasks.
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// The part of the workspace's manifest that the SDK's crates refer to.
fn workspace(manifest: &str) -> Result<String, Failure> {
    let manifest: toml::Table = manifest.parse()?;
    let whole = manifest.get("workspace").and_then(toml::Value::as_table).ok_or("no workspace")?;
    let mut part = toml::Table::new();
    part.insert("resolver".into(), "3".into());
    part.insert("members".into(), vec!["sdk", "sdk/macros"].into());
    for key in ["package", "lints"] {
        part.insert(key.into(), whole.get(key).ok_or("no package or lints")?.clone());
    }
    let mut dependencies = whole.get("dependencies").and_then(toml::Value::as_table).ok_or("no dependencies")?.clone();
    dependencies.retain(|name, _| ["serde", "serde_json", "wit-bindgen"].contains(&name));
    part.insert("dependencies".into(), dependencies.into());
    Ok(toml::to_string(&toml::Table::from_iter([("workspace".to_owned(), part.into())]))?)
}
