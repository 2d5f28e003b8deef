//! `./infraw`: what it installs, what it says, and what it hands on. The programs around it are stand-ins that note how they are called.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of the launcher in a repository of its own, and a `PATH` that holds nothing else.
struct Machine {
    directory: tempfile::TempDir,
}

/// What a call of the launcher comes to.
struct Called {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    /// How the stand-ins were called, a line for each.
    calls: String,
}

impl Machine {
    /// With all that the launcher wants.
    fn complete() -> Self {
        let machine = Self { directory: tempfile::tempdir().unwrap() };
        fs::create_dir_all(machine.path("bin")).unwrap();
        fs::create_dir_all(machine.path("elsewhere")).unwrap();
        for directory in ["runner", "sdk", "tasks", "wit"] {
            fs::create_dir_all(machine.path("repository").join(directory)).unwrap();
        }
        fs::write(machine.path("repository/Cargo.lock"), "").unwrap();
        let launcher = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infraw");
        fs::copy(launcher, machine.path("repository/infraw")).unwrap();
        for program in ["bash", "readlink", "dirname", "grep", "find", "mkdir", "tail", "seq", "sleep", "setsid", "nohup", "env"]
        {
            let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
                .map(|directory| directory.join(program))
                .find(|file| file.is_file());
            symlink(found.unwrap(), machine.path("bin").join(program)).unwrap();
        }
        for program in ["cc", "mmdebstrap", "dockerd", "curl", "apt-get", "cargo"] {
            machine.stand_in(program, "");
        }
        machine.stand_in("id", "echo 0");
        machine.stand_in("rustup", "echo wasm32-wasip2");
        fs::create_dir_all(machine.path("repository/target/debug")).unwrap();
        machine.stand_in("../repository/target/debug/infra", "echo \"infra $* in $PWD\"\nexit 7");
        machine
    }

    fn without(self, program: &str) -> Self {
        fs::remove_file(self.path("bin").join(program)).unwrap();
        self
    }

    fn with(self, program: &str, does: &str) -> Self {
        self.stand_in(program, does);
        self
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// A link to one script that is never written here: a file that another thread may just have written cannot always be started.
    fn stand_in(&self, program: &str, does: &str) {
        let program = self.path("bin").join(program);
        let _ = fs::remove_file(&program);
        symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("stand-in"), &program).unwrap();
        fs::write(format!("{}.does", program.display()), does).unwrap();
    }

    /// Calls it from another directory.
    fn call(&self, setup: &str) -> Called {
        let output = Command::new("bash")
            .arg(self.path("repository/infraw"))
            .args(["run", "a b", "X=1"])
            .current_dir(self.path("elsewhere"))
            .env_clear()
            .env("PATH", self.path("bin"))
            .env("HOME", self.path("home"))
            .env("CALLS", self.path("calls"))
            .env("INFRA_PROFILE", "dev")
            .env("INFRA_SETUP", setup)
            .output()
            .unwrap();
        Called {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            calls: fs::read_to_string(self.path("calls")).unwrap_or_default(),
        }
    }
}

#[test]
fn where_all_is_there_it_says_nothing_and_becomes_infra() {
    let machine = Machine::complete();
    let called = machine.call("");
    let elsewhere = machine.path("elsewhere").canonicalize().unwrap();
    assert_eq!(called.stdout, format!("infra run a b X=1 in {}\n", elsewhere.display()));
    assert_eq!((called.code, called.stderr.as_str()), (Some(7), ""));
    assert!(called.calls.contains("cargo build --quiet --locked --profile dev -p infra-cli"), "{}", called.calls);
    assert!(!called.calls.contains("apt-get") && !called.calls.contains("dockerd"), "{}", called.calls);
}

#[test]
fn what_is_missing_is_named_and_installed() {
    let called = Machine::complete().without("mmdebstrap").without("cc").call("");
    assert!(called.stderr.contains("installing from Debian: gcc libc6-dev mmdebstrap"), "{}", called.stderr);
    let install = "apt-get install -y -q --no-install-recommends gcc libc6-dev mmdebstrap";
    assert!(called.calls.contains(install), "{}", called.calls);
    assert_eq!(called.code, Some(7));
}

#[test]
fn who_is_not_root_is_told_and_nothing_is_installed() {
    let called = Machine::complete().with("id", "echo 1000").without("mmdebstrap").call("");
    assert!(
        called.stderr.contains("only root can install: apt-get install --no-install-recommends mmdebstrap"),
        "{}",
        called.stderr
    );
    assert!(!called.calls.contains("apt-get"), "{}", called.calls);
    assert_eq!(called.code, Some(7));
    let called = Machine::complete().with("id", "echo 1000").without("cc").call("");
    assert_eq!(called.code, Some(69));
    assert!(called.stdout.is_empty(), "{}", called.stdout);
}

#[test]
fn a_daemon_is_started_where_none_answers() {
    let machine = Machine::complete();
    let up = machine.path("up");
    machine.stand_in("dockerd", &format!(": >{}", up.display()));
    machine.stand_in("curl", &format!("[ -e {} ]", up.display()));
    let called = machine.call("");
    assert!(called.stderr.contains("starting dockerd; its log is"), "{}", called.stderr);
    assert!(called.calls.contains("dockerd \n"), "{}", called.calls);
    assert_eq!(called.code, Some(7));
    let called = Machine::complete().with("id", "echo 1000").with("curl", "exit 7").call("");
    assert!(called.stderr.contains("no Docker daemon answers"), "{}", called.stderr);
    assert!(!called.calls.contains("dockerd"), "{}", called.calls);
}

#[test]
fn the_wasm_target_is_added_and_a_missing_rust_is_told() {
    let called = Machine::complete().with("rustup", "").call("");
    assert!(called.stderr.contains("adding the Rust target wasm32-wasip2"), "{}", called.stderr);
    assert!(called.calls.contains("rustup target add wasm32-wasip2"), "{}", called.calls);
    let called = Machine::complete().without("cargo").call("");
    assert_eq!(called.code, Some(69));
    assert!(called.stderr.contains("rustup.rs"), "{}", called.stderr);
}

#[test]
fn setting_up_can_be_all_or_nothing() {
    let called = Machine::complete().without("mmdebstrap").with("curl", "exit 7").call("no");
    assert_eq!((called.code, called.stderr.as_str()), (Some(7), ""));
    let called = Machine::complete().call("only");
    assert_eq!(called.code, Some(0));
    assert!(!called.calls.contains("cargo") && called.stdout.is_empty(), "{} {}", called.calls, called.stdout);
}
