use crate::{Confinement, TcpPorts};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, PathBeneath, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    Scope, make_bitflags,
};
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, Stat, openat2};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Everything that is refused unless a rule allows it. Parts that the kernel does not know are left out; [`crate::support`] names them.
const KNOWN: ABI = ABI::V9;

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
const EXECUTE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir | Execute});
/// Without sockets and device nodes, which nothing granted needs.
const WRITE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    ReadFile | ReadDir | WriteFile | Truncate | RemoveDir | RemoveFile | MakeDir | MakeReg | MakeFifo | MakeSym | Refer
});
const SCRATCH: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    ReadFile | ReadDir | Execute | WriteFile | Truncate | RemoveDir | RemoveFile | MakeDir | MakeReg | MakeFifo | MakeSym | Refer
});
/// The terminal of a program in the foreground: also its modes.
const TERMINAL: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | WriteFile | IoctlDev});

/// What a path grants.
pub(crate) type Rule = (PathBuf, BitFlags<AccessFs>);

/// All paths of a confinement with what they grant.
pub(crate) fn rules(confinement: &Confinement, program: &Path, foreground: bool) -> Vec<Rule> {
    let Confinement { read, write, execute, scratch, .. } = confinement;
    let all = |paths: &[PathBuf], access: BitFlags<AccessFs>| paths.iter().map(|path| (path.clone(), access)).collect::<Vec<_>>();
    let mut rules = [all(execute, EXECUTE), all(read, READ), all(write, WRITE), all(scratch.as_slice(), SCRATCH)].concat();
    rules.push((program.to_path_buf(), EXECUTE));
    if foreground {
        rules.push((PathBuf::from("/dev/tty"), TERMINAL));
    }
    rules
}

/// Opens the place of a path itself: not where a part of it is a symbolic link, and not what is missing.
pub(crate) fn place(path: &Path) -> Option<OwnedFd> {
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve).ok()
}

/// Makes the ruleset, for the child to put on. `None` where the kernel has no Landlock.
pub(crate) fn ruleset(
    places: &[(OwnedFd, Stat, BitFlags<AccessFs>)],
    connect: &TcpPorts,
    bind: &TcpPorts,
) -> Result<Option<OwnedFd>, RulesetError> {
    let mut ruleset = Ruleset::default().handle_access(AccessFs::from_all(KNOWN))?.scope(Scope::from_all(KNOWN))?;
    for (ports, access) in [(connect, AccessNet::ConnectTcp), (bind, AccessNet::BindTcp)] {
        if let TcpPorts::Only(_) = ports {
            ruleset = ruleset.handle_access(access)?;
        }
    }
    let mut created = ruleset.create()?;
    for (place, stat, access) in places {
        let folder = FileType::from_raw_mode(stat.st_mode).is_dir();
        let access = if folder { *access } else { *access & AccessFs::from_file(KNOWN) };
        (&mut created).add_rule(PathBeneath::new(place, access))?;
    }
    for (ports, access) in [(connect, AccessNet::ConnectTcp), (bind, AccessNet::BindTcp)] {
        if let TcpPorts::Only(ports) = ports {
            for port in ports {
                (&mut created).add_rule(NetPort::new(*port, access))?;
            }
        }
    }
    Ok(created.into())
}
