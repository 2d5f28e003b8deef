use crate::built_in::built_in;
use crate::freshness::built;
use crate::read::read;
use crate::{ComponentError, Source};
use infra_event::Digest;
use std::borrow::Cow;
use std::path::PathBuf;

/// A component that is there.
#[derive(Clone, Debug)]
pub struct Found {
    /// The digest of its bytes.
    pub digest: Digest,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    Memory(&'static [u8]),
    Disk(PathBuf),
}

impl Found {
    /// Its bytes: those that have the digest, and no others.
    ///
    /// # Errors
    /// When the file cannot be read, or changed.
    pub fn bytes(&self) -> Result<Cow<'static, [u8]>, ComponentError> {
        match &self.place {
            Place::Memory(bytes) => Ok(Cow::Borrowed(bytes)),
            Place::Disk(path) => {
                let bytes = read(path)?;
                if Digest::of(&bytes) == self.digest { Ok(Cow::Owned(bytes)) } else { Err(ComponentError::Changed(path.clone())) }
            }
        }
    }
}

/// Finds a component and its digest. Nothing is hashed for a standard task, and nothing is built.
///
/// # Errors
/// When the file cannot be read; when a crate is not built, or changed since.
pub fn find(source: &Source) -> Result<Found, ComponentError> {
    match source {
        Source::BuiltIn(name) => match built_in(name) {
            Some(task) => Ok(Found { digest: task.digest, place: Place::Memory(task.bytes) }),
            None => Err(ComponentError::UnknownBuiltIn { name: (*name).to_owned(), known: String::new(), suggestion: None }),
        },
        Source::File(path) => Ok(Found { digest: Digest::of(&read(path)?), place: Place::Disk(path.clone()) }),
        Source::Crate(dir) => built(dir).map(|(digest, path)| Found { digest, place: Place::Disk(path) }),
    }
}
