use crate::ProjectPaths;
use std::path::{Path, PathBuf};

/// The program's canonical path: looked up in `path` where the name has no `/`, else relative to the project.
pub(super) fn find(program: &str, path: &str, paths: &ProjectPaths) -> Option<PathBuf> {
    let found = if program.contains('/') {
        Some(paths.canonical(program).ok()?.absolute)
    } else {
        path.split(':')
            .filter(|directory| directory.starts_with('/'))
            .map(|directory| Path::new(directory).join(program))
            .find(|file| is_program(file))
    };
    // What is started is what was found, also where a link is changed meanwhile.
    found.and_then(|file| file.canonicalize().ok()).filter(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}
