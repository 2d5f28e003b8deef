use super::{Freshness, key};
use infra_effect::{Grants, PathPattern, Trace};
use infra_freshness::{Facts, Kept, Project, Record, Snapshot, State, judge};
use infra_plan::{Patterns, Step};
use serde_json::Value as Json;

/// A step that has run.
pub(crate) struct After<'a> {
    pub step: &'a Step,
    pub facts: &'a Facts,
    pub patterns: &'a Patterns,
    /// With the home directory in the place of each `~/`.
    pub grants: &'a Grants,
    /// As they were before.
    pub inputs: Snapshot,
    pub reasons: Vec<String>,
    pub trace: Trace,
    /// None where it failed.
    pub output: Option<Json>,
}

impl Freshness {
    /// Keeps what a step made, where nothing else can have had a part in it; else says why not. It blocks.
    pub(crate) fn after(&self, after: After<'_>) -> (Vec<String>, Snapshot) {
        let After { step, facts, patterns, grants, inputs, mut reasons, trace, output } = after;
        let later = Snapshot::take(&self.base, &patterns.inputs, &patterns.outputs, &[&inputs]);
        let outputs = Snapshot::take(&self.base, &patterns.outputs, &[], &[]);
        let Some(output) = output else {
            let failed = State::Refused(vec!["its last run failed".to_owned()]);
            let own = if reasons.is_empty() { outputs } else { Snapshot::default() };
            let _ = self.index.put(&self.record(step, facts, failed, later, own));
            return (vec![], Snapshot::default());
        };
        let foreign = !reasons.is_empty();
        if let Some(path) = changed_meanwhile(&inputs, &later) {
            reasons.push(format!("the input `{path}` was changed while it ran"));
        }
        for (what, snapshot) in [("input", &later), ("output", &outputs)] {
            if let Some((path, why)) = snapshot.incomparable() {
                reasons.push(format!("the {what} `{path}` cannot be compared: {why}"));
            }
        }
        for pattern in patterns.outputs.iter().filter(|pattern| !pattern.0.contains('*')) {
            if outputs.at(pattern.0.trim_start_matches("./")).is_none() {
                reasons.push(format!("it did not make its output `{pattern}`"));
            }
        }
        let judged = judge(&trace, grants, &self.expanded(&patterns.inputs), &patterns.outputs, self.confined);
        if patterns.cache {
            reasons.extend(judged.reasons);
            reasons.extend(not_writable(grants, &patterns.outputs));
        }
        let mut programs = Vec::new();
        for name in judged.programs {
            match self.programs.path(&name) {
                Some(path) => programs.push((name, path)),
                None => reasons.push(format!("the program `{name}` is gone")),
            }
        }
        let paths: Vec<String> = programs.iter().map(|(_, path)| path.clone()).collect();
        let program_files = self.programs.files(&self.base, &paths, &Snapshot::default());
        let system = if programs.is_empty() { String::new() } else { self.programs.system().to_owned() };
        let state = if reasons.is_empty() { State::Done } else { State::Refused(reasons.clone()) };
        if patterns.cache && reasons.is_empty() {
            let kept = Kept {
                outputs: outputs.portable(),
                output: output.clone(),
                programs: programs.clone(),
                program_files: program_files.portable(),
                system: system.clone(),
            };
            // What cannot be kept is made again when it is asked for.
            let _ = self.store.keep(key(facts.digest(), &inputs), &kept, &Project { base: &self.base });
            let _ = self.store.prune();
        }
        // What was there before and was not its own does not become its own.
        let own = if foreign { Snapshot::default() } else { outputs.clone() };
        let record = self.record(step, facts, state, later, own);
        if let Err(error) = self.index.put(&Record { programs, program_files, system, output, ..record }) {
            reasons.push(format!("what is known of it cannot be written: {error}"));
        }
        (reasons, outputs)
    }

    fn expanded(&self, patterns: &[PathPattern]) -> Vec<PathPattern> {
        patterns.iter().map(|pattern| self.base.pattern(pattern)).collect()
    }
}

fn changed_meanwhile<'a>(before: &'a Snapshot, later: &'a Snapshot) -> Option<&'a str> {
    let gone = before.matched().find(|look| later.at(&look.path).is_none()).map(|look| look.path.as_str());
    gone.or_else(|| before.written_since(later))
}

/// Outputs are removed and brought back by the runner: the task must be allowed to write them.
fn not_writable(grants: &Grants, outputs: &[PathPattern]) -> Vec<String> {
    let writable = |pattern: &&PathPattern| {
        let programs = grants.process.iter().flat_map(|grant| &grant.write);
        grants.files.write.iter().chain(programs).any(|granted| granted.covers(pattern))
    };
    let refused = outputs.iter().filter(|pattern| !writable(pattern));
    refused.map(|pattern| format!("it may not write its output `{pattern}`: add it to `allow`")).collect()
}
