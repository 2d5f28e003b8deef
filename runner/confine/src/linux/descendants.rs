#![expect(unsafe_code, reason = "wait4 with resource usage and kill of groups have no safe wrapper here")]

use std::time::{Duration, Instant};

/// How long processes that do not die are waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A child that ended.
pub(crate) struct Ended {
    pub pid: i32,
    pub status: i32,
    pub cpu: Duration,
    pub max_rss: u64,
}

/// What a look at the children says.
pub(crate) enum Children {
    /// This one ended.
    Ended(Ended),
    /// Some are alive.
    Alive,
    /// There are none.
    None,
}

/// Takes one child that ended, without waiting.
pub(crate) fn take_ended() -> Children {
    let mut status = 0;
    // SAFETY: rusage is plain numbers, for which zero is valid; both places live through the call.
    let (pid, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(-1, &raw mut status, libc::WNOHANG, &raw mut usage), usage)
    };
    match pid {
        0 => Children::Alive,
        pid if pid > 0 => Children::Ended(Ended {
            pid,
            status,
            cpu: time(usage.ru_utime) + time(usage.ru_stime),
            max_rss: u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024,
        }),
        _ => Children::None,
    }
}

fn time(time: libc::timeval) -> Duration {
    Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0)) + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
}

/// Kills all descendants but the trees of `spared` children, and says how many direct children could not be killed.
///
/// The caller is the subreaper: what loses its parent becomes its child, so killing children until none is left kills all. A process
/// group is killed at once, which a fork cannot outrun.
pub(crate) fn kill_all(spared: &[i32], on_end: &mut dyn FnMut(Ended)) -> u32 {
    let begin = Instant::now();
    let mut pause = Duration::from_micros(50);
    loop {
        loop {
            match take_ended() {
                Children::Ended(ended) => on_end(ended),
                Children::None => return 0,
                Children::Alive => break,
            }
        }
        let mut children = children(spared);
        if children.is_empty() {
            // The kernel's list may miss children while others end, and one at least is alive.
            children = children_by_parent(spared);
        }
        if children.is_empty() && !spared.is_empty() {
            return 0;
        }
        let mut refused = 0;
        for child in &children {
            if !kill(*child) {
                refused += 1;
            }
        }
        if (refused > 0 && refused == children.len()) || begin.elapsed() > PATIENCE {
            return u32::try_from(children.len()).unwrap_or(u32::MAX);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

/// Kills a child, and its whole process group where that cannot hold a stranger: in another session than this process's, which only a
/// descendant can have made.
fn kill(child: i32) -> bool {
    // SAFETY: these calls only take numbers. `child` is a child that was not waited for, so its number is not used again.
    unsafe {
        if libc::getsid(child) != libc::getsid(0) {
            let group = libc::getpgid(child);
            if group > 1 {
                libc::kill(-group, libc::SIGKILL);
            }
        }
        libc::kill(child, libc::SIGKILL) == 0
    }
}

/// The direct children of this process, which has one thread.
fn children(spared: &[i32]) -> Vec<i32> {
    match std::fs::read_to_string("/proc/thread-self/children") {
        Ok(list) => list.split_whitespace().filter_map(|pid| pid.parse().ok()).filter(|pid| !spared.contains(pid)).collect(),
        Err(_) => children_by_parent(spared),
    }
}

/// For kernels without a list of children: those processes whose parent is this one.
fn children_by_parent(spared: &[i32]) -> Vec<i32> {
    let me = std::process::id().to_string();
    let Ok(processes) = std::fs::read_dir("/proc") else { return vec![] };
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            if spared.contains(pid) {
                return false;
            }
            // `PID (NAME) STATE PARENT …`; a name may hold brackets and spaces.
            std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
                stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)).is_some_and(|parent| parent == me)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::children_by_parent;

    #[test]
    fn children_are_found_without_the_kernels_list() {
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        assert!(children_by_parent(&[]).contains(&i32::try_from(child.id()).unwrap()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
