//! All checks side by side, each until it passes or there is no more hope.

use crate::attempt::Attempt;
use crate::check::Check;
use infra::{Error, Waitable, after, wait_any};
use std::time::{Duration, Instant};

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What became of a check.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) result: Result<String, Error>,
    pub(crate) attempts: u32,
    pub(crate) duration: Duration,
}

struct Slot<'c> {
    check: &'c Check,
    state: State,
    begun: Option<Instant>,
    attempts: u32,
    pause: Duration,
}

enum State {
    Waiting(Instant),
    Running(Attempt, Instant),
    Done(Outcome),
}

/// Runs the checks; their outcomes, in their order. `tell` hears of each as it ends.
pub(crate) fn run(checks: &[Check], parallel: usize, once: bool, mut tell: impl FnMut(&Check, &Outcome)) -> Vec<Outcome> {
    let now = Instant::now();
    let mut slots: Vec<Slot> = checks
        .iter()
        .map(|check| Slot { check, state: State::Waiting(now), begun: None, attempts: 0, pause: check.backoff })
        .collect();
    loop {
        start_due(&mut slots, parallel, once, &mut tell);
        if slots.iter().all(|slot| matches!(slot.state, State::Done(_))) {
            break;
        }
        let ready = wait(&slots, parallel);
        let now = Instant::now();
        for (index, slot) in slots.iter_mut().enumerate() {
            let State::Running(attempt, until) = &mut slot.state else { continue };
            if ready.contains(&index) {
                match attempt.step(slot.check) {
                    Ok(None) => {}
                    Ok(Some(detail)) => slot.end(Ok(detail), once, &mut tell),
                    Err(error) => slot.end(Err(error), once, &mut tell),
                }
            } else if now >= *until {
                let error = Error::new("timeout", format!("no answer within {:?}", slot.check.timeout));
                slot.end(Err(error), once, &mut tell);
            }
        }
    }
    slots
        .into_iter()
        .filter_map(|slot| match slot.state {
            State::Done(outcome) => Some(outcome),
            _ => None,
        })
        .collect()
}

fn start_due(slots: &mut [Slot], parallel: usize, once: bool, tell: &mut impl FnMut(&Check, &Outcome)) {
    let mut running = slots.iter().filter(|slot| matches!(slot.state, State::Running(..))).count();
    for slot in slots {
        let now = Instant::now();
        let due = matches!(&slot.state, State::Waiting(at) if *at <= now);
        if !due || running >= parallel {
            continue;
        }
        let begun = *slot.begun.get_or_insert(now);
        slot.attempts += 1;
        match Attempt::start(slot.check) {
            Ok(attempt) => {
                running += 1;
                let until = (now + slot.check.timeout).min(begun + slot.check.deadline);
                slot.state = State::Running(attempt, until);
            }
            Err(error) => slot.end(Err(error), once, tell),
        }
    }
}

/// Waits until something can go on or its time is over; the slots that can.
fn wait(slots: &[Slot], parallel: usize) -> Vec<usize> {
    let running: Vec<(usize, &Attempt)> = slots
        .iter()
        .enumerate()
        .filter_map(|(index, slot)| match &slot.state {
            State::Running(attempt, _) => Some((index, attempt)),
            _ => None,
        })
        .collect();
    let next = slots.iter().filter_map(|slot| match &slot.state {
        State::Running(_, until) => Some(*until),
        State::Waiting(at) if running.len() < parallel => Some(*at),
        _ => None,
    });
    let pause = next.min().map_or(LONGEST_PAUSE, |next| next.saturating_duration_since(Instant::now()));
    let timer = after(pause);
    let mut indices = Vec::new();
    let mut things: Vec<&dyn Waitable> = Vec::new();
    for (index, attempt) in running {
        if let Some(thing) = attempt.waitable() {
            indices.push(index);
            things.push(thing);
        }
    }
    things.push(&timer);
    wait_any(&things).into_iter().filter_map(|ready| indices.get(ready).copied()).collect()
}

impl Slot<'_> {
    fn end(&mut self, result: Result<String, Error>, once: bool, tell: &mut impl FnMut(&Check, &Outcome)) {
        let now = Instant::now();
        let begun = *self.begun.get_or_insert(now);
        let hopeless =
            |error: &Error| matches!(error.code.as_str(), "denied" | "invalid" | "unknown-until-applied" | "unsupported");
        let again = match &result {
            Ok(_) => false,
            Err(error) => {
                !once && !hopeless(error) && self.attempts < self.check.attempts && now + self.pause < begun + self.check.deadline
            }
        };
        if again {
            self.state = State::Waiting(now + self.pause);
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            return;
        }
        let outcome = Outcome { result, attempts: self.attempts, duration: now - begun };
        tell(self.check, &outcome);
        self.state = State::Done(outcome);
    }
}
