use crate::{Docker, unique_name, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Command, Stdio};

/// Where the daemon runs: a namespace of networks in which only the loopback device is up. A second daemon in the machine's own would
/// take away the bridge of the first.
const ALONE: &str = "busybox ip link set lo up; exec dockerd \"$@\"";

/// The same, with a disk of a certain size: a file system in memory, which nobody else sees.
const ALONE_ON_A_DISK: &str =
    "busybox ip link set lo up; mount -t tmpfs -o size=\"$1\" tmpfs \"$2\"; shift 2; exec dockerd \"$@\"";

/// A Docker daemon of a test's own, which it may stop. It shares nothing with the machine's.
#[derive(Debug)]
pub struct Daemon {
    directory: tempfile::TempDir,
    name: String,
    disk: Option<String>,
    child: Option<Child>,
}

impl Daemon {
    /// Starts it.
    #[must_use]
    pub fn start() -> Self {
        Self::start_on(None)
    }

    /// Starts one whose images lie on a disk of this size, as `mount` understands it: `64m`. It runs no containers.
    #[must_use]
    pub fn start_with_disk(size: &str) -> Self {
        Self::start_on(Some(size.to_owned()))
    }

    fn start_on(disk: Option<String>) -> Self {
        let mut daemon = Self { directory: tempfile::tempdir().unwrap(), name: unique_name(), disk, child: None };
        daemon.start_again();
        daemon
    }

    /// Makes its disk larger or smaller.
    pub fn resize_disk(&self, size: &str) {
        let mut mount = self.beside("--mount", "mount");
        let resized = mount.args(["-o", &format!("remount,size={size}")]).arg(self.directory.path().join("data")).status();
        assert!(resized.unwrap().success());
    }

    /// A program in the network that the daemon sees.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        self.beside("--net", program)
    }

    fn beside(&self, namespace: &str, program: &str) -> Command {
        let pid = self.child.as_ref().unwrap().id().to_string();
        let mut command = Command::new("nsenter");
        command.args(["--target", &pid, namespace, program]);
        command
    }

    /// The daemon for the tests' own questions.
    #[must_use]
    pub fn docker(&self) -> Docker {
        Docker::at(self.directory.path().join("docker.sock"))
    }

    /// Starts it after a stop, with what it had.
    pub fn start_again(&mut self) {
        let at = |name: &str| self.directory.path().join(name).display().to_string();
        let log = std::fs::File::create(at("log")).unwrap();
        // It ends with the test, however that ends.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "unshare", "--net"]);
        match &self.disk {
            None => command.args(["sh", "-c", ALONE, "dockerd"]),
            Some(size) => {
                std::fs::create_dir_all(at("data")).unwrap();
                command.args(["--mount", "sh", "-c", ALONE_ON_A_DISK, "dockerd", size, &at("data")])
            }
        };
        command.args(["--iptables=false", "--ip-masq=false", "--bridge=none"]);
        command.args(["--host", &self.docker().host(), "--data-root", &at("data"), "--exec-root", &at("exec")]);
        command.args(["--pidfile", &at("pid")]);
        command.args(["--containerd-namespace", &self.name, "--containerd-plugins-namespace", &format!("{}-plugins", self.name)]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        let docker = self.docker();
        wait_for("the daemon answers", || {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "dockerd ended: {}", std::fs::read_to_string(at("log")).unwrap_or_default());
            docker.answers()
        });
    }

    /// Stops it, as the system does.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = kill_process(Pid::from_child(&child), Signal::TERM);
            let _ = child.wait();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.docker().answers() {
            self.docker().remove_all("");
        }
        self.stop();
        // What it left mounted would keep its directory.
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let below = |path: &&str| path.starts_with(&*self.directory.path().to_string_lossy());
        for mount in mounts.lines().filter_map(|line| line.split(' ').nth(1)).filter(below) {
            let _ = Command::new("umount").args(["-l", mount]).status();
        }
    }
}
