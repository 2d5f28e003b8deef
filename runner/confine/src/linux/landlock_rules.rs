use crate::{Confinement, TcpPorts};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, PathBeneath, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError,
    Scope, make_bitflags,
};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use std::os::fd::OwnedFd;
use std::path::Path;

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

/// Makes the ruleset of a confinement, for the child to put on. `None` where the kernel has no Landlock.
pub(crate) fn ruleset(confinement: &Confinement, program: &Path, foreground: bool) -> Result<Option<OwnedFd>, RulesetError> {
    let mut ruleset = Ruleset::default().handle_access(AccessFs::from_all(KNOWN))?.scope(Scope::from_all(KNOWN))?;
    if let TcpPorts::Only(_) = confinement.connect_tcp {
        ruleset = ruleset.handle_access(AccessNet::ConnectTcp)?;
    }
    if let TcpPorts::Only(_) = confinement.bind_tcp {
        ruleset = ruleset.handle_access(AccessNet::BindTcp)?;
    }
    let mut rules = Rules(ruleset.create()?);
    for path in &confinement.execute {
        rules.path(path, EXECUTE)?;
    }
    rules.path(program, EXECUTE)?;
    for path in &confinement.read {
        rules.path(path, READ)?;
    }
    for path in &confinement.write {
        rules.path(path, WRITE)?;
    }
    if let Some(path) = &confinement.scratch {
        rules.path(path, SCRATCH)?;
    }
    if foreground {
        rules.path(Path::new("/dev/tty"), TERMINAL)?;
    }
    rules.ports(&confinement.connect_tcp, AccessNet::ConnectTcp)?;
    rules.ports(&confinement.bind_tcp, AccessNet::BindTcp)?;
    Ok(rules.0.into())
}

struct Rules(RulesetCreated);

impl Rules {
    /// Grants what lies at the path itself. Where a part of the path is a symbolic link, or nothing is there, nothing is granted.
    fn path(&mut self, path: &Path, access: BitFlags<AccessFs>) -> Result<(), RulesetError> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let Ok(place) = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS) else {
            return Ok(());
        };
        let folder = rustix::fs::fstat(&place).is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir());
        let access = if folder { access } else { access & AccessFs::from_file(KNOWN) };
        (&mut self.0).add_rule(PathBeneath::new(place, access)).map(|_| ())
    }

    fn ports(&mut self, ports: &TcpPorts, access: AccessNet) -> Result<(), RulesetError> {
        if let TcpPorts::Only(ports) = ports {
            for port in ports {
                (&mut self.0).add_rule(NetPort::new(*port, access))?;
            }
        }
        Ok(())
    }
}
