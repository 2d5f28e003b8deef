#![expect(unsafe_code, reason = "the version of Landlock and the state of seccomp are asked by system calls")]

use crate::Support;

/// Asks the kernel.
pub(crate) fn support() -> Support {
    // SAFETY: with this flag the call takes no memory and returns a version.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0_usize, 1_u32) };
    let landlock_abi = i32::try_from(abi).unwrap_or(0).max(0);
    Support {
        landlock_abi,
        files: landlock_abi >= 1,
        tcp: landlock_abi >= 4,
        devices: landlock_abi >= 5,
        scopes: landlock_abi >= 6,
        seccomp: filters() && cfg!(any(target_arch = "x86_64", target_arch = "aarch64")),
        descendants: true,
    }
}

/// A kernel with filters looks at the filter, which is missing here; one without does not know the mode.
pub(crate) fn filters() -> bool {
    // SAFETY: the null pointer is refused with EFAULT before anything changes.
    let answer = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, std::ptr::null::<u8>(), 0, 0) };
    answer == -1 && std::io::Error::last_os_error().raw_os_error() == Some(libc::EFAULT)
}
