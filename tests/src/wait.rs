use std::time::{Duration, Instant};

/// Long enough for a busy machine: what has not happened by then does not happen.
const LIMIT: Duration = Duration::from_secs(90);

/// Waits until something is so.
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LIMIT, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
