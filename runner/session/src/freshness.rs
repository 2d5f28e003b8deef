//! Whether steps are up to date, wired: what a step is made from is compared with what the index knows.

mod after;
mod before;
mod facts;
mod told;

pub(crate) use after::After;
pub(crate) use before::Before;

use crate::directories::{Directories, make_private};
use crate::error::SessionError;
use infra_effect::Grants;
use infra_event::{Digest, StepId};
use infra_freshness::{Base, Index, Programs, Record, Snapshot, State, Store};
use infra_gate::Policy;
use infra_host::Host;
use infra_infrafile::Infrafile;
use infra_plan::{Patterns, Plan};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// What may be kept in all, where nobody says otherwise.
const STORE: u64 = 10 << 30;

/// What is known of the steps of a project, and where it is kept.
#[derive(Debug)]
pub(crate) struct Freshness {
    pub base: Base,
    pub index: Index,
    pub store: Store,
    pub programs: Programs,
    /// Every step runs.
    pub force: bool,
    /// This system holds programs to their grants.
    pub confined: bool,
    root: String,
    project: String,
    policy: String,
    environment: BTreeMap<String, String>,
    ended: Mutex<Ended>,
}

/// What steps of this run have left.
#[derive(Debug, Default)]
struct Ended {
    outputs: HashMap<StepId, Digest>,
    /// Those that changed something, or in a plan would.
    changed: HashSet<StepId>,
}

impl Freshness {
    /// None where no step of the plan says what it is made from.
    pub(crate) fn open(
        infrafile: &Infrafile,
        plan: &Plan,
        host: &Host,
        policy: &Policy,
        directories: &Directories,
        force: bool,
    ) -> Result<Option<Arc<Self>>, SessionError> {
        if plan.steps.iter().all(|step| step.up_to_date.is_none()) {
            return Ok(None);
        }
        let failed = |what: &str, error: std::io::Error| SessionError::input_output(format!("{what} cannot be read: {error}"));
        let root = infrafile.root.to_string_lossy().into_owned();
        let directory = directories.state.join("up-to-date").join(&Digest::of(root.as_bytes()).hex()[..24]);
        make_private(&directory)?;
        let programs = &host.world().programs;
        let base = Base::open(&infrafile.root, programs.home.clone()).map_err(|error| failed(&root, error))?;
        let world = Arc::clone(host.world());
        let find = Box::new(move |name: &str| world.find_program(name));
        Ok(Some(Arc::new(Self {
            index: Index::open(&directory).map_err(|error| failed("what is known of earlier runs", error))?,
            store: Store::new(directories.cache.join("outputs"), size(&programs.environment)?),
            programs: Programs::new(&base, programs.path(), find),
            base,
            force,
            confined: programs.support.files && programs.support.seccomp,
            root,
            project: infrafile.project.clone(),
            policy: policy.grants().map(json).unwrap_or_default(),
            environment: programs.environment.clone(),
            ended: Mutex::default(),
        })))
    }

    /// Whether nothing has changed, by stamps alone: nothing is read.
    pub(crate) fn glance(&self, record: &Record, facts: Digest) -> bool {
        record.state == State::Done
            && record.facts == facts
            && record.inputs.is_unchanged(&self.base)
            && record.outputs.is_unchanged(&self.base)
            && self.has_programs(&record.programs, &record.program_files, &record.system)
    }

    /// Whether the programs are those that were used.
    pub(crate) fn has_programs(&self, programs: &[(String, String)], files: &Snapshot, system: &str) -> bool {
        if programs.is_empty() {
            return true;
        }
        let paths: Vec<String> = programs.iter().map(|(_, path)| path.clone()).collect();
        system == self.programs.system()
            && self.programs.are_at(programs)
            && (files.is_unchanged(&self.base) || self.programs.files(&self.base, &paths, files).is_same(files))
    }

    /// What the patterns match now.
    fn look(&self, patterns: &Patterns, record: Option<&Record>) -> (Snapshot, Snapshot) {
        let known: Vec<&Snapshot> = record.iter().flat_map(|record| [&record.inputs, &record.outputs]).collect();
        (
            Snapshot::take(&self.base, &patterns.inputs, &patterns.outputs, &known),
            Snapshot::take(&self.base, &patterns.outputs, &[], &known),
        )
    }

    /// Remembers the outputs of a step for those that need it.
    pub(crate) fn ended(&self, step: StepId, outputs: &Snapshot) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.outputs.insert(step, outputs.digest());
    }

    /// Remembers that a step changed something, or that nobody knows.
    pub(crate) fn changed(&self, step: StepId) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).changed.insert(step);
    }

    /// Whether a step that this one comes after changes something in this plan: then what it will find is not there yet.
    pub(crate) fn follows_a_change(&self, plan: &Plan, step: StepId) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut open, mut seen) = (vec![step], HashSet::new());
        while let Some(step) = open.pop().and_then(|id| plan.step(id)) {
            for need in step.needs.iter().filter(|need| seen.insert(**need)) {
                if ended.changed.contains(need) {
                    return true;
                }
                open.push(*need);
            }
        }
        false
    }
}

/// What a result is kept under.
pub(crate) fn key(facts: Digest, inputs: &Snapshot) -> Digest {
    Digest::of(&[facts.as_bytes().as_slice(), inputs.digest().as_bytes()].concat())
}

fn json(grants: &Grants) -> String {
    serde_json::to_string(grants).unwrap_or_default()
}

fn size(environment: &BTreeMap<String, String>) -> Result<u64, SessionError> {
    let Some(text) = environment.get("INFRA_CACHE_SIZE") else { return Ok(STORE) };
    infra_infrafile::parse_size(text)
        .map_err(|error| SessionError::usage(format!("INFRA_CACHE_SIZE is wrong: {error}"), "write it as `10GiB`"))
}

fn now() -> i64 {
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
}
