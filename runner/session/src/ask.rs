use crate::error::SessionError;
use infra_event::ExitCode;
use std::io::{IsTerminal as _, Write as _};
use tokio::signal::unix::{SignalKind, signal};

/// Whether somebody is there to answer.
pub(crate) fn somebody_is_there() -> bool {
    std::io::stdin().is_terminal() && !infra_report::in_ci()
}

/// Asks on standard error, and waits for a line. An interruption ends the run before anything was done.
pub(crate) async fn ask(question: &str) -> Result<String, SessionError> {
    eprint!("{question}");
    let _ = std::io::stderr().flush();
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        let _ = std::io::stdin().read_line(&mut line);
        line
    });
    let stopped = |code| {
        eprintln!();
        Err(SessionError::Failed { message: "interrupted; nothing was run".to_owned(), hint: None, code })
    };
    let Ok(mut terminated) = signal(SignalKind::terminate()) else { return Ok(answer(line.await)) };
    tokio::select! {
        line = line => Ok(answer(line)),
        _ = tokio::signal::ctrl_c() => stopped(ExitCode::Interrupted),
        _ = terminated.recv() => stopped(ExitCode::Terminated),
    }
}

fn answer<E>(line: Result<String, E>) -> String {
    line.unwrap_or_default().trim().to_owned()
}
