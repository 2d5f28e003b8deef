#![expect(unsafe_code, reason = "privileges are given up by prctl")]

use std::io;

/// The capabilities that a confined program of root keeps: those about files, which Landlock bounds, and about changing to another user.
const KEPT: u64 = 1 << 0 // CHOWN
    | 1 << 1 // DAC_OVERRIDE
    | 1 << 3 // FOWNER
    | 1 << 4 // FSETID
    | 1 << 5 // KILL
    | 1 << 6 // SETGID
    | 1 << 7 // SETUID
    | 1 << 8 // SETPCAP
    | 1 << 10 // NET_BIND_SERVICE
    | 1 << 31; // SETFCAP

/// From now on no program that this process starts gains privileges, and those of root have only the kept capabilities. This process keeps
/// its own until it executes something.
pub(crate) fn give_up() -> io::Result<()> {
    // SAFETY: only numbers are passed.
    unsafe {
        for capability in 0..64 {
            // Fails for users other than root, who have none, and after the last capability that the kernel knows.
            if KEPT & (1 << capability) == 0 && libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 {
                break;
            }
        }
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
