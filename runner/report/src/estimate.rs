use crate::duration_text::duration_text;
use infra_event::{Event, StepId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// How long a run still takes, by how long its steps usually take.
#[derive(Debug, Default)]
pub(crate) struct Estimate {
    /// All steps, each behind those that it needs.
    order: Vec<StepId>,
    needs: BTreeMap<StepId, Vec<StepId>>,
    usual: BTreeMap<StepId, u64>,
    started: BTreeMap<StepId, Instant>,
    ended: BTreeSet<StepId>,
}

impl Estimate {
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::RunStarted { steps, about, .. } => {
                *self = Self::default();
                for step in steps {
                    self.needs.insert(step.step, step.needs.clone());
                    if let Some(usual) = about.usual.get(&step.name) {
                        self.usual.insert(step.step, *usual);
                    }
                }
                self.order = ordered(&self.needs);
            }
            Event::StepStarted { step, .. } => {
                self.started.entry(*step).or_insert_with(Instant::now);
            }
            Event::StepFinished { step, .. } => {
                self.ended.insert(*step);
            }
            _ => {}
        }
    }

    /// How long a step usually takes, where that is long enough to be waited for.
    pub fn usual(&self, step: StepId) -> Option<u64> {
        const WORTH_A_WORD: u64 = 2_000;
        self.usual.get(&step).copied().filter(|usual| *usual >= WORTH_A_WORD)
    }

    /// How many steps have ended, of all.
    pub fn done(&self) -> (usize, usize) {
        (self.ended.len(), self.needs.len())
    }

    /// What is left, in milliseconds: the longest way through the steps that have not ended. None where of one of them nothing is known.
    pub fn left(&self) -> Option<u64> {
        let mut ends: BTreeMap<StepId, u64> = BTreeMap::new();
        for step in self.order.iter().filter(|step| !self.ended.contains(step)) {
            let usual = *self.usual.get(step)?;
            let own = usual.saturating_sub(self.elapsed(*step));
            let before = self.needs.get(step).into_iter().flatten().filter_map(|need| ends.get(need)).max().copied().unwrap_or(0);
            ends.insert(*step, before.saturating_add(own));
        }
        ends.into_values().max()
    }

    /// `3 of 9 done, about 1m 04s left`. None where that is not known, or over at once.
    pub fn in_words(&self) -> Option<String> {
        const WORTH_A_LINE: u64 = 2_000;
        let left = self.left().filter(|left| *left >= WORTH_A_LINE)?;
        let (done, all) = self.done();
        // In whole seconds: it is a guess.
        let left = duration_text(left / 1_000 * 1_000).replace(".0s", "s");
        Some(if all > 1 { format!("{done} of {all} done, about {left} left") } else { format!("about {left} left") })
    }

    /// How far the run is, in percent: by time where it is known of all steps, else by their number.
    pub fn percent(&self) -> u8 {
        let (done, all) = self.done();
        let known = self.needs.keys().all(|step| self.usual.contains_key(step));
        let (part, whole) = if known {
            let of = |step: &StepId| self.usual.get(step).copied().unwrap_or(0).max(1);
            let passed = |step: &StepId| if self.ended.contains(step) { of(step) } else { of(step).min(self.elapsed(*step)) };
            (self.needs.keys().map(passed).sum(), self.needs.keys().map(of).sum())
        } else {
            (done as u64, all as u64)
        };
        u8::try_from(part.saturating_mul(100) / u64::max(whole, 1)).unwrap_or(100).min(100)
    }

    fn elapsed(&self, step: StepId) -> u64 {
        let since = self.started.get(&step).filter(|_| !self.ended.contains(&step));
        since.map_or(0, |since| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

/// The steps, each behind those that it needs. What goes round is left out.
fn ordered(needs: &BTreeMap<StepId, Vec<StepId>>) -> Vec<StepId> {
    let mut open: BTreeMap<StepId, usize> = needs.iter().map(|(step, needs)| (*step, needs.len())).collect();
    let mut followers: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
    for (step, needs) in needs {
        needs.iter().for_each(|need| followers.entry(*need).or_default().push(*step));
    }
    let mut order: Vec<StepId> = open.iter().filter(|(_, count)| **count == 0).map(|(step, _)| *step).collect();
    let mut at = 0;
    while let Some(step) = order.get(at).copied() {
        at += 1;
        for follower in followers.get(&step).into_iter().flatten() {
            if let Some(count) = open.get_mut(follower) {
                *count -= 1;
                if *count == 0 {
                    order.push(*follower);
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{finished, run_started, started};

    /// Steps with what they need and how long they usually take.
    fn estimate(steps: &[(&[u32], Option<u64>)]) -> Estimate {
        let names: Vec<String> = (0..steps.len()).map(|number| format!("s{number}")).collect();
        let mut event = run_started(&names.iter().map(String::as_str).collect::<Vec<_>>());
        if let Event::RunStarted { steps: infos, about, .. } = &mut event {
            for (info, (needs, usual)) in infos.iter_mut().zip(steps) {
                info.needs = needs.iter().copied().map(StepId).collect();
                about.usual.extend(usual.map(|usual| (info.name.clone(), usual)));
            }
        }
        let mut estimate = Estimate::default();
        estimate.observe(&event);
        estimate
    }

    #[test]
    fn what_is_left_is_the_longest_way() {
        let mut estimate = estimate(&[(&[2], Some(30_000)), (&[], Some(50_000)), (&[], Some(40_000))]);
        assert_eq!((estimate.left(), estimate.percent()), (Some(70_000), 0));
        assert_eq!(estimate.in_words().unwrap(), "0 of 3 done, about 1m 10s left");
        estimate.observe(&finished(2, true));
        assert_eq!((estimate.left(), estimate.percent()), (Some(50_000), 33));
        estimate.observe(&finished(1, true));
        estimate.observe(&started(0, 1));
        assert!(estimate.left().is_some_and(|left| left <= 30_000));
        estimate.observe(&finished(0, true));
        assert_eq!((estimate.left(), estimate.in_words(), estimate.percent()), (None, None, 100));
    }

    #[test]
    fn nothing_is_guessed_where_a_step_is_new() {
        let mut estimate = estimate(&[(&[], Some(30_000)), (&[0], None)]);
        assert_eq!((estimate.left(), estimate.usual(StepId(0)), estimate.usual(StepId(1))), (None, Some(30_000), None));
        estimate.observe(&finished(0, true));
        assert_eq!(estimate.percent(), 50);
        assert_eq!(Estimate::default().percent(), 0);
    }

    #[test]
    fn steps_that_go_round_are_no_trouble() {
        let estimate = estimate(&[(&[1], Some(3_000)), (&[0], Some(3_000)), (&[], Some(2_500))]);
        assert_eq!(estimate.in_words().unwrap(), "0 of 3 done, about 2s left");
    }
}
