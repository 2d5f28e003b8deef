use crate::Confinement;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Programs and their libraries. Everything here belongs to the system, not to the user.
const EXECUTE: &[&str] = &[
    "/usr", // programs, libraries, locales, time zones
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",          // where NixOS keeps all of the above
    "/run/current-system", // NixOS's links into it
];

/// What the C library and the runtimes of languages read at every start or on the first look at a name, a user or a clock.
const READ: &[&str] = &[
    "/etc/ld.so.cache", // the loader
    "/etc/ld.so.preload",
    "/etc/ssl/certs", // certificates of authorities; not `/etc/ssl/private`
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/ca-certificates",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cert.pem",
    "/etc/crypto-policies",
    "/etc/passwd", // names of users
    "/etc/group",
    "/etc/nsswitch.conf", // how names are looked up
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/networks",
    "/etc/localtime", // the time zone
    "/etc/timezone",
    "/etc/locale.alias",
    "/etc/os-release", // which system this is
    "/etc/debian_version",
    "/etc/mime.types",
    "/etc/inputrc", // line editing
    "/etc/terminfo",
    "/etc/alternatives", // Debian's links to the chosen version of a program
    "/etc/perl",         // Perl's own search path
    "/etc/python3",
    // `/proc/self` of the program and of its children cannot be named ahead, so it is `/proc` as a whole. What is worth hiding there
    // (environment, memory, descriptors of other processes) Landlock refuses by itself; command lines of others can be read, as
    // they can by every user of the machine.
    "/proc",
    "/sys/devices/system/cpu", // how many processors there are
    "/sys/fs/cgroup",          // limits of memory and processors, which Go, Java and Node obey
    "/sys/kernel/mm/transparent_hugepage",
    "/sys/kernel/mm/hugepages",
    "/dev/urandom",
    "/dev/random",
];

/// Devices without a state that another process could see. `/dev/tty` opens only where the program gets the terminal.
const WRITE: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/tty"];

/// What nearly every program needs: the system's programs and libraries, names, certificates, time zone, `/proc` and harmless devices.
/// Never the home directory, never `/tmp`, never `/run` (where sockets are), and no network.
#[must_use]
pub fn base_profile() -> Confinement {
    static PROFILE: OnceLock<Confinement> = OnceLock::new();
    PROFILE
        .get_or_init(|| Confinement {
            execute: existing(EXECUTE),
            read: existing(READ),
            write: existing(WRITE),
            ..Confinement::default()
        })
        .clone()
}

/// Canonical, without those that lie within another and those that are missing.
fn existing(paths: &[&str]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = paths.iter().filter_map(|path| std::fs::canonicalize(path).ok()).collect();
    found.sort();
    found.dedup_by(|next, kept| next.starts_with(kept));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_user_is_in_it() {
        let profile = base_profile();
        for path in profile.read.iter().chain(&profile.write).chain(&profile.execute) {
            for private in
                ["/root", "/home", "/tmp", "/var/run/docker.sock", "/run/docker.sock", "/etc/shadow", "/etc/ssl/private"]
            {
                assert!(!std::path::Path::new(private).starts_with(path), "{} holds {private}", path.display());
            }
        }
        assert!(profile.execute.contains(&PathBuf::from("/usr")));
        assert!(profile.connect_tcp.is_none());
    }
}
