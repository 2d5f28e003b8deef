use crate::{Docker, Output, Project, unique_name};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::Mutex;

/// How many stacks of this process use the image.
static USERS: Mutex<usize> = Mutex::new(0);

/// A project with Compose files, whose services run an image of busybox alone. All that it makes goes with it.
#[derive(Debug)]
pub struct Stack {
    /// The project's name, for Docker too.
    pub name: String,
    /// Its files: `stack/CATEGORY/SERVICE/compose.yaml`.
    pub project: Project,
    /// The daemon.
    pub docker: Docker,
}

impl Stack {
    /// With `stack/base/all/compose.yaml`. `IMAGE` in it is the image of busybox.
    #[must_use]
    pub fn new(compose: &str) -> Self {
        let docker = Docker::default();
        let mut users = USERS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *users == 0 {
            build(&docker);
        }
        *users += 1;
        let name = unique_name();
        let stack = Self { project: Project::new(&infrafile(&name, "up", "", "")), docker, name };
        stack.compose(compose);
        stack
    }

    /// Writes `stack/base/all/compose.yaml`.
    pub fn compose(&self, text: &str) {
        self.file("stack/base/all/compose.yaml", text);
    }

    /// Writes a file of the project.
    pub fn file(&self, path: &str, text: &str) {
        self.project.file(path, text.replace("IMAGE", &image()));
    }

    /// The arguments and grants of the next calls. `with` are lines of the task's `with`, `grant` more fields of its Docker grant.
    fn infrafile(&self, action: &str, with: &str, grant: &str) {
        self.project.file("Infrafile.toml", infrafile(&self.name, action, with, grant));
    }

    /// Runs an action.
    #[must_use]
    pub fn run(&self, action: &str) -> Output {
        self.run_with(action, "", "")
    }

    /// Runs an action with more lines in `with`, as `resilient = true`, and more fields in the Docker grant, as `foreign = ["x"]`.
    #[must_use]
    pub fn run_with(&self, action: &str, with: &str, grant: &str) -> Output {
        self.infrafile(action, with, grant);
        self.project.infra(&["run", "services", "--json"]).output()
    }

    /// Starts an action and does not wait.
    #[must_use]
    pub fn start_with(&self, action: &str, with: &str) -> std::process::Child {
        self.infrafile(action, with, "");
        self.project.infra(&["run", "services"]).start()
    }

    /// Plans an action; 2 is its exit code where something would change.
    #[must_use]
    pub fn plan(&self, action: &str) -> Output {
        self.infrafile(action, "", "");
        self.project.infra(&["plan", "services", "--detailed-exitcode"]).output()
    }

    /// The inspection of a service's container.
    #[must_use]
    pub fn container(&self, service: &str) -> Value {
        self.docker.container(&self.container_name(service)).unwrap_or_default()
    }

    /// The name of a service's container.
    #[must_use]
    pub fn container_name(&self, service: &str) -> String {
        format!("{}-{service}-1", self.name)
    }

    /// Runs a command in a service's container: its output.
    #[must_use]
    pub fn exec(&self, service: &str, args: &[&str]) -> String {
        self.docker.exec(&self.container_name(service), args).1.trim().to_owned()
    }

    /// The row of a service in the state that an action told.
    #[must_use]
    pub fn row(output: &Output, service: &str) -> Value {
        let told: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
        let rows = told["services"].as_array().cloned().unwrap_or_default();
        rows.into_iter().find(|row| row["name"] == service).unwrap_or_default()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.docker.remove_all(&self.name);
        // Those that it has built carry the project's name.
        for image in self.docker.images(&self.name) {
            self.docker.remove_image(&format!("{}?force=1", image["Id"].as_str().unwrap_or_default()));
        }
        let mut users = USERS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *users -= 1;
        if *users == 0 {
            self.docker.remove_image(&image());
        }
    }
}

fn infrafile(name: &str, action: &str, with: &str, grant: &str) -> String {
    let verbs = r#"["pull", "build", "run", "stop", "remove", "logs", "networks", "volumes", "clean"]"#;
    let comma = if grant.is_empty() { "" } else { ", " };
    format!(
        r#"
[project]
name = "{name}"

[tasks.services]
uses  = "std/services"
allow = [{{ files = {{ read = ["stack/**"] }} }}, {{ docker = [{{ images = ["*", "*/*", "*/*/*"], verbs = {verbs}, ports = ["*:*"],
  mounts = ["stack/**"], contexts = ["stack/**"], options = ["*", "*/*", "*/*/*"]{comma}{grant} }}] }}]

[tasks.services.with]
action = "{action}"
files  = ["stack/**/compose.yaml", "stack/**/compose.override.yaml"]
{with}
"#
    )
}

/// The image of busybox that this process uses.
fn image() -> String {
    format!("infra-test-services/busybox:{}", std::process::id())
}

/// An image of `busybox`, with its programs in `/bin`. `TERM` ends its shell only where a script says so.
fn build(docker: &Docker) {
    let directory = tempfile::tempdir().unwrap();
    let script = "mkdir -p bin tmp && for name in $(busybox --list); do ln -sf busybox bin/$name; done; rm -f bin/busybox; \
                  cp \"$(command -v busybox)\" bin/busybox; tar -c bin tmp";
    let tar = Command::new("sh").args(["-ec", script]).current_dir(directory.path()).output().unwrap();
    assert!(tar.status.success(), "{}", String::from_utf8_lossy(&tar.stderr));
    let (repository, tag) = (image(), std::process::id().to_string());
    let repository = repository.trim_end_matches(&format!(":{tag}")).to_owned();
    let path = format!("/images/create?fromSrc=-&repo={repository}&tag={tag}");
    let socket = docker.host();
    let mut stream = UnixStream::connect(socket.trim_start_matches("unix://")).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.0\r\nHost: docker\r\nContent-Type: application/x-tar\r\nContent-Length: {}\r\n\r\n",
        tar.stdout.len()
    )
    .unwrap();
    stream.write_all(&tar.stdout).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(docker.has_image(&image()), "{answer}");
}
