use crate::{Daemon, Docker, free_port, wait_for};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

/// Debian's `docker-registry` on a port of its own.
#[derive(Debug)]
pub struct Registry {
    child: Child,
    address: String,
    _directory: tempfile::TempDir,
}

impl Registry {
    /// Starts one for the machine's daemon.
    #[must_use]
    pub fn start() -> Self {
        Self::start_by(Command::new("docker-registry"), |address| TcpStream::connect(address).is_ok())
    }

    /// Starts one that only this daemon sees.
    #[must_use]
    pub fn start_beside(daemon: &Daemon) -> Self {
        Self::start_by(daemon.command("docker-registry"), |address| {
            let (host, port) = address.split_once(':').unwrap();
            daemon.command("busybox").args(["nc", host, port, "-e", "true"]).stderr(Stdio::null()).status().unwrap().success()
        })
    }

    fn start_by(mut command: Command, answers: impl Fn(&str) -> bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let config = directory.path().join("config.yml");
        let storage = directory.path().display();
        let text =
            format!("version: 0.1\nstorage: {{filesystem: {{rootdirectory: {storage}}}}}\nhttp: {{addr: \"{address}\"}}\n");
        std::fs::write(&config, text).unwrap();
        command.arg("serve").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        let registry = Self { child: command.spawn().unwrap(), address, _directory: directory };
        wait_for("the registry answers", || answers(&registry.address));
        registry
    }

    /// Pushes an image of the daemon under a name of the registry, and takes the name away from the daemon.
    #[must_use]
    pub fn publish(&self, docker: &Docker, image: &str, name: &str) -> String {
        let repository = format!("{}/{name}", self.address);
        let tagged = docker.call("POST", &format!("/images/{image}/tag?repo={repository}&tag=1"), None);
        assert!(tagged.is_ok_and(|(status, _)| status == 201));
        let mut stream = UnixStream::connect(docker.host().trim_start_matches("unix://")).unwrap();
        // Base64 of an empty object: nobody.
        let head = format!(
            "POST /images/{repository}/push?tag=1 HTTP/1.0\r\nHost: docker\r\nX-Registry-Auth: e30=\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("digest: sha256:"), "{answer}");
        docker.remove_image(&format!("{repository}:1"));
        format!("{repository}:1")
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
