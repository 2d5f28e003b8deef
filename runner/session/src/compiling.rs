use crate::{Global, status};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// What takes less is not worth a line.
const WORTH_A_LINE: Duration = Duration::from_secs(1);

/// Says what is compiled where that takes long, so that a first run does not look as if it hung. Silent once dropped.
#[derive(Debug)]
pub(crate) struct Compiling(#[expect(dead_code, reason = "dropping it ends the wait")] Sender<()>);

impl Compiling {
    pub(crate) fn start(global: &Global, uses: &str) -> Self {
        let (sender, done) = channel::<()>();
        let (global, text) = (global.clone(), format!("compiling {uses}, which is kept for the next time"));
        // Without the thread nothing is said.
        let _ = std::thread::Builder::new().name("compiling".to_owned()).spawn(move || {
            if done.recv_timeout(WORTH_A_LINE) == Err(RecvTimeoutError::Timeout) {
                status::say(&global, text);
            }
        });
        Self(sender)
    }
}
