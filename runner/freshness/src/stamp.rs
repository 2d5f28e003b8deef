use rustix::fs::Stat;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the file system says of a file without reading it: while it is the same, so is the content. A shortcut before the hash.
///
/// Device, inode, mode, size, and the times of the last change of the content and of the inode, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp(u64, u64, u32, u64, i64, i64);

/// A change within the same tick of the kernel's clock cannot be told by the times. Ticks are at most 10 ms.
const TICK: Duration = Duration::from_millis(25);

impl Stamp {
    /// Of what `stat` says.
    #[must_use]
    #[expect(clippy::useless_conversion, reason = "the types of the fields differ between systems")]
    pub fn of(stat: &Stat) -> Self {
        let time = |seconds: i64, nanoseconds: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds);
        let (content, inode) = (i64::try_from(stat.st_mtime_nsec), i64::try_from(stat.st_ctime_nsec));
        Self(
            u64::try_from(stat.st_dev).unwrap_or(u64::MAX),
            u64::try_from(stat.st_ino).unwrap_or(u64::MAX),
            u32::from(stat.st_mode),
            u64::try_from(stat.st_size).unwrap_or(u64::MAX),
            time(stat.st_mtime.into(), content.unwrap_or(0)),
            time(stat.st_ctime.into(), inode.unwrap_or(0)),
        )
    }

    /// Whether a later change would show in the times, for a stamp that was taken at this time.
    #[must_use]
    pub fn settled(&self, at: SystemTime) -> bool {
        let at = at.checked_sub(TICK).and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let at = i64::try_from(at.as_nanos()).unwrap_or(i64::MAX);
        self.4 < at && self.5 < at
    }
}
