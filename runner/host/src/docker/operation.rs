use crate::permit_slot::PermitSlot;
use infra_event::TaskError;
use infra_gate::Permit;
use std::future::Future;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use wasmtime_wasi::p2::Pollable;

/// How many items wait for the task before the daemon has to.
const BUFFERED: usize = 64;

/// Something under way in the background that yields items. Dropping it stops it, and its permit then counts as cancelled.
#[derive(Debug)]
pub struct Operation<T> {
    receiver: mpsc::Receiver<Result<T, TaskError>>,
    /// What `ready` has taken already.
    next: Option<Option<Result<T, TaskError>>>,
    failed: Option<TaskError>,
    // Dropped first: what is under way stops, then the permit counts as cancelled at once, not when the runtime finds the time.
    _work: AbortOnDropHandle<()>,
    _permit: PermitSlot,
}

impl<T: Send + 'static> Operation<T> {
    /// Starts the work. It sends items, and how it ends, ends the permit.
    pub fn start<W, F>(permit: Option<Permit>, work: W) -> Self
    where
        W: FnOnce(mpsc::Sender<Result<T, TaskError>>) -> F,
        F: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        Self::start_slot(PermitSlot::new(permit), work)
    }

    /// As [`Operation::start`], with a permit that others know of.
    pub(crate) fn start_slot<W, F>(permit: PermitSlot, work: W) -> Self
    where
        W: FnOnce(mpsc::Sender<Result<T, TaskError>>) -> F,
        F: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        Self::begin(permit, true, work)
    }

    /// As [`Operation::start`], but a good end leaves the permit where it is: someone else ends it, who knows more.
    pub(crate) fn start_kept<W, F>(permit: PermitSlot, work: W) -> Self
    where
        W: FnOnce(mpsc::Sender<Result<T, TaskError>>) -> F,
        F: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        Self::begin(permit, false, work)
    }

    fn begin<W, F>(permit: PermitSlot, ends: bool, work: W) -> Self
    where
        W: FnOnce(mpsc::Sender<Result<T, TaskError>>) -> F,
        F: Future<Output = Result<(), TaskError>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(BUFFERED);
        let ending = permit.share();
        let running = work(sender.clone());
        let task = tokio::spawn(async move {
            let result = running.await;
            match &result {
                Ok(()) if ends => ending.done(None),
                Ok(()) => {}
                Err(error) => ending.failed(error),
            }
            if let Err(error) = result {
                let _ = sender.send(Err(error)).await;
            }
        });
        Self { receiver, next: None, failed: None, _work: AbortOnDropHandle::new(task), _permit: permit }
    }

    /// The next item; none at the end. A failure is repeated.
    ///
    /// # Errors
    /// How the work failed.
    pub async fn next(&mut self) -> Result<Option<T>, TaskError> {
        self.ready().await;
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.next.take() {
            Some(Some(Ok(item))) => Ok(Some(item)),
            Some(Some(Err(error))) => {
                self.failed = Some(error.clone());
                Err(error)
            }
            Some(None) | None => {
                self.next = Some(None);
                Ok(None)
            }
        }
    }

    /// Waits until `next` would not wait.
    pub async fn ready(&mut self) {
        if self.next.is_none() && self.failed.is_none() {
            self.next = Some(self.receiver.recv().await);
        }
    }
}

#[wasmtime_wasi::async_trait]
impl<T: Send + 'static> Pollable for Operation<T> {
    async fn ready(&mut self) {
        Self::ready(self).await;
    }
}

/// Sends an item; false where nobody listens any more.
pub(crate) async fn send<T>(sender: &mpsc::Sender<Result<T, TaskError>>, item: T) -> bool {
    sender.send(Ok(item)).await.is_ok()
}
