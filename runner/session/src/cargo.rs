use infra_confine::{Confinement, TcpPorts, base_profile};
use infra_host::Host;
use std::path::{Path, PathBuf};

/// What cargo keeps of what it fetches, in its home; `bin` and its configuration stay as they are.
const KEPT_DIRECTORIES: [&str; 2] = ["registry", "git"];
/// Its locks and the record of what it used last.
const KEPT_FILES: [&str; 3] = [".package-cache", ".package-cache-mutate", ".global-cache"];

/// cargo with its directories.
pub(crate) struct Cargo {
    pub(crate) program: PathBuf,
    cargo_home: PathBuf,
    rustup_home: PathBuf,
}

impl Cargo {
    pub(crate) fn find(host: &Host) -> Option<Self> {
        let programs = &host.world().programs;
        let directory = |name: &str, default: &str| {
            programs.environment.get(name).map(PathBuf::from).or_else(|| Some(programs.home.as_ref()?.join(default)))
        };
        let (cargo_home, rustup_home) = (directory("CARGO_HOME", ".cargo")?, directory("RUSTUP_HOME", ".rustup")?);
        let paths = programs.path().split(':').map(PathBuf::from).chain([cargo_home.join("bin")]);
        let program = paths.map(|path| path.join("cargo")).find(|file| file.is_file())?;
        Some(Self { program, cargo_home, rustup_home })
    }

    pub(crate) fn environment(&self, host: &Host) -> Vec<(String, String)> {
        let programs = &host.world().programs;
        let path =
            format!("{}:{}", self.program.parent().map_or_else(String::new, |path| path.display().to_string()), programs.path());
        let mut environment = vec![
            ("PATH".to_owned(), path),
            ("CARGO_HOME".to_owned(), self.cargo_home.display().to_string()),
            ("RUSTUP_HOME".to_owned(), self.rustup_home.display().to_string()),
            ("CARGO_TERM_COLOR".to_owned(), "never".to_owned()),
        ];
        for name in [
            "HOME",
            "RUSTUP_TOOLCHAIN",
            "CARGO_NET_OFFLINE",
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "NO_PROXY",
            "https_proxy",
            "http_proxy",
            "no_proxy",
            "SSL_CERT_FILE",
        ] {
            if let Some(value) = programs.environment.get(name) {
                environment.push((name.to_owned(), value.clone()));
            }
        }
        environment
    }

    /// Makes what cargo and rustup make in their directories at the first call: in confinement they could not.
    ///
    /// # Errors
    /// The path that cannot be made, and why.
    pub(crate) fn make_directories(&self) -> Result<(), String> {
        let in_cargo = KEPT_DIRECTORIES.iter().map(|name| self.cargo_home.join(name));
        // A toolchain that did not come from rustup has no such directory, and needs none.
        let in_rustup = self.rustup_home.is_dir().then(|| self.rustup_home.join("update-hashes"));
        for directory in in_cargo.chain(in_rustup) {
            std::fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        }
        for file in KEPT_FILES.iter().map(|name| self.cargo_home.join(name)) {
            let made = std::fs::OpenOptions::new().append(true).create(true).open(&file);
            made.map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(())
    }

    pub(crate) fn confinement(&self, host: &Host, target: &Path) -> Confinement {
        let canonical = |path: &Path| path.canonicalize().ok();
        let mut confinement = base_profile();
        let tool_directories = [&self.cargo_home, &self.rustup_home].into_iter().filter_map(|path| canonical(path));
        confinement.execute.extend(tool_directories);
        confinement.execute.extend(canonical(host.world().paths.root()));
        let kept = KEPT_DIRECTORIES.iter().chain(&KEPT_FILES).map(|name| self.cargo_home.join(name));
        let written = kept.chain([target.to_owned(), target.with_file_name("Cargo.lock")]);
        confinement.write.extend(written.filter_map(|path| canonical(&path)));
        confinement.write.extend(canonical(&std::env::temp_dir()));
        confinement.connect_tcp = TcpPorts::Any;
        confinement.udp = true;
        confinement
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_first_call_would_make_is_there_before_it_is_confined() {
        let home = tempfile::tempdir().unwrap();
        let cargo = |rustup: &str| Cargo {
            program: PathBuf::from("cargo"),
            cargo_home: home.path().join("cargo"),
            rustup_home: home.path().join(rustup),
        };
        std::fs::create_dir(home.path().join("rustup")).unwrap();
        cargo("rustup").make_directories().unwrap();
        cargo("rustup").make_directories().unwrap();
        for made in ["cargo/registry", "cargo/git", "cargo/.package-cache", "rustup/update-hashes"] {
            assert!(home.path().join(made).exists(), "{made}");
        }
        cargo("none").make_directories().unwrap();
        assert!(!home.path().join("none").exists());
        std::fs::write(home.path().join("file"), "").unwrap();
        let blocked = Cargo { cargo_home: home.path().join("file"), ..cargo("rustup") };
        assert!(blocked.make_directories().unwrap_err().contains("file/registry"));
    }
}
