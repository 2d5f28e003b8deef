use infra_engine::{Interrupt, Interruption};
use tokio::signal::unix::{SignalKind, signal};

/// Turns Ctrl-C, TERM and HUP into interruptions: the first is graceful, the second forces.
pub(crate) fn listen(interrupt: Interrupt) {
    let (Ok(mut interrupted), Ok(mut terminated), Ok(mut hung_up)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return;
    };
    tokio::spawn(async move {
        loop {
            let by_term = tokio::select! {
                _ = interrupted.recv() => false,
                _ = terminated.recv() => true,
                _ = hung_up.recv() => true,
            };
            if interrupt.raise(by_term) == Interruption::Forced {
                return;
            }
        }
    });
}
