#![expect(unsafe_code, reason = "signal masks, dispositions and signalfd have no safe wrapper")]

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Sets every signal to its default and blocks all of them. For the spawner, which has one thread and reads signals as data.
pub(crate) fn take_over() {
    // The kernel's own form of a disposition, at most this long; all zero is the default. The C library's call leaves signals 32 and 33 out.
    let default = [0_u64; 8];
    for signal in 1..=64 {
        // SAFETY: the kernel reads less than `default` holds; the size is that of its set of signals; signals that cannot be set fail without
        // effect.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), std::ptr::null::<u64>(), 8_usize) };
    }
    // SAFETY: the set is initialised by sigfillset before it is read, and the old set is not asked for.
    unsafe {
        let mut all = mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const all, std::ptr::null_mut());
    }
}

/// Closes what the runner's own parent left open. Nothing in this process has opened a descriptor yet.
pub(crate) fn close_inherited() {
    // SAFETY: the spawner is at its first steps and owns only its standard streams, which stay.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
}

/// A descriptor that is readable when a child ended or SIGTERM came.
pub(crate) fn descriptor() -> io::Result<OwnedFd> {
    // SAFETY: the set is initialised by sigemptyset before it is read; the new descriptor is owned by nobody else.
    unsafe {
        let mut set = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGCHLD);
        libc::sigaddset(&raw mut set, libc::SIGTERM);
        match libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) {
            -1 => Err(io::Error::last_os_error()),
            fd => Ok(OwnedFd::from_raw_fd(fd)),
        }
    }
}

/// Empties the descriptor. Which signals came does not matter: the caller looks at its children and its parent.
pub(crate) fn drain(descriptor: &OwnedFd) {
    let mut place = [0_u8; 4 * mem::size_of::<libc::signalfd_siginfo>()];
    // SAFETY: the place is as long as said.
    while unsafe { libc::read(descriptor.as_raw_fd(), place.as_mut_ptr().cast(), place.len()) } > 0 {}
}
