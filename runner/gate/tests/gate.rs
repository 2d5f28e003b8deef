//! The gate through its door: two keys, the effect table, undoing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use infra_effect::{
    DockerEffect, DockerGrant, DockerObject, DockerVerb, Effect, EffectKind, FileEffect, FileVerb, FilesGrant, Grants, Nature,
    PathPattern, ProcessEffect, ProcessGrant,
};
use infra_event::{EffectAction, Event, Mode, RunId, StepId, TaskError};
use infra_gate::{Decision, Gate, GateConfig, Masker, Policy, StepGate};
use infra_journal::{History, Journal};
use std::path::Path;
use std::sync::{Arc, Mutex};

struct World {
    _dir: tempfile::TempDir,
    journal: Option<Journal>,
    history: History,
    run: RunId,
    events: Arc<Mutex<Vec<Event>>>,
    gate: Arc<StepGate>,
}

fn world(mode: Mode, grants: Grants, policy: Policy) -> World {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("journal.sqlite");
    let run = RunId::generate();
    let journal = Journal::open(&file, run.clone(), Path::new("/p")).unwrap();
    journal.handle().record(&Event::RunStarted {
        run: run.clone(),
        at: infra_event::Timestamp::now(),
        project: "p".into(),
        tasks: vec![],
        params: Default::default(),
        mode,
        steps: vec![],
        about: Default::default(),
    });
    let config = GateConfig { mode, policy, journal: Some(journal.handle()), masker: Masker::default() };
    let events = Arc::new(Mutex::new(vec![]));
    let seen = Arc::clone(&events);
    let gate = Gate::new(config).step(StepId(0), Arc::new(grants), Arc::new(move |event| seen.lock().unwrap().push(event)));
    World { history: History::open(&file).unwrap(), _dir: dir, journal: Some(journal), run, events, gate }
}

impl World {
    fn states(&mut self) -> Vec<String> {
        self.journal = None;
        let effects = self.history.effects(&self.run).unwrap();
        effects.into_iter().map(|effect| effect.state.word().to_owned()).collect()
    }

    fn actions(&self) -> Vec<EffectAction> {
        let action = |event: &Event| match event {
            Event::StepEffect { action, .. } => Some(*action),
            _ => None,
        };
        self.events.lock().unwrap().iter().filter_map(action).collect()
    }
}

fn write(path: &str) -> Effect {
    Effect::File(FileEffect { verb: FileVerb::Write, path: path.into() })
}

fn writing(pattern: &str) -> Grants {
    let files = FilesGrant { read: vec![], write: vec![PathPattern(pattern.into())] };
    Grants { files, ..Grants::default() }
}

#[tokio::test]
async fn both_keys_must_allow() {
    let everything = || writing("**");
    for (grants, policy, allowed) in [
        (everything(), Policy::default(), true),
        (everything(), Policy::of(everything()), true),
        (everything(), Policy::of(Grants::default()), false),
        (Grants::default(), Policy::of(everything()), false),
        (Grants::default(), Policy::default(), false),
    ] {
        let mut world = world(Mode::Run, grants, policy);
        match world.gate.admit(write("build/x")).await {
            Ok(Decision::Perform(permit)) => {
                assert!(allowed);
                permit.done(None);
                assert_eq!(world.states(), ["performed"]);
            }
            Err(error) => {
                assert!(!allowed);
                let error = TaskError::from(error);
                assert_eq!(error.code, "denied");
                assert!(error.hint.unwrap().contains(r#"files = { write = ["build/x"] }"#));
                assert_eq!(world.states(), ["refused"]);
                assert_eq!(world.actions(), [EffectAction::Refused]);
            }
            Ok(Decision::Simulate(_)) => panic!("this is no plan"),
        }
    }
}

#[tokio::test]
async fn an_intent_is_in_the_journal_before_its_effect_is_performed() {
    let world = world(Mode::Run, writing("**"), Policy::default());
    let Ok(Decision::Perform(permit)) = world.gate.admit(write("x")).await else { panic!("it is granted") };
    assert_eq!(world.history.in_doubt(&world.run).unwrap().len(), 1);
    permit.done(None);
    assert_eq!(world.gate.writes(), 1);
}

#[tokio::test]
async fn a_dropped_permit_is_undone_and_an_ended_one_is_not() {
    let mut world = world(Mode::Run, writing("**"), Policy::default());
    let undone = Arc::new(Mutex::new(vec![]));
    for (name, end) in [("a", false), ("b", true), ("c", false)] {
        let Ok(Decision::Perform(mut permit)) = world.gate.admit(write(name)).await else { panic!("it is granted") };
        let undone = Arc::clone(&undone);
        permit.on_cancel(move || {
            Box::pin(async move {
                undone.lock().unwrap().push(name);
                Ok(())
            })
        });
        if end {
            permit.done(None);
        }
    }
    assert!(undone.lock().unwrap().is_empty());
    world.gate.settle().await;
    assert_eq!(*undone.lock().unwrap(), ["c", "a"]);
    assert_eq!(world.states(), ["settled", "performed", "settled"]);
}

fn effect_of(kind: EffectKind) -> Option<Effect> {
    let file = |verb| Some(Effect::File(FileEffect { verb, path: "x".into() }));
    match kind {
        EffectKind::FileRead => file(FileVerb::Read),
        EffectKind::FileList => file(FileVerb::List),
        EffectKind::FileStat => file(FileVerb::Stat),
        EffectKind::FileWrite => file(FileVerb::Write),
        EffectKind::FileCreateDirectory => file(FileVerb::CreateDirectory),
        EffectKind::FileRemove => file(FileVerb::Remove),
        EffectKind::ProcessRun => Some(process()),
        kind => {
            let effect = DockerEffect {
                verb: DockerVerb::Inspect,
                object: DockerObject::Daemon,
                image: None,
                own: true,
                container: None,
                command: vec![],
                context: None,
            };
            Some(Effect::Docker { kind, effect })
        }
    }
}

fn process() -> Effect {
    Effect::Process(ProcessEffect { program: "git".into(), dir: ".".into(), ..ProcessEffect::default() })
}

fn everything(pure: bool) -> Grants {
    let mut grants = writing("**");
    grants.docker.push(DockerGrant::default());
    grants.process.push(ProcessGrant { pure, ..ProcessGrant::exactly("git", &[]) });
    grants
}

#[tokio::test]
async fn a_plan_performs_reads_and_simulates_every_write_of_the_table() {
    for kind in EffectKind::ALL {
        let world = world(Mode::Plan, everything(false), Policy::default());
        let decision = world.gate.admit(effect_of(*kind).unwrap()).await.unwrap();
        let simulated = matches!(decision, Decision::Simulate(_));
        assert_eq!(simulated, kind.row().nature == Nature::Write, "{kind}");
        assert_eq!(world.gate.writes(), u64::from(simulated), "{kind}");
    }
}

#[tokio::test]
async fn a_plan_runs_a_pure_program_for_reading_only() {
    let world = world(Mode::Plan, everything(true), Policy::default());
    let Ok(Decision::Perform(permit)) = world.gate.admit(process()).await else { panic!("it is pure") };
    assert!(permit.read_only());
    permit.done(None);
    assert_eq!(world.gate.writes(), 0);
}

#[tokio::test]
async fn a_pure_program_that_is_not_confined_is_not_run_in_a_plan() {
    let mut grants = everything(true);
    grants.process[0].confine = false;
    let world = world(Mode::Plan, grants, Policy::default());
    assert!(matches!(world.gate.admit(process()).await, Ok(Decision::Simulate(_))));
}

#[tokio::test]
async fn after_a_program_that_is_not_run_a_plan_does_not_foresee_files() {
    let mut grants = everything(false);
    grants.files = writing("**").files;
    let world = world(Mode::Plan, grants, Policy::default());
    assert!(matches!(world.gate.admit(write("a")).await, Ok(Decision::Simulate(_))));
    assert!(!world.gate.unforeseen());
    assert!(matches!(world.gate.admit(process()).await, Ok(Decision::Simulate(_))));
    assert!(world.gate.unforeseen());
}

#[test]
fn a_broken_policy_never_means_that_everything_is_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("policy.toml");
    assert!(Policy::load(&file, false).is_ok());
    assert!(Policy::load(&file, true).is_err());
    std::fs::write(&file, "[files]\nraed = [\"**\"]\n").unwrap();
    let error = Policy::load(&file, false).unwrap_err().to_string();
    assert!(error.contains("raed"), "{error}");
    std::fs::write(&file, "[files]\nread = [\"docs/**\"]\n").unwrap();
    let policy = Policy::load(&file, false).unwrap();
    let read = |path: &str| Effect::File(FileEffect { verb: FileVerb::Read, path: path.into() });
    assert!(policy.check(&read("docs/a")).is_ok());
    assert!(policy.check(&read("src/a")).is_err());
}

fn sh(change: impl FnOnce(&mut ProcessGrant)) -> Grants {
    let mut grant = ProcessGrant::exactly("sh", &[]);
    change(&mut grant);
    Grants { process: vec![grant], ..Grants::default() }
}

/// What a program can reach needs both keys as well: a repository that may run `sh` in confinement cannot let it out.
#[tokio::test]
async fn the_policy_holds_what_a_program_can_reach() {
    let wide = |grant: &mut ProcessGrant| grant.confine = false;
    let reading = |grant: &mut ProcessGrant| grant.read.push(PathPattern("src/**".into()));
    let writing = |grant: &mut ProcessGrant| grant.write.push(PathPattern("**".into()));
    let calling = |grant: &mut ProcessGrant| grant.connect.push("*:443".into());
    let effect = || Effect::Process(ProcessEffect { program: "sh".into(), ..ProcessEffect::default() });
    for (infrafile, policy, allowed) in [
        (sh(|_| ()), sh(|_| ()), true),
        (sh(wide), sh(|_| ()), false),
        (sh(wide), sh(wide), true),
        (sh(|_| ()), sh(wide), true),
        (sh(reading), sh(|_| ()), false),
        (sh(reading), sh(reading), true),
        (sh(reading), sh(writing), true),
        (sh(writing), sh(reading), false),
        (sh(calling), sh(|_| ()), false),
        (sh(calling), sh(calling), true),
    ] {
        let mut world = world(Mode::Run, infrafile.clone(), Policy::of(policy));
        match world.gate.admit(effect()).await {
            Ok(Decision::Perform(permit)) => {
                assert!(allowed);
                assert_eq!(permit.process_grant(), infrafile.process.first());
                permit.done(None);
            }
            Ok(Decision::Simulate(_)) => panic!("this is no plan"),
            Err(error) => {
                assert!(!allowed, "{error}");
                let error = TaskError::from(error);
                assert_eq!(error.code, "denied");
                assert!(error.hint.unwrap().contains(&infrafile.process[0].line()));
                assert_eq!(world.states(), ["refused"]);
            }
        }
    }
}

#[tokio::test]
async fn the_grant_that_the_policy_holds_is_taken() {
    let mut both = sh(|grant| grant.confine = false);
    both.extend(&sh(|_| ()));
    let world = world(Mode::Run, both, Policy::of(sh(|_| ())));
    let effect = Effect::Process(ProcessEffect { program: "sh".into(), ..ProcessEffect::default() });
    let Ok(Decision::Perform(permit)) = world.gate.admit(effect).await else { panic!("it is granted") };
    assert!(permit.process_grant().unwrap().confine);
    permit.done(None);
}

#[tokio::test]
async fn a_program_is_pure_only_where_both_keys_say_so() {
    for (policy, performed) in [(everything(true), true), (everything(false), false)] {
        let world = world(Mode::Plan, everything(true), Policy::of(policy));
        let decision = world.gate.admit(process()).await.unwrap();
        assert_eq!(matches!(decision, Decision::Perform(_)), performed);
    }
}

/// The intent is there when a write may begin, so a runner that is killed at that very moment leaves it behind, in doubt.
#[tokio::test]
async fn each_write_of_the_table_is_intended_first_and_no_read_is() {
    for kind in EffectKind::ALL {
        let world = world(Mode::Run, everything(false), Policy::default());
        let Ok(Decision::Perform(permit)) = world.gate.admit(effect_of(*kind).unwrap()).await else {
            panic!("{kind} is granted")
        };
        let doubtful = world.history.in_doubt(&world.run).unwrap().len();
        assert_eq!(doubtful, usize::from(kind.row().nature == Nature::Write), "{kind}");
        permit.done(None);
    }
}

#[tokio::test]
async fn a_program_without_confinement_is_told_and_kept_as_such() {
    for (confine, shown) in [(false, true), (true, false)] {
        let world = world(Mode::Run, sh(|grant| grant.confine = confine), Policy::default());
        let effect = Effect::Process(ProcessEffect { program: "sh".into(), ..ProcessEffect::default() });
        let Ok(Decision::Perform(permit)) = world.gate.admit(effect).await else { panic!("it is granted") };
        permit.done(None);
        let told = format!("{:?}", world.events.lock().unwrap());
        assert_eq!(told.contains("(not confined)"), shown, "{told}");
    }
}

#[tokio::test]
async fn secrets_are_in_no_event_and_no_row() {
    let mut world = world(Mode::Run, writing("**"), Policy::default());
    world.gate.gate().masker().add("hunter2");
    let Ok(Decision::Perform(permit)) = world.gate.admit(write("a/hunter2")).await else { panic!("it is granted") };
    permit.failed(&TaskError::new("failed", "no hunter2 here"));
    let refused = Effect::File(FileEffect { verb: FileVerb::Read, path: "/hunter2".into() });
    assert!(world.gate.admit(refused).await.is_err());
    let Ok(Decision::Perform(mut permit)) = world.gate.admit(write("b")).await else { panic!("it is granted") };
    permit.on_cancel(|| Box::pin(async { Err(TaskError::new("failed", "hunter2 is in the way")) }));
    drop(permit);
    world.gate.settle().await;
    assert_eq!(world.states(), ["failed", "refused", "in-doubt"]);
    let kept = format!("{:?} {:?}", world.events.lock().unwrap(), world.history.effects(&world.run).unwrap());
    assert!(kept.contains("***") && !kept.contains("hunter2"), "{kept}");
}
