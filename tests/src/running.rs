use crate::{Output, processes_with, wait_for};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A run under way that reports with `--output json`.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<()>>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Running {
    /// Reads what it writes. `at_line` sees each line of standard error when it comes.
    #[must_use]
    pub fn new(mut child: Child, mut at_line: impl FnMut(usize, &str) + Send + 'static) -> Self {
        let (mut stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&lines);
        let stdout = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stdout.read_to_string(&mut text);
            text
        });
        let stderr = std::thread::spawn(move || {
            for (number, line) in BufReader::new(stderr).lines().map_while(Result::ok).enumerate() {
                at_line(number, &line);
                seen.lock().unwrap().push(line);
            }
        });
        Self { child, stdout: Some(stdout), stderr: Some(stderr), lines }
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Kills it with -9; nothing of it may clean up.
    pub fn kill(&self) {
        let _ = kill_process(self.pid(), Signal::KILL);
    }

    /// As Ctrl-C in a terminal: INT to the whole process group.
    pub fn interrupt(&self) {
        kill_process_group(self.pid(), Signal::INT).unwrap();
    }

    /// As Ctrl-C, pressed until it ends.
    pub fn interrupt_until_it_ends(&self) {
        wait_for("the interrupted runner ends", || {
            let _ = kill_process_group(self.pid(), Signal::INT);
            std::thread::sleep(Duration::from_millis(200));
            processes_with("").iter().all(|(pid, line)| *pid != self.pid().as_raw_nonzero().get() || line.is_empty())
        });
    }

    /// What it has written so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Waits until an event fits.
    pub fn wait_for_event(&self, what: &str, fits: impl Fn(&Value) -> bool) {
        wait_for(what, || {
            let lines = self.lines.lock().unwrap().clone();
            let found = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).any(|event| fits(&event));
            assert!(found || !lines.iter().any(|line| line.contains("\"run-finished\"")), "no {what}: {lines:#?}");
            found
        });
    }

    /// Waits for its end.
    #[must_use]
    pub fn end(mut self) -> Output {
        let mut status: Option<ExitStatus> = None;
        wait_for("the runner ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        let stdout = self.stdout.take().unwrap().join().unwrap();
        self.stderr.take().unwrap().join().unwrap();
        let stderr = self.lines.lock().unwrap().join("\n");
        Output { code: status.and_then(|status| status.code()), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            eprintln!("the runner wrote:\n{}", lines.join("\n"));
        }
    }
}

impl Output {
    /// The events of `--output json`.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        self.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}
