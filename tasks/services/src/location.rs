//! Paths of the host: relative ones belong to the directory of their Compose file.

/// Where the files of a set stand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Location {
    /// The project's root, absolute.
    pub(crate) root: String,
    /// The files' directory, relative to the root; empty for the root itself.
    pub(crate) directory: String,
}

impl Location {
    /// The absolute path that `path` means, without `.` and `..`.
    pub(crate) fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') {
            return clean(path);
        }
        clean(&format!("{}/{}/{path}", self.root, self.directory))
    }

    /// The path relative to the project's root where it lies inside, else the absolute one: what files are asked by.
    pub(crate) fn relative(&self, path: &str) -> String {
        let absolute = self.absolute(path);
        match absolute.strip_prefix(&clean(&self.root)) {
            Some("") => ".".to_owned(),
            Some(inside) if inside.starts_with('/') => inside[1..].to_owned(),
            _ => absolute,
        }
    }
}

fn clean(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_at_the_files() {
        let location = Location { root: "/project".into(), directory: "platform/db".into() };
        for (path, absolute, relative) in [
            ("./x", "/project/platform/db/x", "platform/db/x"),
            ("../y/", "/project/platform/y", "platform/y"),
            ("../../..", "/", "/"),
            ("/etc/x", "/etc/x", "/etc/x"),
            ("../..", "/project", "."),
            ("/projects", "/projects", "/projects"),
        ] {
            assert_eq!((location.absolute(path), location.relative(path)), (absolute.into(), relative.into()), "{path}");
        }
    }
}
