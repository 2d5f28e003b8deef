use crate::ExitStatus;
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

/// The head of what the runner sends to a worker; after [`Head::START`] follow as many bytes as `number` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub kind: u32,
    pub number: u32,
}

impl Head {
    /// Start a program; three descriptors come with the head.
    pub const START: u32 = 1;
    /// Send a signal to the program.
    pub const SIGNAL: u32 = 2;
    pub const LENGTH: usize = 8;

    pub fn bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..4].copy_from_slice(&self.kind.to_le_bytes());
        bytes[4..].copy_from_slice(&self.number.to_le_bytes());
        bytes
    }

    pub fn read(bytes: [u8; Self::LENGTH]) -> Self {
        let [a, b, c, d, e, f, g, h] = bytes;
        Self { kind: u32::from_le_bytes([a, b, c, d]), number: u32::from_le_bytes([e, f, g, h]) }
    }
}

/// What a worker answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Started { pid: i32 },
    NotStarted { stage: i32, errno: i32 },
    Ended(ExitStatus),
}

impl Reply {
    pub const LENGTH: usize = 48;

    pub fn bytes(self) -> [u8; Self::LENGTH] {
        let words: [u64; 6] = match self {
            Self::Started { pid } => [1, word(pid), 0, 0, 0, 0],
            Self::NotStarted { stage, errno } => [2, word(stage), word(errno), 0, 0, 0],
            Self::Ended(status) => [
                3 | u64::from(status.left_alive) << 32,
                word(status.code.unwrap_or(-1)),
                word(status.signal.unwrap_or(0)),
                nanoseconds(status.duration),
                nanoseconds(status.cpu),
                status.max_rss,
            ],
        };
        let mut bytes = [0; Self::LENGTH];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    pub fn read(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let mut words = [0_u64; 6];
        for (word, place) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*place);
        }
        let [kind, a, b, c, d, e] = words;
        let signal = number(b);
        match kind & 0xffff_ffff {
            1 => Some(Self::Started { pid: number(a) }),
            2 => Some(Self::NotStarted { stage: number(a), errno: number(b) }),
            3 => Some(Self::Ended(ExitStatus {
                code: (signal == 0).then(|| number(a)),
                signal: (signal != 0).then_some(signal),
                duration: Duration::from_nanos(c),
                cpu: Duration::from_nanos(d),
                max_rss: e,
                left_alive: u32::try_from(kind >> 32).unwrap_or(u32::MAX),
            })),
            _ => None,
        }
    }
}

fn word(number: i32) -> u64 {
    u64::from(number.cast_unsigned())
}

fn number(word: u64) -> i32 {
    u32::try_from(word).unwrap_or(0).cast_signed()
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Sends the beginning of `bytes`, and descriptors with their first byte. Says how many bytes were sent.
pub(crate) fn send(socket: BorrowedFd<'_>, bytes: &[IoSlice<'_>], fds: &[BorrowedFd<'_>]) -> Result<usize, Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(Errno::INVAL);
    }
    loop {
        match sendmsg(socket, bytes, &mut control, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}

/// Fills `bytes` and collects the descriptors that come along; they close on exec. `false` at the end of the stream.
pub(crate) fn receive(socket: BorrowedFd<'_>, bytes: &mut [u8], fds: &mut Vec<OwnedFd>) -> Result<bool, Errno> {
    let mut filled = 0;
    while filled < bytes.len() {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut place = [IoSliceMut::new(&mut bytes[filled..])];
        match recvmsg(socket, &mut place, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
            Ok(message) if message.bytes == 0 => return Ok(false),
            Ok(message) => filled += message.bytes,
        }
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                fds.extend(received);
            }
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_arrive_as_they_were_sent() {
        let status = ExitStatus {
            code: Some(3),
            signal: None,
            duration: Duration::from_millis(7),
            cpu: Duration::from_micros(9),
            max_rss: 1 << 40,
            left_alive: 2,
        };
        for reply in [
            Reply::Started { pid: 77 },
            Reply::NotStarted { stage: 7, errno: 2 },
            Reply::Ended(status),
            Reply::Ended(ExitStatus { code: None, signal: Some(9), ..status }),
        ] {
            assert_eq!(Reply::read(&reply.bytes()), Some(reply));
        }
        assert_eq!(Reply::read(&[0; Reply::LENGTH]), None);
    }
}
