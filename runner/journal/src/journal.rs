use crate::message::Message;
use crate::writer::Writer;
use crate::{JournalError, JournalHandle, Retention};
use infra_event::RunId;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// The journal of one run, open for writing.
#[derive(Debug)]
pub struct Journal {
    handle: JournalHandle,
    /// Dropped with the journal: it writes what is still to be written.
    _writer: WriterThread,
    /// Where a damaged journal was put, if there was one.
    pub set_aside: Option<PathBuf>,
}

/// A journal that is being opened, on its own thread.
#[derive(Debug)]
pub struct Opening {
    handle: JournalHandle,
    writer: WriterThread,
    opened: Receiver<Result<Option<PathBuf>, JournalError>>,
}

/// Ends with what it still has to write.
#[derive(Debug)]
struct WriterThread {
    messages: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

impl Journal {
    /// Opens the journal for a run in the project at `root`.
    ///
    /// # Errors
    /// When the file can neither be opened nor set aside.
    pub fn open(path: &Path, run: RunId, root: &Path) -> Result<Self, JournalError> {
        Self::begin(path, run, root, Retention::default())?.wait()
    }

    /// As [`Self::open`], with the runs that are kept.
    ///
    /// # Errors
    /// When the file can neither be opened nor set aside.
    pub fn open_keeping(path: &Path, run: RunId, root: &Path, retention: Retention) -> Result<Self, JournalError> {
        Self::begin(path, run, root, retention)?.wait()
    }

    /// Begins to open it. Meanwhile there is other work.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn begin(path: &Path, run: RunId, root: &Path, retention: Retention) -> Result<Opening, JournalError> {
        let (messages, received) = channel();
        let (told, opened) = channel();
        let failure = Arc::new(Mutex::new(None));
        let (file, root, noted) = (path.to_owned(), root.display().to_string(), Arc::clone(&failure));
        let work = move || match Writer::open(file, run, root, retention, noted) {
            Ok((mut writer, set_aside)) => {
                let _ = told.send(Ok(set_aside));
                writer.work(&received);
            }
            Err(error) => drop(told.send(Err(error))),
        };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(work)
            .map_err(|error| JournalError::Open { path: path.to_owned(), cause: error.to_string() })?;
        let handle = JournalHandle::new(messages.clone(), thread.thread().clone(), failure);
        Ok(Opening { handle, writer: WriterThread { messages, thread: Some(thread) }, opened })
    }

    /// A way to write into it.
    #[must_use]
    pub fn handle(&self) -> JournalHandle {
        self.handle.clone()
    }
}

impl Opening {
    /// Waits until it is open.
    ///
    /// # Errors
    /// When the file can neither be opened nor set aside.
    pub fn wait(self) -> Result<Journal, JournalError> {
        let set_aside = self.opened.recv().unwrap_or_else(|_| Err(JournalError::Write("its writer has ended".to_owned())))?;
        Ok(Journal { handle: self.handle, _writer: self.writer, set_aside })
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::Close);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
