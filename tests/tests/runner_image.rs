//! The container image of the runner: built as `image/build` does, on a small base of what this machine has.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use infra_tests::{Project, binary, unique_name};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A base with what a dynamically linked program needs, and a shell.
struct Image {
    base: String,
    name: String,
}

impl Image {
    fn build() -> Self {
        let image =
            Self { base: format!("infra-test-base:{}", unique_name()), name: format!("infra-test-runner:{}", unique_name()) };
        let root = tempfile::tempdir().unwrap();
        for directory in ["bin", "etc", "tmp", "usr/local/bin"] {
            std::fs::create_dir_all(root.path().join(directory)).unwrap();
        }
        let needed = call("ldd", &[binary().to_str().unwrap()]);
        for library in needed.split_whitespace().filter(|word| word.starts_with('/')) {
            copy(Path::new(library), root.path());
        }
        let busybox = call("sh", &["-c", "command -v busybox"]);
        std::fs::copy(busybox.trim(), root.path().join("bin/busybox")).unwrap();
        for name in ["sh", "mkdir", "chown", "echo", "id", "cat"] {
            std::os::unix::fs::symlink("busybox", root.path().join("bin").join(name)).unwrap();
        }
        let tar = format!("tar -C {} -c . | docker import - {}", root.path().display(), image.base);
        call("sh", &["-c", &tar]);
        let certificates = root.path().join("certificates");
        std::fs::write(&certificates, "").unwrap();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let built = Command::new(repository.join("image/build"))
            .arg(&image.name)
            .env("BASE", &image.base)
            .env("BINARY", binary())
            .env("CERTIFICATES", certificates)
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        image
    }

    fn run(&self, before: &[&str], after: &[&str]) -> Output {
        Command::new("docker").args(["run", "--rm", "--network=none"]).args(before).arg(&self.name).args(after).output().unwrap()
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        for name in [&self.name, &self.base] {
            let _ = Command::new("docker").args(["rmi", "--force", name]).output();
        }
    }
}

fn call(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn copy(file: &Path, root: &Path) {
    let to: PathBuf = root.join(file.strip_prefix("/").unwrap());
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(file, to).unwrap();
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_image_runs_tasks_as_nobody_in_particular() {
    let image = Image::build();
    let version = image.run(&[], &["--version"]);
    assert!(version.status.success() && shown(&version).starts_with("infra "), "{}", shown(&version));
    let user = image.run(&["--entrypoint=id"], &["-u"]);
    assert_eq!(shown(&user).trim(), "65532");
    let project = Project::new("[tasks.who]\nrun = ['id', '-u']\n[tasks.write]\nsh = 'echo x > out'\n");
    let volume = format!("--volume={}:/work:ro", project.root().display());
    let checked = image.run(&[&volume], &["check"]);
    assert!(checked.status.success() && shown(&checked).contains("2 tasks"), "{}", shown(&checked));
    let ran = image.run(&[&volume], &["run", "who"]);
    assert!(ran.status.success() && shown(&ran).contains("[who] 65532\n"), "{}", shown(&ran));
    // What is not granted stays out of reach here too, where the project could be written.
    std::fs::set_permissions(project.root(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let volume = format!("--volume={}:/work", project.root().display());
    let refused = image.run(&[&volume], &["run", "write"]);
    assert!(!refused.status.success() && !project.has("out"), "{}", shown(&refused));
}
