use super::{Freshness, key};
use infra_event::Digest;
use infra_freshness::{State, differences};
use infra_plan::{Patterns, Plan, Prepared, Step};

impl Freshness {
    /// Whether a step is up to date, and else what has changed, for people. It blocks.
    pub(crate) fn told(
        &self,
        plan: &Plan,
        step: &Step,
        prepared: &Prepared,
        patterns: &Patterns,
        component: Digest,
    ) -> Vec<String> {
        for need in &plan.steps {
            if let Some(record) = self.index.get(&need.name).filter(|record| record.state == State::Done) {
                self.ended(need.id, &record.outputs);
            }
        }
        let facts = self.facts(plan, step, prepared, patterns, component);
        let Some(record) = self.index.get(&step.name) else { return vec!["it has not run yet".to_owned()] };
        match &record.state {
            State::Started => return vec!["it runs: its last run did not end".to_owned()],
            State::Refused(reasons) => return reasons.iter().map(|reason| format!("it runs: {reason}")).collect(),
            State::Done => {}
        }
        let (inputs, outputs) = self.look(patterns, Some(&record));
        let mut all = differences(&record, &facts.details(), &inputs, &outputs);
        if !self.has_programs(&record.programs, &record.program_files, &record.system) {
            all.push("a program that it uses, or the system's programs and libraries, have changed".to_owned());
        }
        if all.is_empty() {
            return vec!["up to date".to_owned()];
        }
        let kept = self.store.find(key(facts.digest(), &inputs));
        if kept.is_some_and(|kept| self.has_programs(&kept.programs, &kept.program_files, &kept.system)) {
            all.push("what it makes of this is kept, and is brought back".to_owned());
        }
        all
    }
}
