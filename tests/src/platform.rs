use crate::{Docker, Infra, Project, free_port, prototype, unique_name};
use std::fs;
use std::path::{Path, PathBuf};

/// The images that all tests share. No test removes them.
const SHARED: [&str; 3] = ["comind-ops/base:debian", "comind-ops/postgres:debian", "comind-ops/redis:debian"];
/// Those that some make besides.
const OPTIONAL: [&str; 4] =
    ["comind-ops/s3:debian", "comind-ops/registry:debian", "comind-ops/prometheus:debian", "comind-ops/alertmanager:debian"];

/// A copy of the reference platform with a name and with ports of its own. What it makes in Docker goes with it.
#[derive(Debug)]
pub struct Platform {
    /// The project.
    pub project: Project,
    /// Its name: containers, networks and volumes have it in theirs.
    pub name: String,
    /// Where PostgreSQL answers.
    pub postgres: u16,
    /// Where Redis answers.
    pub redis: u16,
    /// The daemon.
    pub docker: Docker,
}

/// The repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

impl Platform {
    /// With the images that all tests share, and its own task built.
    #[must_use]
    pub fn new() -> Self {
        prototype::make_ready();
        Self::copy()
    }

    /// The copy alone.
    pub(crate) fn copy() -> Self {
        let (name, postgres, redis) = (unique_name(), free_port(), free_port());
        let from = repository();
        let infrafile = fs::read_to_string(from.join("Infrafile.toml")).unwrap();
        let renamed = infrafile.replace("name = \"comind-ops\"", &format!("name = \"{name}\""));
        assert_ne!(infrafile, renamed, "the reference platform has another name");
        let platform = Self { project: Project::new(&renamed), name, postgres, redis, docker: Docker::default() };
        // The crate `endpoints` is made with the SDK, which is in the repository's workspace: together they move as a whole.
        for file in ["Cargo.toml", "Cargo.lock"] {
            fs::copy(from.join(file), platform.project.root().join(file)).unwrap();
        }
        for directory in ["platform", "sdk", "wit"] {
            platform.copy_directory(&from.join(directory), directory);
        }
        let built = "platform/tasks/endpoints/target/wasm32-wasip2/release";
        for file in ["endpoints.wasm", "infra-built"] {
            if let Ok(content) = fs::read(from.join(built).join(file)) {
                platform.project.file(&format!("{built}/{file}"), content);
            }
        }
        platform
    }

    fn copy_directory(&self, from: &Path, to: &str) {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let to = format!("{to}/{name}");
            if entry.file_type().unwrap().is_dir() {
                if name != "target" {
                    self.copy_directory(&entry.path(), &to);
                }
            } else if name == "compose.yaml" {
                self.project.file(&to, self.own_compose_file(&fs::read_to_string(entry.path()).unwrap()));
            } else if !["garage", ".images", "base.tar"].contains(&name.as_str()) {
                self.project.file(&to, fs::read(entry.path()).unwrap());
                let permissions = entry.metadata().unwrap().permissions();
                fs::set_permissions(self.project.root().join(&to), permissions).unwrap();
            }
        }
    }

    /// With names and ports of its own, and impatient checks of health.
    fn own_compose_file(&self, text: &str) -> String {
        let known = text
            .replace("comind-ops-", &format!("{}-", self.name))
            .replace("POSTGRES_PORT:-5432", &format!("POSTGRES_PORT:-{}", self.postgres))
            .replace("REDIS_PORT:-6379", &format!("REDIS_PORT:-{}", self.redis))
            .replace("interval: 2s", "interval: 500ms")
            .replace("retries: 30", "retries: 120")
            .replace("retries: 15", "retries: 120");
        // The ports of what is optional.
        let mut pieces = known.split("_PORT:-");
        let mut own = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let rest = piece.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let port = &piece[..piece.len() - rest.len()];
            let kept = [self.postgres, self.redis].iter().any(|own| own.to_string() == port);
            own.push_str(&format!("_PORT:-{}{rest}", if kept { port.to_owned() } else { free_port().to_string() }));
        }
        own
    }

    /// The port at which a service's variable is published.
    #[must_use]
    pub fn port(&self, compose_file: &str, variable: &str) -> u16 {
        let text = self.project.read(compose_file);
        let rest = text.split_once(&format!("{variable}:-")).unwrap().1;
        rest.split('}').next().unwrap().parse().unwrap()
    }

    /// A call of the binary.
    #[must_use]
    pub fn infra(&self, args: &[&str]) -> Infra {
        self.project.infra(args)
    }

    /// The name of a service's container.
    #[must_use]
    pub fn container(&self, service: &str) -> String {
        format!("{}-{service}", self.name)
    }

    /// Replaces text in a file; it must be there.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.project.read(path);
        assert!(text.contains(from), "{path} has no `{from}`");
        self.project.file(path, text.replace(from, to));
    }

    /// Removes what it made in Docker.
    pub fn remove_all(&self) {
        self.docker.remove_all(&self.name);
    }
}

impl Default for Platform {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        if !self.docker.answers() {
            return;
        }
        self.remove_all();
        for image in self.docker.images(&self.name) {
            for tag in image["RepoTags"].as_array().into_iter().flatten().filter_map(|tag| tag.as_str()) {
                if !SHARED.contains(&tag) && !OPTIONAL.contains(&tag) {
                    self.docker.remove_image(tag);
                }
            }
        }
    }
}

/// Whether all shared images are there.
pub(crate) fn shared_images_are_there() -> bool {
    SHARED.iter().all(|tag| Docker::default().has_image(tag))
}
