use super::dockerignore::DockerIgnore;
use crate::{CanonicalPath, ProjectPaths};
use bytes::Bytes;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, MetadataExt as _};
use futures_util::Stream;
use infra_event::{ErrorCode, TaskError};
use std::io::{self, Read as _, Write};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc;

/// Bytes of the archive in one piece.
const PIECE: usize = 64 << 10;
/// Pieces that wait for the daemon.
const WAITING: usize = 16;
const IGNORE_FILE: &str = ".dockerignore";
/// Bytes of a list of what is left out.
const LONGEST_LIST: u64 = 1 << 20;

/// A directory that an image is built from. Everything is opened from its handle, so no link that is swapped in leads out of it.
pub(super) struct Context {
    directory: Dir,
    root: PathBuf,
    paths: Arc<ProjectPaths>,
    ignore: DockerIgnore,
    dockerfile: String,
}

impl Context {
    pub(super) fn open(paths: &Arc<ProjectPaths>, path: &CanonicalPath, dockerfile: &str) -> Result<Self, TaskError> {
        let invalid = |message: String, hint: &str| Err(TaskError::new(ErrorCode::INVALID, message).hint(hint));
        if dockerfile.is_empty() || dockerfile.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return invalid(
                format!("`{dockerfile}` is not a file of the build's context"),
                "name it by its path from the context",
            );
        }
        let directory = match Dir::open_ambient_dir(&path.absolute, ambient_authority()) {
            Ok(directory) => directory,
            Err(error) => {
                return invalid(
                    format!("the build's context `{}` cannot be used: {error}", path.shown),
                    "name a directory of the project",
                );
            }
        };
        if let Err(error) = directory.symlink_metadata(dockerfile) {
            return invalid(
                format!("the build's context `{}` has no `{dockerfile}`: {error}", path.shown),
                "name the Dockerfile by its path from the context",
            );
        }
        let own = format!("{dockerfile}{IGNORE_FILE}");
        // As Docker's tools do: the Dockerfile's own list comes before the context's.
        let mut ignore = None;
        for name in [own.as_str(), IGNORE_FILE] {
            if ignore.is_none() {
                ignore = list(&directory, name)?;
            }
        }
        let ignore = ignore.unwrap_or_default();
        Ok(Self {
            directory,
            root: path.absolute.clone(),
            paths: Arc::clone(paths),
            ignore: DockerIgnore::parse(&ignore),
            dockerfile: dockerfile.to_owned(),
        })
    }

    fn write(&self, to: impl Write) -> io::Result<()> {
        let mut archive = tar::Builder::new(to);
        self.write_directory(&mut archive, &self.directory, "")?;
        archive.into_inner()?.flush()
    }

    fn write_directory(&self, archive: &mut tar::Builder<impl Write>, directory: &Dir, prefix: &str) -> io::Result<()> {
        let mut entries = directory.entries()?.collect::<io::Result<Vec<_>>>()?;
        // One order, so that the daemon's cache sees the same context twice.
        entries.sort_by_key(cap_std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a name in `{prefix}` is not UTF-8")));
            };
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            if self.paths.is_protected(&self.root.join(&path)) {
                continue;
            }
            let metadata = entry.metadata()?;
            let wanted = !self.ignore.excludes(&path) || path == self.dockerfile || path == IGNORE_FILE;
            if metadata.is_dir() {
                let leads_to_the_dockerfile = self.dockerfile.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/'));
                if wanted {
                    let header = header(&metadata, tar::EntryType::Directory, 0);
                    append(archive, header, &format!("{path}/"), io::empty())?;
                }
                if wanted || leads_to_the_dockerfile || self.ignore.takes_back() {
                    self.write_directory(archive, &entry.open_dir()?, &path)?;
                }
            } else if wanted {
                self.write_leaf(archive, directory, &entry, &metadata, &path)?;
            }
        }
        Ok(())
    }

    fn write_leaf(
        &self,
        archive: &mut tar::Builder<impl Write>,
        directory: &Dir,
        entry: &cap_std::fs::DirEntry,
        metadata: &cap_std::fs::Metadata,
        path: &str,
    ) -> io::Result<()> {
        if metadata.is_symlink() {
            let target = directory.read_link_contents(entry.file_name())?;
            let mut header = header(metadata, tar::EntryType::Symlink, 0);
            return archive.append_link(&mut header, path, target);
        }
        if !metadata.is_file() {
            return Ok(());
        }
        let file = entry.open()?;
        // It may have been swapped since it was looked at.
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(());
        }
        // A file that shrinks or grows meanwhile must not break the archive's shape.
        let content = file.chain(io::repeat(0)).take(metadata.len());
        append(archive, header(&metadata, tar::EntryType::Regular, metadata.len()), path, content)
    }
}

/// The text of a list of what is left out, where there is one. One that cannot be read leaves nothing out, so it is an error.
fn list(directory: &Dir, name: &str) -> Result<Option<String>, TaskError> {
    let refused = |why: String| {
        Err(TaskError::new(ErrorCode::INVALID, format!("the build's `{name}` cannot be used: {why}"))
            .hint("make it a text file of the build's context"))
    };
    if directory.symlink_metadata(name).is_err() {
        return Ok(None);
    }
    // A pipe would never end.
    match directory.metadata(name) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= LONGEST_LIST => {}
        Ok(_) => return refused(format!("it is no file of at most {LONGEST_LIST} bytes")),
        Err(error) => return refused(error.to_string()),
    }
    directory.read_to_string(name).map(Some).or_else(|error| refused(error.to_string()))
}

fn append(archive: &mut tar::Builder<impl Write>, mut header: tar::Header, path: &str, content: impl io::Read) -> io::Result<()> {
    archive.append_data(&mut header, path, content)
}

/// As Docker's tools write it: everything belongs to root.
fn header(metadata: &cap_std::fs::Metadata, kind: tar::EntryType, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(metadata.mode() & 0o7777);
    header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or(0));
    header.set_uid(0);
    header.set_gid(0);
    header
}

/// Writes the archive on a thread of its own; the second value says why it failed.
pub(super) fn archive(context: Context) -> (impl Stream<Item = io::Result<Bytes>> + Send + 'static, Arc<OnceLock<String>>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let failure = Arc::new(OnceLock::new());
    let told = Arc::clone(&failure);
    tokio::task::spawn_blocking(move || {
        let pieces = io::BufWriter::with_capacity(PIECE, Pieces(sender.clone()));
        if let Err(error) = context.write(pieces) {
            let _ = told.set(error.to_string());
            let _ = sender.blocking_send(Err(error));
        }
    });
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    (stream, failure)
}

struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
