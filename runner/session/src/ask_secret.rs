use crate::reporting::Lender;
use infra_event::{ErrorCode, TaskError};
use infra_host::Asker;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often it is looked whether the answer is still wanted.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// A longer answer was not typed.
const LONGEST: usize = 64 << 10;

/// Asks at the terminal, which the report gives up meanwhile. What is typed is not shown.
pub(crate) fn asker(lender: Lender, yes: bool) -> Asker {
    let lender = Arc::new(lender);
    Box::new(move |text| {
        let lender = Arc::clone(&lender);
        Box::pin(async move {
            let nobody = |why: &str| {
                Err(TaskError::new(ErrorCode::DENIED, format!("nobody is asked {why}"))
                    .hint("take it from another source there: `env:VARIABLE`, `file:PATH`"))
            };
            if yes {
                return nobody("with `--yes`");
            }
            if infra_report::in_ci() {
                return nobody("in CI");
            }
            let Ok(terminal) = File::options().read(true).write(true).open("/dev/tty") else {
                return nobody("without a terminal");
            };
            let _lent = lender.lend().await;
            let wanted = Wanted(Arc::new(AtomicBool::new(true)));
            let still = Arc::clone(&wanted.0);
            let answer = tokio::task::spawn_blocking(move || ask(terminal, &text, &still)).await;
            answer.unwrap_or_else(|_| Err(TaskError::new(ErrorCode::CANCELLED, "the runner is ending")))
        })
    })
}

/// Dropped with the step that wants the answer.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Shows what is typed again when it is dropped.
struct Hidden<'t>(&'t File, Termios);

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.0, OptionalActions::Now, &self.1);
    }
}

fn ask(terminal: File, text: &str, wanted: &AtomicBool) -> Result<String, TaskError> {
    let failed = |error: std::io::Error| TaskError::new(ErrorCode::INPUT_OUTPUT, format!("the terminal: {error}"));
    let shown = tcgetattr(&terminal).map_err(|error| failed(error.into()))?;
    let mut hidden = shown.clone();
    hidden.local_modes -= LocalModes::ECHO;
    hidden.local_modes |= LocalModes::ICANON | LocalModes::ISIG;
    tcsetattr(&terminal, OptionalActions::Flush, &hidden).map_err(|error| failed(error.into()))?;
    let _shown_again = Hidden(&terminal, shown);
    write!(&terminal, "{}: ", infra_report::clean_message(text)).map_err(failed)?;
    let mut answer = Vec::new();
    while wanted.load(Ordering::Relaxed) {
        let mut ready = [PollFd::new(&terminal, PollFlags::IN)];
        match poll(&mut ready, Some(&LOOK)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(failed(error.into())),
        }
        let mut piece = [0; 4096];
        let length = (&terminal).read(&mut piece).map_err(failed)?;
        answer.extend_from_slice(&piece[..length]);
        if length == 0 || answer.ends_with(b"\n") || answer.len() > LONGEST {
            let _ = writeln!(&terminal);
            return String::from_utf8(answer).map_err(|_| TaskError::new(ErrorCode::INVALID, "what was typed is not UTF-8 text"));
        }
    }
    let _ = writeln!(&terminal);
    Err(TaskError::new(ErrorCode::CANCELLED, "the step was cancelled"))
}
