//! Where manifests are, and what they say.

use crate::{Kubernetes, images, kustomize, overlay};
use infra::files::{self, Kind};
use infra::{Context, Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// What makes a directory one for kustomize.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// An object of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manifest {
    /// The file, or the directory that kustomize built.
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) object: Value,
}

/// Where manifests are looked for.
pub(crate) struct Source<'a> {
    files: &'a [String],
    directory: &'a str,
    categories: &'a [String],
    overlay: Option<&'a str>,
    images: &'a BTreeMap<String, String>,
}

impl<'a> Source<'a> {
    pub(crate) fn of(params: &'a Kubernetes) -> Self {
        Self {
            files: &params.files,
            directory: &params.directory,
            categories: &params.categories,
            overlay: params.overlay.as_deref(),
            images: &params.images,
        }
    }

    /// The files that reading needs.
    pub(crate) fn patterns(&self) -> Vec<String> {
        if self.files.is_empty() {
            return vec![format!("{}/**", self.directory.trim_end_matches('/'))];
        }
        self.files
            .iter()
            .map(|entry| if is_file(entry) { entry.clone() } else { format!("{}/**", entry.trim_end_matches('/')) })
            .collect()
    }

    /// All objects, in the order of the files.
    pub(crate) fn read(&self) -> Result<Vec<Manifest>> {
        let mut found = vec![];
        for Place { path, overlay } in self.places()? {
            let mut own = vec![];
            if is_file(&path) {
                read_files(&path, &mut own)?;
            } else {
                read_directory(&path, &mut own)?;
            }
            if let Some(overlay) = overlay {
                let mut over = vec![];
                read_directory(&overlay, &mut over)?;
                overlay::lay(&mut own, over);
            }
            found.extend(own);
        }
        if found.is_empty() {
            return Err(
                Error::new("not-found", "there are no manifests").hint("look at `files`, or at `directory` and `categories`")
            );
        }
        found.iter_mut().for_each(|manifest| images::rename(&mut manifest.object, self.images));
        Ok(found)
    }

    /// Files, patterns and directories.
    fn places(&self) -> Result<Vec<Place>> {
        if !self.files.is_empty() {
            return Ok(self.files.iter().map(|path| Place { path: path.clone(), overlay: None }).collect());
        }
        let root = self.directory.trim_end_matches('/');
        let known = directories(root)?;
        let chosen = if self.categories.is_empty() { &known } else { self.categories };
        if let Some(name) = self.overlay {
            let mut overlays = known.iter().map(|category| is_directory(&format!("{root}/{category}/overlays/{name}")));
            if !overlays.try_fold(false, |any, one| one.map(|one| any || one))? {
                return Err(Error::new("not-found", format!("no category of {root} has the overlay `{name}`")));
            }
        }
        chosen.iter().map(|category| self.place_of(root, category)).collect()
    }

    /// An overlay that is a kustomization says itself what lies below it. Another one is laid over the base here.
    fn place_of(&self, root: &str, category: &str) -> Result<Place> {
        let whole = format!("{root}/{category}");
        if !is_directory(&whole)? {
            return Err(Error::new("not-found", format!("there is no category `{category}` in {root}"))
                .hint(format!("there are {}", directories(root)?.join(", "))));
        }
        let base = format!("{whole}/base");
        let base = is_directory(&base)?.then_some(base);
        let overlay = match self.overlay {
            Some(name) if is_directory(&format!("{whole}/overlays/{name}"))? => Some(format!("{whole}/overlays/{name}")),
            _ => None,
        };
        Ok(match (base, overlay) {
            (_, Some(overlay)) if is_kustomization(&overlay)? => Place { path: overlay, overlay: None },
            (Some(base), overlay) => Place { path: base, overlay },
            (None, Some(overlay)) => Place { path: overlay, overlay: None },
            (None, None) => Place { path: whole, overlay: None },
        })
    }
}

/// Where manifests are, and what is laid over them.
struct Place {
    path: String,
    overlay: Option<String>,
}

/// A file, or a pattern of files.
fn is_file(entry: &str) -> bool {
    entry.contains('*') || ENDINGS.iter().any(|ending| entry.ends_with(ending))
}

fn is_directory(path: &str) -> Result<bool> {
    Ok(files::stat(path)?.is_some_and(|metadata| metadata.kind == Kind::Directory))
}

fn directories(root: &str) -> Result<Vec<String>> {
    let mut names = vec![];
    for name in files::list_directory(root)? {
        if is_directory(&format!("{root}/{name}"))? {
            names.push(name);
        }
    }
    Ok(names)
}

fn is_kustomization(directory: &str) -> Result<bool> {
    for name in KUSTOMIZATIONS {
        if files::stat(&format!("{directory}/{name}"))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_directory(path: &str, found: &mut Vec<Manifest>) -> Result<()> {
    let path = path.trim_end_matches('/');
    if is_kustomization(path)? {
        return take(path, &kustomize::build(path)?, found);
    }
    for ending in ENDINGS {
        read_files(&format!("{path}/**/*{ending}"), found)?;
    }
    Ok(())
}

fn read_files(pattern: &str, found: &mut Vec<Manifest>) -> Result<()> {
    let paths = if pattern.contains('*') { files::find(pattern)? } else { vec![pattern.to_owned()] };
    for path in paths {
        let text = files::read_to_string(&path)?;
        take(&path, &text, found)?;
    }
    Ok(())
}

fn take(path: &str, text: &str, found: &mut Vec<Manifest>) -> Result<()> {
    for document in infra_yaml::documents(text).context(path)? {
        let items = match document.value.get("items").and_then(Value::as_array) {
            Some(items) if document.value["kind"].as_str().is_some_and(|kind| kind.ends_with("List")) => items.clone(),
            _ => vec![document.value],
        };
        found.extend(items.into_iter().map(|object| Manifest { path: path.to_owned(), line: document.line, object }));
    }
    Ok(())
}

/// The text of all objects, for the server.
pub(crate) fn text(manifests: &[Manifest]) -> String {
    manifests.iter().map(|manifest| format!("{}\n", manifest.object)).collect()
}

/// The template of pods in an object, wherever its kind has it.
pub(crate) fn pod_spec(object: &Value) -> Option<&Value> {
    object.pointer(pod_spec_place(object)).filter(|spec| spec.get("containers").is_some())
}

/// Where an object of this kind has the template of its pods.
pub(crate) fn pod_spec_place(object: &Value) -> &'static str {
    match object["kind"].as_str() {
        Some("Pod") => "/spec",
        Some("CronJob") => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    }
}
