use crate::{Waitable, host};
use std::time::Duration;

/// A point in time that [`wait_any`](crate::wait_any) can wait for beside what is under way.
pub struct Timer(Box<dyn Waitable>);

/// The point in time after so long. To do nothing else meanwhile, `std::thread::sleep` is enough.
#[must_use]
pub fn after(duration: Duration) -> Timer {
    Timer(host::with(|host| host.timer(duration)))
}

impl Waitable for Timer {
    fn waitable(&self) -> &dyn std::any::Any {
        self.0.waitable()
    }
}
