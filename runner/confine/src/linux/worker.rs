#![expect(unsafe_code, reason = "signals to a group have no safe wrapper here")]

use super::child::{Failed, Launch, Stack, start};
use super::descendants::{Children, Ended, kill_all, take_ended};
use super::messages::{self, Head, Reply};
use super::order::{self, Order};
use super::rulesets::Rulesets;
use super::system_calls::{self, Sockets};
use super::{privileges, signals};
use crate::{ExitStatus, ResourceLimits, Stage};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal};
use std::ffi::{OsStr, c_int};
use std::io::IoSlice;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Instant;

/// Starts one program at a time, until the runner closes the socket or the master is gone. Returns the exit code.
pub(crate) fn serve(socket: OwnedFd, master: u32) -> i32 {
    let Some(mut worker) = Worker::new(socket) else { return 71 };
    if rustix::process::set_child_subreaper(Pid::from_raw(1)).is_err()
        || rustix::process::set_parent_process_death_signal(Some(Signal::TERM)).is_err()
    {
        return 71;
    }
    let gone = || std::os::unix::process::parent_id() != master;
    while !gone() && worker.turn().is_some() {}
    i32::from(kill_all(&[], &mut |_| {}) > 0)
}

struct Worker {
    socket: OwnedFd,
    signals: OwnedFd,
    stack: Stack,
    /// The filter that this process wears. It only starts programs that need the same, because it cannot be taken off.
    filter: Option<Sockets>,
    rulesets: Rulesets,
    running: Option<Program>,
}

struct Program {
    pid: i32,
    started: Instant,
    foreground: bool,
}

impl Worker {
    fn new(socket: OwnedFd) -> Option<Self> {
        let signals = signals::descriptor().ok()?;
        Some(Self { socket, signals, stack: Stack::new()?, filter: None, rulesets: Rulesets::default(), running: None })
    }

    /// Waits for something and deals with it; `None` where the runner is gone.
    fn turn(&mut self) -> Option<()> {
        let mut fds = [PollFd::new(&self.socket, PollFlags::IN), PollFd::new(&self.signals, PollFlags::IN)];
        if poll(&mut fds, None).is_err() {
            return Some(());
        }
        let (asked, child_ended) = (!fds[0].revents().is_empty(), !fds[1].revents().is_empty());
        if child_ended {
            signals::drain(&self.signals);
            self.reap()?;
        }
        if asked { self.obey() } else { Some(()) }
    }

    fn obey(&mut self) -> Option<()> {
        let (mut head, mut fds) = ([0; Head::LENGTH], vec![]);
        if !messages::receive(self.socket.as_fd(), &mut head, &mut fds).ok()? {
            return None;
        }
        match Head::read(head) {
            Head { kind: Head::START, number } => {
                let mut body = vec![0; usize::try_from(number).ok()?];
                if !messages::receive(self.socket.as_fd(), &mut body, &mut fds).ok()? {
                    return None;
                }
                let [stdin, stdout, stderr] = <[OwnedFd; 3]>::try_from(fds).ok()?;
                if self.running.is_some() {
                    return None;
                }
                let order = order::decode(&body)?;
                let started = Instant::now();
                let stdio = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
                let sockets = order.confinement.as_ref().map(Sockets::of);
                if self.filter.is_some() && self.filter != sockets {
                    return None;
                }
                match self.launch(&order, stdio) {
                    Ok(pid) => {
                        self.running = Some(Program { pid, started, foreground: order.group.is_some() });
                        self.reply(Reply::Started { pid })
                    }
                    Err(Failed { stage, errno }) => self.reply(Reply::NotStarted { stage: stage.number(), errno }),
                }
            }
            Head { kind: Head::SIGNAL, number } => {
                // A signal that comes after the end is for nobody.
                if let (Some(program), Ok(signal)) = (&self.running, c_int::try_from(number)) {
                    let whom = if program.foreground { program.pid } else { -program.pid };
                    // SAFETY: only numbers. The program was not waited for, so its number is not used again.
                    unsafe { libc::kill(whom, signal) };
                }
                Some(())
            }
            Head { .. } => None,
        }
    }

    fn launch(&mut self, order: &Order, stdio: [std::os::fd::BorrowedFd<'_>; 3]) -> Result<i32, Failed> {
        let mut launch = Launch {
            program: &order.program,
            argv: &order.argv,
            env: &order.env,
            dir: &order.dir,
            stdio,
            group: order.group,
            limits: &[],
            ruleset: None,
        };
        let Some(confinement) = &order.confinement else { return start(&launch, &mut self.stack) };
        let program = Path::new(OsStr::from_bytes(order.program.as_bytes()));
        if self.filter.is_none() {
            let sockets = Sockets::of(confinement);
            privileges::give_up()
                .and_then(|()| system_calls::put_on(sockets))
                .map_err(|error| Failed { stage: Stage::Seccomp, errno: error.raw_os_error().unwrap_or(0) })?;
            self.filter = Some(sockets);
        }
        let ruleset = self
            .rulesets
            .get(confinement, program, order.group.is_some())
            .map_err(|_| Failed { stage: Stage::Landlock, errno: std::io::Error::last_os_error().raw_os_error().unwrap_or(0) })?;
        let limits = limits(confinement.limits);
        launch.limits = &limits;
        launch.ruleset = ruleset;
        start(&launch, &mut self.stack)
    }

    /// Takes all ended children; where the program is among them, kills what it left behind and says so.
    fn reap(&mut self) -> Option<()> {
        while let Children::Ended(ended) = take_ended() {
            if self.running.as_ref().is_some_and(|program| program.pid == ended.pid) {
                let duration = self.running.take().map(|program| program.started.elapsed()).unwrap_or_default();
                let left_alive = kill_all(&[], &mut |_| {});
                self.reply(Reply::Ended(exit_status(&ended, duration, left_alive)))?;
                if left_alive > 0 {
                    // The next program must not be mistaken for the maker of what is left.
                    return None;
                }
            }
        }
        Some(())
    }

    fn reply(&self, reply: Reply) -> Option<()> {
        // The runner reads at most two of these at a time, so they fit into the socket's buffer at once.
        let bytes = reply.bytes();
        (messages::send(self.socket.as_fd(), &[IoSlice::new(&bytes)], &[]).ok()? == bytes.len()).then_some(())
    }
}

fn exit_status(ended: &Ended, duration: std::time::Duration, left_alive: u32) -> ExitStatus {
    let status = ended.status;
    ExitStatus {
        code: libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
        signal: libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status)),
        duration,
        cpu: ended.cpu,
        max_rss: ended.max_rss,
        left_alive,
    }
}

/// No core files: they hold secrets.
fn limits(limits: ResourceLimits) -> Vec<(c_int, u64)> {
    let ResourceLimits { cpu_seconds, address_space, file_size, open_files, processes } = limits;
    let wanted = [
        (libc::RLIMIT_CORE, Some(0)),
        (libc::RLIMIT_CPU, cpu_seconds),
        (libc::RLIMIT_AS, address_space),
        (libc::RLIMIT_FSIZE, file_size),
        (libc::RLIMIT_NOFILE, open_files),
        (libc::RLIMIT_NPROC, processes),
    ];
    wanted.into_iter().filter_map(|(resource, limit)| Some((c_int::try_from(resource).ok()?, limit?))).collect()
}
