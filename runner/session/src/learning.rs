use crate::grant_use::parts;
use crate::within::is_shell;
use infra_effect::{
    ArgumentPatterns, DockerGrant, DockerVerb, Effect, Grants, Key, Nature, PathPattern, PortPattern, ProcessGrant, TextPattern,
    Trace, sayable, smallest,
};
use infra_gate::Masker;
use infra_infrafile::Infrafile;
use std::sync::{Mutex, PoisonError};

/// A task that is learned: what it may do meanwhile, and what was seen of it.
#[derive(Debug)]
pub(crate) struct Learning {
    pub task: String,
    /// What its `allow` says.
    own: Grants,
    /// The bound that was given.
    within: Grants,
    /// What a plan may ask for besides: it performs no write.
    plan: Grants,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    effects: Vec<Effect>,
    refused: Vec<Effect>,
    searches: Vec<PathPattern>,
    /// What `run` grants by itself.
    spelled_out: Grants,
    declared: Grants,
    masker: Option<Masker>,
}

/// What was learned.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// The smallest grants that cover what was seen.
    pub allow: Grants,
    /// What lay outside of the bound.
    pub refused: Vec<Effect>,
    /// What is never learned, in words.
    pub never: Vec<String>,
}

impl Learning {
    /// `run` is false for a plan.
    pub(crate) fn new(task: &str, own: &Grants, within: Grants, run: bool) -> Self {
        let plan = if run { Grants::default() } else { in_a_plan() };
        Self { task: task.to_owned(), own: own.clone(), within, plan, seen: Mutex::default() }
    }

    /// Opens the task as far as the bound goes.
    pub(crate) fn open(&self, infrafile: &mut Infrafile) {
        if let Some(task) = infrafile.tasks.get_mut(&self.task) {
            task.allow.extend(&self.within);
            task.allow.extend(&self.plan);
        }
    }

    /// Takes down what the task's component asks for.
    pub(crate) fn declares(&self, needed: &Grants) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).declared.extend(needed);
    }

    /// Takes down what an attempt has asked of the world; `grants` are those that it had.
    pub(crate) fn saw(&self, trace: Trace, grants: &Grants, masker: &Masker) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for effect in trace.effects.into_iter().chain(trace.unchanged) {
            if !seen.effects.contains(&effect) {
                seen.effects.push(effect);
            }
        }
        for effect in trace.refused {
            if !seen.refused.contains(&effect) {
                seen.refused.push(effect);
            }
        }
        seen.searches.extend(trace.searches.into_iter().map(|(_, pattern)| pattern));
        let known = |grants: &dyn Fn(&Grants) -> bool| [&self.own, &self.within, &self.plan].into_iter().any(grants);
        let programs = grants.process.iter().filter(|grant| !known(&|known| known.process.contains(grant)));
        let secrets = grants.secrets.iter().filter(|grant| !known(&|known| known.secrets.contains(grant)));
        seen.spelled_out.process.extend(programs.cloned());
        seen.spelled_out.secrets.extend(secrets.cloned());
        seen.masker = Some(masker.clone());
    }

    /// What is learned of all that.
    pub(crate) fn learned(&self) -> Learned {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut learned = Learned { refused: seen.refused.clone(), ..Learned::default() };
        let (mut effects, mut programs) = (Vec::new(), Vec::new());
        for effect in &seen.effects {
            if let Some(why) = self.never(effect) {
                learned.never.push(why);
            }
            // A program that ran without confinement is learned with it.
            let unconfined = matches!(effect, Effect::Process(process) if process.unconfined && !is_shell(&process.program));
            if self.never(effect).is_some() && !unconfined {
                continue;
            }
            if let Effect::Process(process) = effect {
                if seen.spelled_out.process_grants(process).next().is_some() {
                    // What its program reads and writes leaves no trace: it keeps what it had.
                    for files in [&self.own.files, &self.within.files] {
                        learned.allow.files.read.extend_from_slice(&files.read);
                        learned.allow.files.write.extend_from_slice(&files.write);
                    }
                    continue;
                }
                let had = [&self.own, &self.within].into_iter().find_map(|grants| grants.process_grants(process).next());
                let exactly = ProcessGrant::exactly(&process.program, &process.args);
                let mut grant =
                    had.map_or_else(|| exactly.clone(), |had| ProcessGrant { program: exactly.program.clone(), ..had.clone() });
                grant.confine = true;
                grant.args = ArgumentPatterns(process.args.iter().map(|arg| argument(arg, seen.masker.as_ref())).collect());
                programs.push(grant);
            } else if !matches!(effect, Effect::Secret(_)) || seen.spelled_out.check(effect, Key::Infrafile).is_err() {
                effects.push(effect.clone());
            }
        }
        let small = smallest(&effects, &seen.searches, programs);
        learned.allow.extend(&small);
        self.add_declared(&seen, &mut learned);
        learned.allow.files.read = once(std::mem::take(&mut learned.allow.files.read));
        learned.allow.files.write = once(std::mem::take(&mut learned.allow.files.write));
        learned.never.dedup();
        learned
    }

    /// What the component asks for beforehand must be granted as well, or it does not start.
    fn add_declared(&self, seen: &Seen, learned: &mut Learned) {
        for part in parts(&seen.declared) {
            let Ok(mut part) = serde_json::from_value::<Grants>(part) else { continue };
            if part.process.iter().any(|grant| {
                is_shell(&grant.program.0) && !seen.spelled_out.process.iter().any(|own| own.program == grant.program)
            }) {
                learned.never.push("it asks for a shell".to_owned());
                continue;
            }
            if part.secrets.iter_mut().any(|grant| std::mem::take(&mut grant.reveal)) {
                learned.never.push("it asks for the text of a secret".to_owned());
            }
            for option in part.docker.iter_mut().flat_map(|grant| std::mem::take(&mut grant.options)) {
                learned.never.push(format!("it asks for the Docker option `{option}`"));
            }
            let mut has = learned.allow.clone();
            has.extend(&seen.spelled_out);
            if !has.missing(&part).is_empty() {
                learned.allow.extend(&part);
            }
        }
    }

    /// Why an effect is not learned.
    fn never(&self, effect: &Effect) -> Option<String> {
        let told = |why: &str| Some(format!("{} {}: {why}", effect.kind(), effect.summary()));
        match effect {
            Effect::Process(process) if is_shell(&process.program) => told("a shell"),
            Effect::Process(process) if process.unconfined => told("without confinement"),
            Effect::Docker { effect: docker, .. } if docker.container.iter().any(|container| !container.options.is_empty()) => {
                told("a container with weaker isolation")
            }
            Effect::Kubernetes { effect: kubernetes, .. } if kubernetes.contents && effect.row().nature == Nature::Read => {
                told("what a Secret holds")
            }
            Effect::Secret(secret) if secret.to.is_none() => told("the text of a secret"),
            _ if !sayable(effect) => told("its name holds a star or a tilde, so that a pattern of it would say more"),
            _ => None,
        }
    }

    /// Whether it was the policy that refused.
    pub(crate) fn allows(&self, effect: &Effect) -> bool {
        [&self.own, &self.within, &self.plan].iter().any(|grants| grants.check(effect, Key::Infrafile).is_ok())
    }
}

/// A secret is no part of an Infrafile: any argument may stand in its place.
fn argument(arg: &str, masker: Option<&Masker>) -> String {
    match masker {
        Some(masker) if masker.mask(arg) != arg => "*".to_owned(),
        _ => ArgumentPatterns::literal(arg),
    }
}

fn once(patterns: Vec<PathPattern>) -> Vec<PathPattern> {
    let mut kept: Vec<PathPattern> = Vec::new();
    for pattern in patterns {
        if !kept.contains(&pattern) {
            kept.push(pattern);
        }
    }
    kept
}

/// What a plan may do while it learns: look at the project and at what Docker has here, and say what it would write. It asks no server and no
/// registry, so that nothing that it reads leaves this machine.
fn in_a_plan() -> Grants {
    let everything = || vec![TextPattern("**".to_owned())];
    let project = || vec![PathPattern("**".to_owned())];
    let mut grants = Grants::default();
    (grants.files.read, grants.files.write) = (project(), project());
    grants.process.push(ProcessGrant { args: ArgumentPatterns::any(), ..ProcessGrant::exactly("**", &[]) });
    let verbs = DockerVerb::ALL.map(|(verb, _)| verb).into_iter().filter(|verb| *verb != DockerVerb::Pull).collect();
    let ports = vec![PortPattern("*:*".to_owned())];
    grants.docker.push(DockerGrant {
        images: everything(),
        verbs,
        mounts: project(),
        ports,
        contexts: project(),
        ..DockerGrant::default()
    });
    grants
}
