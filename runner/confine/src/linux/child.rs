#![expect(unsafe_code, reason = "the way from a new process to a confined program is made of system calls")]

use crate::Stage;
use std::ffi::{CString, c_char, c_int, c_void};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

/// All that the child needs, prepared before it exists: between its birth and the program it allocates nothing.
pub(crate) struct Launch<'a> {
    pub program: &'a CString,
    pub argv: &'a [CString],
    pub env: &'a [CString],
    pub dir: &'a CString,
    pub stdio: [BorrowedFd<'a>; 3],
    /// The group to join; else the program gets a session of its own.
    pub group: Option<i32>,
    pub limits: &'a [(c_int, u64)],
    pub ruleset: Option<BorrowedFd<'a>>,
}

/// The step that failed, and its errno.
pub(crate) struct Failed {
    pub stage: Stage,
    pub errno: i32,
}

/// Memory for the child's stack. The child shares all memory with the worker, which sleeps until the program runs.
pub(crate) struct Stack(*mut c_void);

const STACK: usize = 128 * 1024;
const GUARD: usize = 64 * 1024;

impl Stack {
    pub fn new() -> Option<Self> {
        // SAFETY: a new private mapping; nothing else refers to it. Its lowest part is made unusable, so that an overflow is caught.
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
            let base = libc::mmap(ptr::null_mut(), STACK, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            if base == libc::MAP_FAILED || libc::mprotect(base, GUARD, libc::PROT_NONE) != 0 {
                return None;
            }
            Some(Self(base))
        }
    }
}

/// What parent and child share while the parent sleeps.
struct Shared {
    program: *const c_char,
    argv: *const *const c_char,
    env: *const *const c_char,
    dir: *const c_char,
    stdio: [c_int; 3],
    group: c_int,
    worker: libc::pid_t,
    limits: *const (c_int, u64),
    limits_len: usize,
    ruleset: c_int,
    no_signals: libc::sigset_t,
    failed: Option<(Stage, c_int)>,
}

/// Starts the program and returns its process id. The caller has one thread and all signals blocked.
pub(crate) fn start(launch: &Launch<'_>, stack: &mut Stack) -> Result<i32, Failed> {
    let argv = pointers(launch.argv);
    let env = pointers(launch.env);
    let mut shared = Shared {
        program: launch.program.as_ptr(),
        argv: argv.as_ptr(),
        env: env.as_ptr(),
        dir: launch.dir.as_ptr(),
        stdio: launch.stdio.map(|fd| fd.as_raw_fd()),
        group: launch.group.unwrap_or(0),
        worker: std::process::id().cast_signed(),
        limits: launch.limits.as_ptr(),
        limits_len: launch.limits.len(),
        ruleset: launch.ruleset.map_or(-1, |fd| fd.as_raw_fd()),
        // SAFETY: a set of signals is plain bits, and all zero is the empty set.
        no_signals: unsafe { std::mem::zeroed() },
        failed: None,
    };
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the stack is a mapping of STACK bytes that only this child uses, and it grows down from its end. CLONE_VFORK stops this
    // thread, the only one, until the child executes the program or ends, so `shared` and all that it points to outlive the child's use
    // of them, and nobody else touches memory meanwhile. All signals are blocked, so no handler runs in the child.
    let pid = unsafe { libc::clone(run, stack.0.byte_add(STACK), flags, (&raw mut shared).cast()) };
    if pid < 0 {
        return Err(Failed { stage: Stage::Fork, errno: errno() });
    }
    // SAFETY: the child wrote through the pointer behind the compiler's back; a volatile read sees it.
    match unsafe { (&raw const shared.failed).read_volatile() } {
        Some((stage, errno)) => {
            // SAFETY: the child exits at once after it failed; the status is not wanted.
            unsafe { libc::waitpid(pid, ptr::null_mut(), 0) };
            Err(Failed { stage, errno })
        }
        None => Ok(pid),
    }
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}

fn errno() -> c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// The child. It makes system calls only.
extern "C" fn run(shared: *mut c_void) -> c_int {
    let shared: *mut Shared = shared.cast();
    // SAFETY: `start` passes a pointer to its `Shared`, which lives while the parent sleeps, and does not use it meanwhile.
    let stage = unsafe { become_program(&*shared) };
    // SAFETY: as above. `_exit` runs no handlers, which would be the parent's.
    unsafe {
        (&raw mut (*shared).failed).write_volatile(Some((stage, errno())));
        libc::_exit(127)
    }
}

/// Returns only on failure, with the step; the reason is in errno.
///
/// # Safety
/// All pointers in `shared` are valid, arrays of strings end with a null pointer, and this is a new process that may be changed at will.
unsafe fn become_program(shared: &Shared) -> Stage {
    // SAFETY: by the contract of this function; each call is a plain system call.
    unsafe {
        let session = if shared.group == 0 { libc::setsid() } else { libc::setpgid(0, shared.group) };
        if session < 0 {
            return Stage::Session;
        }
        // The program dies with its worker. Where the worker died already, there is no signal.
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if libc::getppid() != shared.worker {
            libc::_exit(127);
        }
        for (place, fd) in (0..3).zip(shared.stdio) {
            if libc::dup2(fd, place) < 0 {
                return Stage::Streams;
            }
        }
        if libc::chdir(shared.dir) != 0 {
            return Stage::Directory;
        }
        libc::umask(0o022);
        for index in 0..shared.limits_len {
            let (resource, limit) = *shared.limits.add(index);
            if !lower_limit(resource, limit) {
                return Stage::Limits;
            }
        }
        // All else closes when the program is executed; each is marked so already, this is a second lock on the door.
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC);
        // Privileges were given up and the filter of system calls was put on by the worker already.
        if shared.ruleset >= 0 && libc::syscall(libc::SYS_landlock_restrict_self, shared.ruleset, 0) != 0 {
            return Stage::Landlock;
        }
        libc::sigprocmask(libc::SIG_SETMASK, &raw const shared.no_signals, ptr::null_mut());
        libc::execve(shared.program, shared.argv, shared.env);
        Stage::Execute
    }
}

/// A limit is only lowered: a program cannot get more than the runner has.
///
/// # Safety
/// This is a new process that may be changed at will.
unsafe fn lower_limit(resource: c_int, limit: u64) -> bool {
    // SAFETY: the place lives through both calls. The type of the resource differs between C libraries.
    unsafe {
        let mut current = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        if libc::getrlimit(resource as _, &raw mut current) != 0 {
            return false;
        }
        let limit = if limit < current.rlim_max { limit } else { current.rlim_max };
        libc::setrlimit(resource as _, &libc::rlimit { rlim_cur: limit, rlim_max: limit }) == 0
    }
}
