use crate::Infra;
use std::path::{Path, PathBuf};

/// A project in a directory of its own.
#[derive(Debug)]
pub struct Project {
    directory: tempfile::TempDir,
}

impl Project {
    /// With this text as `Infrafile.toml`.
    #[must_use]
    pub fn new(infrafile: &str) -> Self {
        let project = Self { directory: tempfile::tempdir().unwrap() };
        project.file("Infrafile.toml", infrafile);
        project
    }

    /// The project's directory.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.directory.path().join("project")
    }

    /// What is the user's: home, journal, policy.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// Writes a file of the project.
    pub fn file(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::create_dir_all(self.home()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Whether the project has the file.
    #[must_use]
    pub fn has(&self, path: impl AsRef<Path>) -> bool {
        self.root().join(path).exists()
    }

    /// The content of a file of the project.
    #[must_use]
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// A call of the binary.
    #[must_use]
    pub fn infra(&self, args: &[&str]) -> Infra {
        Infra::new(&self.root(), &self.home()).args(args)
    }
}
