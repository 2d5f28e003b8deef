use futures_util::future::BoxFuture;
use infra_event::{ErrorCode, TaskError};
use infra_gate::Permit;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Undoes what was made. It may be done twice.
pub type Undo = Arc<dyn Fn() -> BoxFuture<'static, Result<(), TaskError>> + Send + Sync>;

/// How long a creation that was cancelled may take to answer, before what it may have made is looked for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Performs a short write that is never cut in the middle: where the step is cancelled, it ends first, and then is undone if it can be.
/// Where its answer is lost, nobody knows whether it happened, and it is undone as well.
///
/// # Errors
/// The work's own.
pub async fn carry_through<T: Send + 'static>(
    mut permit: Permit,
    work: impl Future<Output = Result<T, TaskError>> + Send + 'static,
    undo: Option<Undo>,
) -> Result<T, TaskError> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut task = tokio::spawn(async move {
        let _ = sender.send(work.await);
    });
    let on_cancel = undo.clone();
    permit.on_cancel(move || {
        Box::pin(async move {
            let Some(undo) = on_cancel else {
                let _ = task.await;
                return Ok(());
            };
            if tokio::time::timeout(PATIENCE, &mut task).await.is_err() {
                task.abort();
            }
            undo().await
        })
    });
    let result = receiver.await.unwrap_or_else(|_| Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")));
    if let (Err(error), Some(undo)) = (&result, undo)
        && matches!(error.code.as_str(), ErrorCode::UNAVAILABLE | ErrorCode::TIMEOUT)
        && undo().await.is_err()
    {
        // In doubt: it is tried again before the step ends, and at resume.
        drop(permit);
        return result;
    }
    permit.end(result)
}
