use infra_import::Found;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// No deeper, and no more files: a proposal is no search.
const DEPTH: usize = 5;
const FILES: usize = 20_000;
/// Larger files are none that people write.
const LARGEST: u64 = 1 << 20;
/// Directories that hold what others wrote.
const SKIPPED: [&str; 6] = ["node_modules", "target", "vendor", "dist", "build", "venv"];

/// Looks for what tasks could be made of.
pub(crate) fn survey(root: &Path, project: String) -> Found {
    let mut found = Found { project, ..Found::default() };
    let mut files = Vec::new();
    walk(root, Path::new(""), 0, &mut files);
    let (mut terraform, mut charts, mut manifests, mut kustomize) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for file in &files {
        let (Some(name), Some(directory)) = (file.file_name().and_then(|name| name.to_str()), file.parent()) else { continue };
        let directory = directory.display().to_string();
        match name {
            "Chart.yaml" => drop(charts.insert(directory)),
            "kustomization.yaml" | "kustomization.yml" => drop(kustomize.insert(directory)),
            _ if name.ends_with(".tf") => drop(terraform.insert(directory)),
            _ if name.ends_with(".yaml") || name.ends_with(".yml") => {
                let Some(text) = read(&root.join(file)) else { continue };
                if is_compose(name, &text) {
                    found.compose.push((file.display().to_string(), images(&text)));
                } else if has_key(&text, "apiVersion") && has_key(&text, "kind") {
                    manifests.insert(directory);
                }
            }
            _ => {}
        }
    }
    let in_chart = |directory: &str| charts.iter().any(|chart| directory.starts_with(chart.as_str()));
    let in_overlay = |directory: &str| kustomize.iter().any(|overlay| Path::new(directory).starts_with(overlay));
    found.terraform =
        terraform.into_iter().filter(|directory| !directory.split('/').any(|part| part == "modules")).map(here).collect();
    found.manifests =
        kustomize.iter().filter(|directory| !in_chart(directory)).map(|directory| (here(directory.clone()), true)).collect();
    found.manifests.extend(
        manifests
            .iter()
            .filter(|directory| !in_chart(directory) && !in_overlay(directory))
            .map(|directory| (here(directory.clone()), false)),
    );
    found.charts = charts.iter().map(|chart| here(chart.clone())).collect();
    found.compose.sort();
    found
}

fn here(directory: String) -> String {
    if directory.is_empty() { ".".to_owned() } else { directory }
}

fn walk(root: &Path, directory: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(root.join(directory)) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let Some(text) = name.to_str() else { continue };
        let path = directory.join(text);
        // A link may lead anywhere.
        let Ok(kind) = entry.file_type() else { continue };
        if text.starts_with('.') || files.len() >= FILES {
            continue;
        }
        if kind.is_dir() && depth < DEPTH && !SKIPPED.contains(&text) {
            walk(root, &path, depth + 1, files);
        } else if kind.is_file() {
            files.push(path);
        }
    }
}

fn read(path: &Path) -> Option<String> {
    let size = path.metadata().ok()?.len();
    (size <= LARGEST).then(|| std::fs::read_to_string(path).ok()).flatten()
}

fn is_compose(name: &str, text: &str) -> bool {
    let named = name.contains("compose");
    named && has_key(text, "services")
}

/// Whether a line begins with the key.
fn has_key(text: &str, key: &str) -> bool {
    text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':')))
}

/// The images that a compose file names.
fn images(text: &str) -> Vec<String> {
    let named = text.lines().filter_map(|line| line.trim().strip_prefix("image:"));
    let image = |text: &str| {
        let text = text.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        // `${IMAGE:-postgres:16}` has a default.
        match text.strip_prefix("${").and_then(|inner| inner.strip_suffix('}')).and_then(|inner| inner.split_once(":-")) {
            Some((_, default)) => default.to_owned(),
            None => text.to_owned(),
        }
    };
    let mut images: Vec<String> = named.map(image).filter(|image| !image.is_empty()).collect();
    images.sort();
    images.dedup();
    images
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_read_from_a_compose_file() {
        let text = "services:\n  a:\n    image: postgres:16  # the database\n  b:\n    image: \"${APP:-app:1}\"\n  c:\n    image: app:${TAG}\n";
        assert_eq!(images(text), ["app:${TAG}", "app:1", "postgres:16"]);
        assert!(is_compose("docker-compose.yml", text) && !is_compose("compose.yaml", "a: 1") && !is_compose("x.yaml", text));
    }
}
