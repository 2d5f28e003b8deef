use crate::{free_port, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An API server of a test's own, with etcd and the controllers: one that may be killed. It goes with the test.
#[derive(Debug)]
pub struct Bench {
    directory: tempfile::TempDir,
    port: u16,
    /// Its kubeconfig.
    pub kubeconfig: PathBuf,
}

impl Bench {
    /// Brings it up.
    #[must_use]
    pub fn up() -> Self {
        let mut bench = Self { directory: tempfile::tempdir().unwrap(), port: four_ports(), kubeconfig: PathBuf::new() };
        bench.kubeconfig = bench.start();
        bench
    }

    /// Starts what does not run; the path of its kubeconfig.
    pub fn start(&self) -> PathBuf {
        let output = self.script(&["up", "api"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
    }

    /// Kills the API server with -9.
    pub fn kill_server(&self) {
        let file = self.directory.path().join("cluster/pids/kube-apiserver");
        let number: i32 = std::fs::read_to_string(file).unwrap().trim().parse().unwrap();
        kill_process(Pid::from_raw(number).unwrap(), Signal::KILL).unwrap();
        wait_for("the killed server is gone", || !Path::new(&format!("/proc/{number}")).exists());
    }

    fn script(&self, words: &[&str]) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/kubernetes");
        let mut command = Command::new(script);
        command.args(words).env("BENCH_STATE", self.directory.path().join("cluster")).env("BENCH_PORT", self.port.to_string());
        command.stdin(Stdio::null());
        command
    }
}

/// The first of four ports in a row that nobody listens on.
fn four_ports() -> u16 {
    loop {
        let first = free_port();
        if (1..4).all(|next| TcpListener::bind(("127.0.0.1", first + next)).is_ok()) {
            return first;
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = self.script(&["down"]).output();
    }
}
