use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The binary under test, next to the test itself. `tests/run` builds it first.
#[must_use]
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let directory = test.parent().and_then(Path::parent).unwrap();
    let binary = directory.join("infra");
    assert!(binary.is_file(), "{} is not built: run `cargo build` first", binary.display());
    binary
}

/// A call of the binary, in a project, with directories of its own.
#[derive(Debug)]
pub struct Infra(Command);

/// What a call left behind.
#[derive(Clone, Debug)]
pub struct Output {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Infra {
    /// In `project`, with its state (journal, locks) in `state`. Nothing of the caller's environment but `PATH`, and where Rust is.
    pub fn new(project: &Path, state: &Path) -> Self {
        let binary = binary();
        let cache = binary.with_file_name("test-cache");
        let mut command = Command::new(&binary);
        command.current_dir(project).env_clear();
        for name in ["PATH", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("HOME", state).env("XDG_CACHE_HOME", cache).env("XDG_STATE_HOME", state.join("state"));
        command.env("XDG_CONFIG_HOME", state.join("config")).env("LANG", "C.UTF-8").stdin(Stdio::null());
        Self(command)
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.0.args(args);
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Starts it and does not wait. It has a process group of its own, as a shell's job has.
    #[must_use]
    pub fn start(mut self) -> Child {
        use std::os::unix::process::CommandExt as _;
        self.0.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Starts it in a terminal of its own. What it writes there is read from the child's standard output, and what is typed goes to its
    /// standard input.
    #[must_use]
    pub fn in_terminal(self) -> Child {
        let word = |word: &OsStr| format!("'{}'", word.to_str().unwrap().replace('\'', r"'\''"));
        let words: Vec<String> = std::iter::once(self.0.get_program()).chain(self.0.get_args()).map(word).collect();
        let mut command = Command::new("script");
        command.args(["-qefc", &words.join(" "), "/dev/null"]).env_clear();
        command.envs(self.0.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(self.0.get_current_dir().unwrap());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs it to its end.
    #[must_use]
    pub fn output(self) -> Output {
        self.start().wait_with_output().unwrap().into()
    }
}

impl From<std::process::Output> for Output {
    fn from(output: std::process::Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

impl Output {
    /// Fails unless the exit code is this one.
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless it ended with 0.
    pub fn expect_success(self) -> Self {
        self.expect_code(0)
    }
}
