use super::{master, signals};
use std::os::fd::OwnedFd;

/// What the spawner is called: it is the same binary under this name.
pub(crate) const NAME: &str = "infra-spawner";
/// Its only argument. A binary that does not know it stops with a usage error instead of doing its work a second time.
pub(crate) const ARGUMENT: &str = "--serve-as-infra-spawner";

/// Becomes the spawner where this process was started as one, and then never returns; else does nothing. Call it first in `main`.
pub fn spawner_main() {
    super::spawner::main_is_ready();
    let mut args = std::env::args_os();
    if !(args.next().is_some_and(|name| name == NAME) && args.next().is_some_and(|argument| argument == ARGUMENT)) {
        return;
    }
    signals::take_over();
    // The socket came as standard input; its place is filled, so that no later descriptor is one of the first three.
    let code = match take_socket() {
        Ok(socket) => master::serve(&socket),
        Err(_) => 70,
    };
    std::process::exit(code);
}

fn take_socket() -> std::io::Result<OwnedFd> {
    signals::close_inherited();
    let socket = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    // Fails where standard input is not a socket.
    rustix::net::sockopt::socket_type(&socket)?;
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    Ok(socket)
}
