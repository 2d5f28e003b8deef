use crate::attempts::defect;
use futures_util::future::BoxFuture;
use infra_event::TaskError;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use tokio::task::coop::unconstrained;

/// What takes no longer is not worth waking another thread for.
const SHORT: Duration = Duration::from_micros(500);
/// How many steps go to other threads at once after one that was not short.
const ELSEWHERE: u32 = 32;

/// Polls a new step once where it is, because most that wait for nothing end within microseconds. What is not done then goes on elsewhere.
#[derive(Debug, Default)]
pub(crate) struct FirstPoll {
    elsewhere: u32,
}

/// What became of the first poll.
pub(crate) enum Polled<T> {
    /// It has ended.
    Ended(T),
    /// It has panicked.
    Panicked(TaskError),
    /// It goes on, or was not polled yet.
    Goes(BoxFuture<'static, T>),
}

impl FirstPoll {
    pub(crate) fn poll<T>(&mut self, step: impl Future<Output = T> + Send + 'static) -> Polled<T> {
        let mut step: BoxFuture<'static, T> = Box::pin(step);
        if self.elsewhere > 0 {
            self.elsewhere -= 1;
            return Polled::Goes(step);
        }
        let begin = Instant::now();
        // Nobody has to be woken: what goes on is polled again at once, by the task that it becomes.
        let mut nobody = Context::from_waker(Waker::noop());
        let once = unconstrained(poll_fn(|context| step.as_mut().poll(context)));
        let polled = catch_unwind(AssertUnwindSafe(|| pin!(once).poll(&mut nobody)));
        if begin.elapsed() > SHORT {
            self.elsewhere = ELSEWHERE;
        }
        match polled {
            Ok(Poll::Ready(ended)) => Polled::Ended(ended),
            Ok(Poll::Pending) => Polled::Goes(step),
            Err(panic) => Polled::Panicked(defect(&text(panic.as_ref()))),
        }
    }
}

/// What a panic says.
fn text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
