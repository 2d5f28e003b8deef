#![expect(unsafe_code, reason = "the way from a new process to a confined program is made of system calls")]

use crate::Stage;
use seccompiler::sock_filter;
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
    pub confined: bool,
    pub ruleset: Option<BorrowedFd<'a>>,
    pub filter: Option<&'a [sock_filter]>,
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
    confined: bool,
    ruleset: c_int,
    filter: libc::sock_fprog,
    no_signals: libc::sigset_t,
    failed: Option<(Stage, c_int)>,
}

/// Starts the program and returns its process id. The caller has one thread and all signals blocked.
pub(crate) fn start(launch: &Launch<'_>, stack: &mut Stack) -> Result<i32, Failed> {
    let argv = pointers(launch.argv);
    let env = pointers(launch.env);
    let filter = launch.filter.unwrap_or(&[]);
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
        confined: launch.confined,
        ruleset: launch.ruleset.map_or(-1, |fd| fd.as_raw_fd()),
        filter: libc::sock_fprog { len: u16::try_from(filter.len()).unwrap_or(0), filter: filter.as_ptr().cast_mut().cast() },
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
        if shared.confined
            && let Err(stage) = confine(shared)
        {
            return stage;
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

/// The capabilities that a confined program of root keeps: those about files, which Landlock bounds, and about changing to another user.
const KEPT_CAPABILITIES: u64 = 1 << 0 // CHOWN
    | 1 << 1 // DAC_OVERRIDE
    | 1 << 3 // FOWNER
    | 1 << 4 // FSETID
    | 1 << 5 // KILL
    | 1 << 6 // SETGID
    | 1 << 7 // SETUID
    | 1 << 8 // SETPCAP
    | 1 << 10 // NET_BIND_SERVICE
    | 1 << 31; // SETFCAP

/// # Safety
/// As for [`become_program`].
unsafe fn confine(shared: &Shared) -> Result<(), Stage> {
    // SAFETY: by the contract; the filter points to as many instructions as it says.
    unsafe {
        for capability in 0..64 {
            // Fails for users other than root, who have none.
            if KEPT_CAPABILITIES & (1 << capability) == 0 && libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 {
                break;
            }
        }
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 {
            return Err(Stage::Seccomp);
        }
        if shared.ruleset >= 0 && libc::syscall(libc::SYS_landlock_restrict_self, shared.ruleset, 0) != 0 {
            return Err(Stage::Landlock);
        }
        if shared.filter.len > 0 && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const shared.filter, 0, 0) != 0 {
            return Err(Stage::Seccomp);
        }
    }
    Ok(())
}
