use infra_effect::{Effect, FileVerb, Grants, PathPattern, ProcessGrant, Trace};

/// What a run shows of whether its result depends on nothing but what was declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Why it cannot be kept; none where it can.
    pub reasons: Vec<String>,
    /// The programs that it used, by name.
    pub programs: Vec<String>,
}

/// Whether all that a step asked of the world lies in its inputs and outputs. `grants` are those that it ran with, and `confined` whether this
/// system holds programs to them.
#[must_use]
pub fn judge(trace: &Trace, grants: &Grants, inputs: &[PathPattern], outputs: &[PathPattern], confined: bool) -> Judged {
    let mut judge = Judge { inputs, outputs, judged: Judged::default() };
    for other in &trace.others {
        judge.refuse(other.clone());
    }
    for effect in &trace.effects {
        match effect {
            _ if !effect.row().cacheable => {
                judge.refuse(format!("it did {} {}, and what that does is never kept", effect.kind(), effect.target()));
            }
            Effect::File(file) => judge.file(file.verb, &file.path, trace),
            Effect::Process(process) => {
                if !judge.judged.programs.contains(&process.program) {
                    judge.judged.programs.push(process.program.clone());
                }
            }
            other => judge.refuse(format!("it did {}, of which nothing is known here", other.kind())),
        }
    }
    if !judge.judged.programs.is_empty() {
        if !confined {
            judge.refuse("this system cannot hold its programs to its inputs: `infra doctor` shows what is missing".to_owned());
        }
        for grant in &grants.process {
            judge.program(grant);
        }
    }
    judge.judged
}

struct Judge<'a> {
    inputs: &'a [PathPattern],
    outputs: &'a [PathPattern],
    judged: Judged,
}

impl Judge<'_> {
    fn refuse(&mut self, reason: String) {
        if !self.judged.reasons.contains(&reason) {
            self.judged.reasons.push(reason);
        }
    }

    fn file(&mut self, verb: FileVerb, path: &str, trace: &Trace) {
        match verb {
            FileVerb::Read | FileVerb::Stat if !self.is_known(path) => {
                self.refuse(format!("it read `{path}`, which is not in `inputs`"));
            }
            FileVerb::List => {
                let searches: Vec<&PathPattern> =
                    trace.searches.iter().filter(|(start, _)| start == path).map(|(_, pattern)| pattern).collect();
                let listed = trace
                    .effects
                    .iter()
                    .filter(|effect| matches!(effect, Effect::File(file) if file.verb == FileVerb::List && file.path == path));
                let all = if path == "." { "**".to_owned() } else { format!("{}/**", path.trim_end_matches('/')) };
                let all = PathPattern(all);
                // Where each listing was a search, what was looked for is enough.
                let wanted = if searches.len() == listed.count() { searches } else { vec![&all] };
                for pattern in wanted {
                    if !self.holds(pattern) {
                        self.refuse(format!("it looked through `{path}`, and `inputs` does not hold `{pattern}`"));
                    }
                }
            }
            FileVerb::Write | FileVerb::Remove if !matches(self.outputs, path) => {
                self.refuse(format!("it wrote `{path}`, which is not in `outputs`"));
            }
            FileVerb::CreateDirectory if !matches(self.outputs, path) && !self.leads_to_outputs(path) => {
                self.refuse(format!("it made the directory `{path}`, which is not in `outputs`"));
            }
            _ => {}
        }
    }

    /// Whether a program under this grant reaches nothing else.
    fn program(&mut self, grant: &ProcessGrant) {
        let name = &grant.program;
        if !grant.confine {
            self.refuse(format!("`{name}` may run without confinement"));
            return;
        }
        for pattern in grant.read.iter().filter(|pattern| !self.holds(pattern)).collect::<Vec<_>>() {
            self.refuse(format!("`{name}` may read `{pattern}`, which `inputs` does not hold"));
        }
        for pattern in grant.write.iter().filter(|pattern| !covers(self.outputs, pattern)).collect::<Vec<_>>() {
            self.refuse(format!("`{name}` may write `{pattern}`, which `outputs` does not hold"));
        }
        if let Some(port) = grant.connect.first().or(grant.listen.first()) {
            self.refuse(format!("`{name}` may use the network (`{port}`)"));
        }
    }

    /// Outputs are not there when the step starts, so what it reads of them it has written.
    fn is_known(&self, path: &str) -> bool {
        matches(self.inputs, path) || matches(self.outputs, path)
    }

    fn holds(&self, pattern: &PathPattern) -> bool {
        covers(self.inputs, pattern) || covers(self.outputs, pattern)
    }

    fn leads_to_outputs(&self, path: &str) -> bool {
        self.outputs
            .iter()
            .any(|pattern| pattern.fixed_prefix().strip_prefix(path).is_some_and(|rest| rest.starts_with('/') || rest.is_empty()))
    }
}

fn matches(patterns: &[PathPattern], path: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(path))
}

fn covers(patterns: &[PathPattern], wanted: &PathPattern) -> bool {
    patterns.iter().any(|pattern| pattern.covers(wanted))
}
