use crate::{Output, Project, binary};
use std::io::Write as _;
use std::process::{Command, Stdio};

impl Project {
    /// A call of the binary in a terminal of its own, where somebody types these lines. Standard output has all that the terminal shows.
    #[must_use]
    pub fn typed(&self, call: &str, lines: &[&str]) -> Output {
        let mut script = Command::new("script");
        script.args(["-qec", &format!("{} {call}", binary().display()), "/dev/null"]).current_dir(self.root()).env_clear();
        let home = self.home();
        script.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", &home).env("LANG", "C.UTF-8");
        script.env("XDG_STATE_HOME", home.join("state")).env("XDG_CONFIG_HOME", home.join("config"));
        script.env("XDG_CACHE_HOME", binary().with_file_name("test-cache")).env("SHELL", "/bin/sh").env("TERM", "dumb");
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        for line in lines {
            stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
        }
        let output = Output::from(child.wait_with_output().unwrap());
        drop(stdin);
        output
    }
}
