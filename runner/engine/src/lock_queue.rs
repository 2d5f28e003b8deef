use infra_event::StepId;
use std::collections::{HashMap, HashSet, VecDeque};

/// Who holds which lock, and who waits for it. A step takes all of its locks at once, so no two wait for each other.
#[derive(Debug, Default)]
pub(crate) struct LockQueue {
    taken: HashSet<String>,
    /// Each waiting step stands in the queue of one lock that it lacks.
    waiting: HashMap<String, VecDeque<StepId>>,
}

impl LockQueue {
    /// `None` where all are free. Else the step waits for one that is not, and for each of the others that is free another step may go on.
    pub(crate) fn wait(&mut self, step: StepId, locks: &[String]) -> Option<Vec<StepId>> {
        let lacking = locks.iter().find(|lock| self.taken.contains(*lock))?;
        self.waiting.entry(lacking.clone()).or_default().push_back(step);
        Some(self.wake(locks))
    }

    pub(crate) fn take(&mut self, locks: &[String]) {
        self.taken.extend(locks.iter().cloned());
    }

    /// A step has ended, which held these locks or would have taken them. Says who may go on.
    pub(crate) fn release(&mut self, locks: &[String], held: bool) -> Vec<StepId> {
        if held {
            for lock in locks {
                self.taken.remove(lock);
            }
        }
        self.wake(locks)
    }

    /// All who wait.
    pub(crate) fn wake_all(&mut self) -> Vec<StepId> {
        self.waiting.drain().flat_map(|(_, steps)| steps).collect()
    }

    /// The next in the queue of each lock that is free.
    fn wake(&mut self, locks: &[String]) -> Vec<StepId> {
        let mut woken = vec![];
        for lock in locks.iter().filter(|lock| !self.taken.contains(*lock)) {
            woken.extend(self.waiting.get_mut(lock).and_then(VecDeque::pop_front));
        }
        woken
    }
}
