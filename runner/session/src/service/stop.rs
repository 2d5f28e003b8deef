use super::{Place, Record};
use crate::error::SessionError;
use infra_event::ExitCode;
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};

/// The time that a supervisor has after TERM: that of its programs, and a little for itself.
const GRACE: Duration = Duration::from_secs(20);
/// How long the end after KILL may take.
const END: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// Stops a service: TERM, the grace, KILL. The supervisor's spawner kills all that it had started. Says whether it still lived.
pub(crate) async fn stop(place: &Place, record: &Record) -> Result<bool, SessionError> {
    let alive = place.is_held();
    if alive {
        for (signal, time) in [(Signal::TERM, GRACE), (Signal::KILL, END)] {
            let end = Instant::now() + time;
            // Its number is its own as long as it holds its place.
            if let Some(pid) = i32::try_from(record.pid).ok().and_then(Pid::from_raw).filter(|_| place.is_held()) {
                let _ = kill_process(pid, signal);
            }
            while place.is_held() && Instant::now() < end {
                tokio::time::sleep(PAUSE).await;
            }
        }
        if place.is_held() {
            return Err(SessionError::Failed {
                message: format!("the service `{}` (process {}) does not end", record.task, record.pid),
                hint: Some("`ps` shows what it waits for".to_owned()),
                code: ExitCode::Failed,
            });
        }
    }
    place.forget();
    Ok(alive)
}
