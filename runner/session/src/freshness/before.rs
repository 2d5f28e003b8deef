use super::{Freshness, key, now};
use infra_freshness::{Facts, Kept, Kind, Project, Record, Snapshot, State, Taken};
use infra_plan::{Patterns, Step};
use serde_json::Value as Json;
use std::io;

/// What is to be done with a step.
#[derive(Debug)]
pub(crate) enum Before {
    /// Nothing: this is its result.
    Fresh { output: Json, restored: bool, outputs: Snapshot },
    /// It runs, with these inputs.
    Run {
        inputs: Snapshot,
        /// Why what it makes will not be kept, as far as that is known.
        reasons: Vec<String>,
    },
}

impl Freshness {
    /// Looks closely at a step whose stamps are not enough. It blocks.
    pub(crate) fn before(&self, step: &Step, facts: &Facts, patterns: &Patterns) -> io::Result<Before> {
        self.index.refresh()?;
        let mut record = self.index.get(&step.name);
        let (inputs, mut outputs) = self.look(patterns, record.as_ref());
        if !self.force {
            if let Some(output) = self.is_done(record.as_ref(), facts, &inputs, &outputs) {
                return Ok(Before::Fresh { output, restored: false, outputs });
            }
            if patterns.cache {
                if let Some(fresh) = self.bring_back(step, facts, &inputs, &outputs, record.as_ref())? {
                    return Ok(fresh);
                }
                record = self.index.get(&step.name);
                outputs = Snapshot::take(&self.base, &patterns.outputs, &[], &[&outputs]);
            }
        }
        let mut reasons = Vec::new();
        let mut state = State::Refused(vec!["its last run did not end".to_owned()]);
        let mut own = Snapshot::default();
        if patterns.cache {
            match (Project { base: &self.base }).take_away(&outputs, record.as_ref())? {
                Taken::All => state = State::Started,
                Taken::Foreign(path) => {
                    reasons.push(format!("`{path}` was there before and is not known to be its own: remove it once"));
                    own = record.map(|record| record.outputs).unwrap_or_default();
                }
            }
        }
        self.index.put(&self.record(step, facts, state, inputs.clone(), own))?;
        Ok(Before::Run { inputs, reasons })
    }

    /// The result that the step had, where nothing has changed. It blocks.
    pub(crate) fn done(&self, step: &Step, facts: &Facts, patterns: &Patterns) -> Option<Json> {
        let record = self.index.get(&step.name)?;
        let (inputs, outputs) = self.look(patterns, Some(&record));
        self.is_done(Some(&record), facts, &inputs, &outputs)
    }

    /// The result that the step had, where it is as it left everything.
    pub(crate) fn is_done(&self, record: Option<&Record>, facts: &Facts, inputs: &Snapshot, outputs: &Snapshot) -> Option<Json> {
        let record = record.filter(|record| {
            record.state == State::Done
                && record.facts == facts.digest()
                && record.inputs.is_same(inputs)
                && record.outputs.is_same(outputs)
                && inputs.incomparable().is_none()
                && self.has_programs(&record.programs, &record.program_files, &record.system)
        })?;
        let paths: Vec<String> = record.programs.iter().map(|(_, path)| path.clone()).collect();
        let program_files = self.programs.files(&self.base, &paths, &record.program_files);
        let known = Record { inputs: inputs.clone(), outputs: outputs.clone(), program_files, ..record.clone() };
        // With the stamps of now the next look is a short one. Where that cannot be kept, it is a long one.
        let _ = self.index.put(&known);
        Some(record.output.clone())
    }

    fn bring_back(
        &self,
        step: &Step,
        facts: &Facts,
        inputs: &Snapshot,
        outputs: &Snapshot,
        record: Option<&Record>,
    ) -> io::Result<Option<Before>> {
        let key = key(facts.digest(), inputs);
        let kept = self.store.find(key).filter(|_| inputs.incomparable().is_none());
        let Some(kept) = kept.filter(|kept| self.has_programs(&kept.programs, &kept.program_files, &kept.system)) else {
            return Ok(None);
        };
        // What the step has not made is not replaced.
        let foreign = outputs.matched().any(|look| {
            let replaced = kept.outputs.at(&look.path).is_none_or(|kind| *kind != look.kind);
            look.kind != Kind::Directory && replaced && !record.is_some_and(|record| record.made(&look.path))
        });
        if foreign {
            return Ok(None);
        }
        let same = kept.outputs.is_same(outputs);
        if !same {
            // Until all of it is there, what is there is the step's own.
            self.index.put(&self.record(step, facts, State::Started, inputs.clone(), Snapshot::default()))?;
            if (Project { base: &self.base }).bring_back(&kept.outputs, outputs, record, &self.store).is_err() {
                self.store.forget(key);
                return Ok(None);
            }
        }
        let patterns: Vec<_> = kept.outputs.matched().map(|look| infra_effect::PathPattern(look.path.clone())).collect();
        let there = Snapshot::take(&self.base, &patterns, &[], &[outputs]);
        if !there.is_same(&kept.outputs) {
            return Ok(None);
        }
        let Kept { output, programs, program_files, system, .. } = kept;
        let done = self.record(step, facts, State::Done, inputs.clone(), there.clone());
        self.index.put(&Record { programs, program_files, system, output: output.clone(), ..done })?;
        Ok(Some(Before::Fresh { output, restored: !same, outputs: there }))
    }

    pub(super) fn record(&self, step: &Step, facts: &Facts, state: State, inputs: Snapshot, outputs: Snapshot) -> Record {
        Record {
            step: step.name.clone(),
            at: now(),
            state,
            facts: facts.digest(),
            details: facts.details(),
            inputs,
            outputs,
            programs: vec![],
            program_files: Snapshot::default(),
            system: String::new(),
            output: Json::Null,
        }
    }
}
