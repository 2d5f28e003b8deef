#![expect(unsafe_code, reason = "a filter is put on by prctl")]

use super::probe;
use crate::Confinement;
use libc::{AF_INET, AF_INET6, AF_NETLINK, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM};
use seccompiler::SeccompCmpOp::{Eq, MaskedEq, Ne};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, sock_filter,
};
use std::collections::BTreeMap;
use std::io;

/// The system calls that no confined program makes, whatever their arguments.
const DENIED: &[libc::c_long] = &[
    // Reading and steering other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Roads around this filter and around Landlock.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_open_by_handle_at,
    // Namespaces and mounts.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    // The kernel itself, and parts of it with many weaknesses.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_quotactl,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_fanotify_init,
    // Keys of the user's session.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
];

/// `clone` that makes namespaces.
const NAMESPACES: [libc::c_int; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

/// What of a confinement the filter depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sockets {
    tcp: bool,
    listen: bool,
    udp: bool,
}

impl Sockets {
    pub fn of(confinement: &Confinement) -> Self {
        let listen = !confinement.bind_tcp.is_none();
        Self { tcp: listen || !confinement.connect_tcp.is_none(), listen, udp: confinement.udp }
    }
}

/// Puts the filter on this process and all that it starts from now on, for good; privileges are given up before. Does nothing where kernel or processor have no filters.
///
/// Making a filter ready takes the kernel longer than all the rest of a start, so a worker wears it and its programs inherit it.
pub(crate) fn put_on(sockets: Sockets) -> io::Result<()> {
    let Some(mut filter) = filter(sockets).filter(|_| probe::filters()) else { return Ok(()) };
    let length = u16::try_from(filter.len()).map_err(io::Error::other)?;
    let program = libc::sock_fprog { len: length, filter: filter.as_mut_ptr().cast() };
    // SAFETY: the program points to as many instructions as it says, of the same layout, and the kernel copies them.
    if unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program, 0, 0) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// The filter; `None` on a processor that it does not know.
fn filter(sockets: Sockets) -> Option<BpfProgram> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = DENIED.iter().map(|call| (*call, vec![])).collect();
    rules.insert(libc::SYS_socket, socket_rules(sockets)?);
    // Only connected pairs of Unix sockets: nothing outside is at their other end.
    rules.insert(libc::SYS_socketpair, vec![all(&[(0, Ne, libc::AF_UNIX)])?]);
    if !sockets.listen {
        rules.insert(libc::SYS_listen, vec![]);
    }
    // TCP Fast Open connects without `connect`, where Landlock looks.
    rules.insert(libc::SYS_sendto, vec![flag(3, libc::MSG_FASTOPEN)?]);
    rules.insert(libc::SYS_sendmsg, vec![flag(2, libc::MSG_FASTOPEN)?]);
    rules.insert(libc::SYS_sendmmsg, vec![flag(3, libc::MSG_FASTOPEN)?]);
    rules.insert(libc::SYS_clone, NAMESPACES.into_iter().map(|namespace| flag(0, namespace)).collect::<Option<_>>()?);
    // Typing into the terminal on behalf of the user.
    let typing = [libc::TIOCSTI, libc::TIOCLINUX];
    rules.insert(
        libc::SYS_ioctl,
        typing.iter().map(|request| all(&[(1, Eq, libc::c_int::try_from(*request).ok()?)])).collect::<Option<_>>()?,
    );
    let denied = SeccompAction::Errno(libc::EPERM.cast_unsigned());
    let target = std::env::consts::ARCH.try_into().ok()?;
    let filter: BpfProgram = SeccompFilter::new(rules, SeccompAction::Allow, denied, target).ok()?.try_into().ok()?;
    Some(prelude().into_iter().chain(filter).collect())
}

/// Sockets that are refused: all but TCP, UDP where granted, and the kernel's routing table, which programs read to list interfaces.
fn socket_rules(sockets: Sockets) -> Option<Vec<SeccompRule>> {
    let internet = (0, Ne, AF_NETLINK);
    // The kind of a socket is in its lowest four bits. Streams (1) and datagrams (2) are those with one of the lowest two alone.
    let mut kinds = vec![(MaskedEq(8), 8), (MaskedEq(4), 4), (MaskedEq(3), 3), (MaskedEq(15), 0)];
    let mut rules = vec![
        all(&[(0, Ne, AF_INET), (0, Ne, AF_INET6), (0, Ne, AF_NETLINK)])?,
        all(&[(0, Eq, AF_NETLINK), (2, Ne, libc::NETLINK_ROUTE)])?,
    ];
    for (kind, protocol, granted) in [(SOCK_STREAM, IPPROTO_TCP, sockets.tcp), (SOCK_DGRAM, IPPROTO_UDP, sockets.udp)] {
        if granted {
            // Another protocol, such as multipath TCP, is not what Landlock looks at.
            rules.push(all(&[internet.clone(), (1, MaskedEq(15), kind), (2, Ne, 0), (2, Ne, protocol)])?);
        } else {
            kinds.push((MaskedEq(15), kind));
        }
    }
    for (mask, kind) in kinds {
        rules.push(all(&[internet.clone(), (1, mask, kind)])?);
    }
    Some(rules)
}

/// A rule that holds where all conditions on arguments hold. The kernel reads these arguments as 32 bits.
fn all(conditions: &[(u8, SeccompCmpOp, libc::c_int)]) -> Option<SeccompRule> {
    let condition = |(argument, operator, value): &(u8, SeccompCmpOp, libc::c_int)| {
        SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, operator.clone(), u64::from(value.cast_unsigned())).ok()
    };
    SeccompRule::new(conditions.iter().map(condition).collect::<Option<_>>()?).ok()
}

fn flag(argument: u8, flag: libc::c_int) -> Option<SeccompRule> {
    all(&[(argument, MaskedEq(u64::from(flag.cast_unsigned())), flag)])
}

/// Answers "no such call" to `clone3`, whose flags a filter cannot see (libraries then use `clone`), and to the x32 calls of x86-64, which
/// have other numbers than those that the filter knows. The rest of the filter checks the processor.
fn prelude() -> Vec<sock_filter> {
    const LOAD_NUMBER: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS, at 0
    const EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    const AT_LEAST: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    const RETURN: u16 = 0x06; // BPF_RET | BPF_K
    const X32: u32 = 0x4000_0000;
    let clone3 = u32::try_from(libc::SYS_clone3).unwrap_or(u32::MAX);
    let no_such_call = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();
    vec![
        sock_filter { code: LOAD_NUMBER, jt: 0, jf: 0, k: 0 },
        sock_filter { code: EQUAL, jt: 1, jf: 0, k: clone3 },
        sock_filter { code: AT_LEAST, jt: 0, jf: 1, k: X32 },
        sock_filter { code: RETURN, jt: 0, jf: 0, k: no_such_call },
    ]
}
