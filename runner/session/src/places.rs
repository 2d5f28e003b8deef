use infra_infrafile::Infrafile;
use infra_report::Places;
use std::path::Path;

/// Where the tasks are declared, as the service that shows the run knows the files: from the repository's root.
pub(crate) fn places(infrafile: &Infrafile) -> Places {
    let workspace = std::env::var_os("GITHUB_WORKSPACE").and_then(|path| Path::new(&path).canonicalize().ok());
    let mut places = Places::new();
    for (name, task) in &infrafile.tasks {
        let Some(source) = infrafile.sources.0.get(task.at.file) else { continue };
        let before = source.text.get(..task.at.span.start).unwrap_or_default();
        let whole = infrafile.root.join(&source.path);
        let file = workspace.as_ref().and_then(|workspace| whole.strip_prefix(workspace).ok()).unwrap_or(&source.path);
        places.insert(name.clone(), (file.display().to_string(), before.matches('\n').count() + 1));
    }
    places
}
