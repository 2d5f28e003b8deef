use futures_util::future::BoxFuture;
use infra_event::{ErrorCode, TaskError};
use infra_gate::Permit;
use std::future::Future;

/// Undoes what was made.
pub type Undo = Box<dyn FnOnce() -> BoxFuture<'static, Result<(), TaskError>> + Send>;

/// Performs a short write that is never cut in the middle: where the step is cancelled, it ends first, and then is undone if it can be.
///
/// # Errors
/// The work's own.
pub async fn carry_through<T: Send + 'static>(
    mut permit: Permit,
    work: impl Future<Output = Result<T, TaskError>> + Send + 'static,
    undo: Option<Undo>,
) -> Result<T, TaskError> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        let _ = sender.send(work.await);
    });
    permit.on_cancel(move || {
        Box::pin(async move {
            let _ = task.await;
            match undo {
                Some(undo) => undo().await,
                None => Ok(()),
            }
        })
    });
    let result = receiver.await.unwrap_or_else(|_| Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")));
    permit.end(result)
}
