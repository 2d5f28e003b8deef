use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use tokio::net::unix::pipe::{Receiver, Sender};

/// The three standard streams of a program. They are handed over and closed on this side.
#[derive(Debug)]
pub struct Stdio {
    /// Standard input.
    pub stdin: OwnedFd,
    /// Standard output.
    pub stdout: OwnedFd,
    /// Standard error.
    pub stderr: OwnedFd,
}

/// The other ends of a program's standard streams, for a tokio runtime.
#[derive(Debug)]
pub struct Pipes {
    /// Writes to the program's standard input; dropping it is the end of the input.
    pub stdin: Sender,
    /// Reads the program's standard output.
    pub stdout: Receiver,
    /// Reads the program's standard error.
    pub stderr: Receiver,
}

impl Stdio {
    /// No input, and all output thrown away.
    ///
    /// # Errors
    /// `/dev/null` cannot be opened.
    pub fn null() -> io::Result<Self> {
        Ok(Self { stdin: File::open("/dev/null")?.into(), stdout: discard()?, stderr: discard()? })
    }

    /// The runner's own streams, for a program that gets the terminal.
    ///
    /// # Errors
    /// A stream is closed, or there are too many open files.
    pub fn inherit() -> io::Result<Self> {
        use std::os::fd::AsFd;
        Ok(Self {
            stdin: io::stdin().as_fd().try_clone_to_owned()?,
            stdout: io::stdout().as_fd().try_clone_to_owned()?,
            stderr: io::stderr().as_fd().try_clone_to_owned()?,
        })
    }

    /// A pipe for each stream. Call it within a tokio runtime.
    ///
    /// # Errors
    /// There are too many open files.
    pub fn piped() -> io::Result<(Self, Pipes)> {
        let (stdin, input) = io::pipe()?;
        let (output, stdout) = io::pipe()?;
        let (errors, stderr) = io::pipe()?;
        let stdio = Self { stdin: stdin.into(), stdout: stdout.into(), stderr: stderr.into() };
        let pipes = Pipes {
            stdin: Sender::from_owned_fd(input.into())?,
            stdout: Receiver::from_owned_fd(output.into())?,
            stderr: Receiver::from_owned_fd(errors.into())?,
        };
        Ok((stdio, pipes))
    }
}

fn discard() -> io::Result<OwnedFd> {
    Ok(File::options().write(true).open("/dev/null")?.into())
}
