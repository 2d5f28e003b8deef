#![expect(unsafe_code, reason = "fork has no safe wrapper")]

use super::descendants::{self, Children};
use super::{messages, signals, worker};
use rustix::event::{PollFd, PollFlags, poll};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// How long workers get to kill their programs after the runner is gone, before the master does it.
const FAREWELL: Duration = Duration::from_secs(5);

/// Forks a worker for each socket that comes from the runner, until the runner is gone. Returns the exit code.
pub(crate) fn serve(runner: &OwnedFd) -> i32 {
    if rustix::process::set_child_subreaper(rustix::process::Pid::from_raw(1)).is_err() {
        return 71;
    }
    let Ok(ended) = signals::descriptor() else { return 71 };
    let mut workers: Vec<i32> = vec![];
    loop {
        let mut fds = [PollFd::new(runner, PollFlags::IN), PollFd::new(&ended, PollFlags::IN)];
        if poll(&mut fds, None).is_err() {
            continue;
        }
        let (asked, child_ended) = (!fds[0].revents().is_empty(), !fds[1].revents().is_empty());
        if child_ended {
            signals::drain(&ended);
            reap(&mut workers);
        }
        if asked {
            let mut sockets = vec![];
            if !matches!(messages::receive(runner.as_fd(), &mut [0], &mut sockets), Ok(true)) {
                break;
            }
            for socket in sockets {
                workers.extend(fork(socket, runner, &ended));
            }
        }
    }
    // Each worker sees that its own socket closed, kills its program and ends.
    let begin = Instant::now();
    while begin.elapsed() < FAREWELL {
        match descendants::take_ended() {
            Children::None => return 0,
            Children::Ended(_) => {}
            Children::Alive => {
                let _ = poll(
                    &mut [PollFd::new(&ended, PollFlags::IN)],
                    Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 50_000_000 }),
                );
                signals::drain(&ended);
            }
        }
    }
    descendants::kill_all(&[], &mut |_| {});
    0
}

/// Takes ended children. Where a worker was killed, what it left is here now, and is killed.
fn reap(workers: &mut Vec<i32>) {
    let mut orphans = false;
    while let Children::Ended(ended) = descendants::take_ended() {
        workers.retain(|worker| *worker != ended.pid);
        orphans |= ended.status != 0;
    }
    if orphans {
        let mut gone = vec![];
        descendants::kill_all(workers, &mut |ended| gone.push(ended.pid));
        workers.retain(|worker| !gone.contains(worker));
    }
}

/// The worker never returns from here.
fn fork(socket: OwnedFd, runner: &OwnedFd, ended: &OwnedFd) -> Option<i32> {
    let master = std::process::id();
    // SAFETY: this process has one thread, so the child may go on with all of Rust.
    match unsafe { libc::fork() } {
        -1 => None,
        0 => {
            // Closed here, so that a worker holds nothing of the master and of other workers.
            let (_, _) = (close(runner), close(ended));
            std::process::exit(worker::serve(socket, master))
        }
        pid => Some(pid),
    }
}

fn close(fd: &OwnedFd) -> i32 {
    use std::os::fd::AsRawFd;
    // SAFETY: the worker never returns to the owner of the descriptor, so it is not used or closed again.
    unsafe { libc::close(fd.as_raw_fd()) }
}
