use crate::SandboxError;
use crate::cache_key::{Key, key};
use hmac::{Hmac, KeyInit as _, Mac as _};
use infra_event::Digest;
use rustix::fs::{Mode, OFlags, open};
use sha2::Sha256;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Compiled code on the disk. It is native code, so it is authenticated with a key of the machine before it is mapped, and kept in a
/// directory of its user's alone. A file is written under another name, then renamed: there is never a part of one.
#[derive(Debug)]
pub struct CodeCache {
    dir: PathBuf,
    key: Key,
}

/// The bytes of a message authentication code.
const MAC: usize = 32;

impl CodeCache {
    /// Opens the cache; makes the directory where there is none.
    ///
    /// # Errors
    /// When the directory or its key belongs to somebody else, or others can write to it.
    pub fn open(dir: &Path) -> Result<Self, SandboxError> {
        let failed = |cause: String| SandboxError::Cache { path: dir.to_owned(), cause };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| failed(error.to_string()))?;
        let metadata = fs::symlink_metadata(dir).map_err(|error| failed(error.to_string()))?;
        if !metadata.is_dir() || metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o077 != 0 {
            return Err(failed("it must be a directory of your own with mode 0700".to_owned()));
        }
        Ok(Self { dir: dir.to_owned(), key: key(&dir.join("key"))? })
    }

    /// The authenticated file of a component for an engine, open for mapping.
    pub(crate) fn find(&self, component: Digest, engine: u64) -> Option<File> {
        let path = self.path(component, engine);
        let descriptor = open(&path, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let mut file = File::from(descriptor);
        let mut code = Vec::new();
        file.read_to_end(&mut code).ok()?;
        let mac = fs::read(path.with_extension("mac")).ok()?;
        self.mac(component, engine, &code).verify_slice(&mac).ok()?;
        Some(file)
    }

    /// Keeps compiled code. A cache that cannot be written costs time, nothing else.
    pub(crate) fn keep(&self, component: Digest, engine: u64, code: &[u8]) -> std::io::Result<()> {
        let path = self.path(component, engine);
        let mac = self.mac(component, engine, code).finalize().into_bytes();
        debug_assert_eq!(mac.len(), MAC);
        self.replace(&path.with_extension("mac"), &mac)?;
        self.replace(&path, code)
    }

    fn replace(&self, path: &Path, content: &[u8]) -> std::io::Result<()> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        let draft = self.dir.join(format!("{:016x}.new", u64::from_ne_bytes(random)));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(open(&draft, flags, Mode::RUSR | Mode::WUSR)?);
        let written = file.write_all(content).and_then(|()| fs::rename(&draft, path));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// The code belongs to its component and its engine: another's file under this name is refused too.
    fn mac(&self, component: Digest, engine: u64, code: &[u8]) -> Hmac<Sha256> {
        // A key of 32 bytes is padded to the block of the hash: RFC 2104, section 2.
        let mut block = [0; 64];
        block[..self.key.len()].copy_from_slice(&self.key);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(component.as_bytes());
        mac.update(&engine.to_le_bytes());
        mac.update(code);
        mac
    }

    fn path(&self, component: Digest, engine: u64) -> PathBuf {
        self.dir.join(format!("{}-{engine:016x}.cwasm", component.hex()))
    }
}
