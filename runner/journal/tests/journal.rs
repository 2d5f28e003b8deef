//! The journal through its door.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use infra_event::{EffectId, Event, Mode, Outcome, RunId, RunOutcome, StepId, StepInfo, Timestamp};
use infra_journal::{EffectRecord, EffectState, History, Journal, Retention};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

fn started(run: &RunId) -> Event {
    let step = StepInfo {
        step: StepId(0),
        name: "a".into(),
        task: "a".into(),
        needs: vec![],
        requested: true,
        finalizer: false,
        digest: None,
    };
    Event::RunStarted {
        run: run.clone(),
        at: Timestamp::now(),
        project: "demo".into(),
        tasks: vec!["a".into()],
        params: Default::default(),
        mode: Mode::Run,
        steps: vec![step],
        about: Default::default(),
    }
}

fn effect(id: u64) -> EffectRecord {
    EffectRecord {
        id: EffectId(id),
        step: StepId(0),
        kind: "docker.container.create".into(),
        target: "web".into(),
        effect: serde_json::json!({ "image": "x" }),
        state: EffectState::Intended,
        started: Timestamp::now(),
        ended: None,
        detail: None,
    }
}

fn commit(journal: &Journal, durable: bool) -> Result<(), String> {
    let (sender, receiver) = channel();
    journal.handle().commit(durable, move |result| {
        let _ = sender.send(result.map_err(|error| error.to_string()));
    });
    receiver.recv().unwrap()
}

/// Moves the write-ahead log into the file.
fn move_log(dir: &tempfile::TempDir) {
    let connection = rusqlite::Connection::open(file(dir)).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

fn file(dir: &tempfile::TempDir) -> PathBuf {
    dir.path().join("state/journal.sqlite")
}

#[test]
fn an_intent_is_seen_by_others_before_its_effect_is_performed() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunId::generate();
    let journal = Journal::open(&file(&dir), run.clone(), Path::new("/p")).unwrap();
    journal.handle().record(&started(&run));
    for (id, durable) in [(1, true), (2, false)] {
        journal.handle().effect(effect(id));
        commit(&journal, durable).unwrap();
        let seen = History::open(&file(&dir)).unwrap().in_doubt(&run).unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].id, EffectId(id));
        journal.handle().effect_end(EffectId(id), EffectState::Performed, None);
        commit(&journal, false).unwrap();
        assert!(History::open(&file(&dir)).unwrap().in_doubt(&run).unwrap().is_empty());
    }
}

#[test]
fn a_run_is_told_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunId::generate();
    let journal = Journal::open(&file(&dir), run.clone(), Path::new("/p")).unwrap();
    let outcome = Outcome::Succeeded { output: serde_json::json!({ "x": 1 }), changed: true };
    journal.handle().record(&started(&run));
    journal.handle().record(&Event::StepStarted { step: StepId(0), at: Timestamp(5), attempt: 1 });
    let text = "hello".to_owned();
    journal.handle().record(&Event::StepLog { step: StepId(0), stream: infra_event::LogStream::Info, text });
    journal.handle().record(&Event::StepFinished { step: StepId(0), at: Timestamp(9), duration_ms: 4, outcome: outcome.clone() });
    let running = History::open(&file(&dir)).unwrap();
    journal.handle().record(&Event::RunFinished {
        at: Timestamp(10),
        duration_ms: 5,
        outcome: RunOutcome::Succeeded,
        exit_code: 0,
    });
    drop(journal);
    let told = running.run(Path::new("/p"), "last").unwrap();
    assert_eq!((told.outcome.as_str(), told.exit_code, told.tasks), ("succeeded", Some(0), vec!["a".to_owned()]));
    let steps = running.steps(&run).unwrap();
    assert_eq!(steps[0].outcome, Some(outcome));
    assert_eq!(running.logs(&run).unwrap()[0].text, "hello");
    assert!(running.run(Path::new("/other"), "last").is_err());
}

#[test]
fn a_damaged_journal_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(file(&dir).parent().unwrap()).unwrap();
    std::fs::write(file(&dir), b"this is no database, and long enough to be looked at".repeat(100)).unwrap();
    let journal = Journal::open(&file(&dir), RunId::generate(), Path::new("/p")).unwrap();
    let aside = journal.set_aside.clone().unwrap();
    assert!(aside.exists());
    commit(&journal, true).unwrap();
}

#[test]
fn damage_in_the_middle_is_met_by_one_run_and_set_aside_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunId::generate();
    let journal = Journal::open(&file(&dir), run.clone(), Path::new("/p")).unwrap();
    journal.handle().record(&started(&run));
    for id in 1..2000 {
        journal.handle().effect(effect(id));
    }
    commit(&journal, true).unwrap();
    drop(journal);
    move_log(&dir);
    let mut bytes = std::fs::read(file(&dir)).unwrap();
    let middle = bytes.len() / 4;
    bytes[middle..].fill(0xff);
    std::fs::write(file(&dir), bytes).unwrap();

    let second = RunId::generate();
    let journal = Journal::open(&file(&dir), second.clone(), Path::new("/p")).unwrap();
    journal.handle().record(&started(&second));
    for id in 1..2000 {
        journal.handle().effect(effect(id));
    }
    assert!(commit(&journal, true).is_err());
    assert!(journal.handle().failure().is_some());
    drop(journal);
    let journal = Journal::open(&file(&dir), RunId::generate(), Path::new("/p")).unwrap();
    assert!(journal.set_aside.clone().unwrap().exists());
    drop(journal);
    assert_eq!(Journal::open(&file(&dir), RunId::generate(), Path::new("/p")).unwrap().set_aside, None);
}

#[test]
fn two_runs_write_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let runs = [RunId::generate(), RunId::generate()];
    let journals: Vec<Journal> =
        runs.iter().map(|run| Journal::open(&file(&dir), run.clone(), Path::new("/p")).unwrap()).collect();
    for (journal, run) in journals.iter().zip(&runs) {
        journal.handle().record(&started(run));
    }
    for id in 1..50 {
        for journal in &journals {
            journal.handle().effect(effect(id));
            commit(journal, id % 2 == 0).unwrap();
        }
    }
    let history = History::open(&file(&dir)).unwrap();
    for run in &runs {
        assert_eq!(history.effects(run).unwrap().len(), 49);
    }
}

#[test]
fn the_file_belongs_to_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let _journal = Journal::open(&file(&dir), RunId::generate(), Path::new("/p")).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file(&dir)), 0o600);
    assert_eq!(mode(file(&dir).parent().unwrap()), 0o700);
}

#[test]
fn a_journal_of_an_earlier_version_is_read_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(file(&dir).parent().unwrap()).unwrap();
    let old = rusqlite::Connection::open(file(&dir)).unwrap();
    old.execute_batch(
        "CREATE TABLE runs (id TEXT PRIMARY KEY, project TEXT NOT NULL, root TEXT NOT NULL, tasks TEXT NOT NULL, params TEXT NOT NULL,
            mode TEXT NOT NULL, pid INTEGER NOT NULL, pid_start TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER, outcome TEXT,
            exit_code INTEGER) STRICT;
        CREATE TABLE steps (run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, step INTEGER NOT NULL, name TEXT NOT NULL,
            task TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, started INTEGER, duration INTEGER, outcome TEXT,
            PRIMARY KEY (run, step)) STRICT, WITHOUT ROWID;
        INSERT INTO runs VALUES ('20260101-000000-abcdef', 'p', '/p', '[]', '{}', 'run', 1, '', 9000000000000, 9000000000001, 'succeeded', 0);
        INSERT INTO steps VALUES ('20260101-000000-abcdef', 0, 'a', 'a', 1, 5, 4, NULL);",
    )
    .unwrap();
    drop(old);
    let history = History::open(&file(&dir)).unwrap();
    let run = history.run(Path::new("/p"), "last").unwrap();
    assert_eq!((run.about, history.steps(&run.run).unwrap()[0].needs.len()), (Default::default(), 0));
    let next = RunId::generate();
    let journal = Journal::open(&file(&dir), next.clone(), Path::new("/p")).unwrap();
    journal.handle().record(&started(&next));
    commit(&journal, true).unwrap();
    assert_eq!(history.runs(Path::new("/p"), 9).unwrap().len(), 2);
}

#[test]
fn a_run_that_did_not_end_is_kept_until_it_is_old() {
    let dir = tempfile::tempdir().unwrap();
    let keep = |runs, age| Retention { runs, age: std::time::Duration::from_secs(age) };
    let open = |retention| {
        let run = RunId::generate();
        let journal = Journal::open_keeping(&file(&dir), run.clone(), Path::new("/p"), retention).unwrap();
        journal.handle().record(&started(&run));
        commit(&journal, true).unwrap();
        run
    };
    let unended = open(keep(9, 1000));
    open(keep(0, 1000));
    let history = History::open(&file(&dir)).unwrap();
    assert_eq!(history.runs(Path::new("/p"), 9).unwrap().len(), 2);
    // This process lives, so its runs do.
    open(keep(0, 0));
    assert_eq!(history.runs(Path::new("/p"), 9).unwrap().len(), 3);
    let direct = rusqlite::Connection::open(file(&dir)).unwrap();
    direct.execute("UPDATE runs SET pid_start = 'gone' WHERE id = ?1", [unended.as_str()]).unwrap();
    open(keep(0, 0));
    assert!(history.by_id(&unended).unwrap().is_none());
    assert_eq!(history.runs(Path::new("/p"), 9).unwrap().len(), 3);
}

#[test]
fn what_a_run_wrote_is_there_for_the_next_though_the_log_was_left() {
    let dir = tempfile::tempdir().unwrap();
    let mut runs = vec![];
    for _ in 0..40 {
        let run = RunId::generate();
        let journal = Journal::begin(&file(&dir), run.clone(), Path::new("/p"), Retention::default()).unwrap();
        let journal = journal.wait().unwrap();
        assert_eq!(journal.set_aside, None);
        journal.handle().record(&started(&run));
        for id in 1..20 {
            journal.handle().effect(effect(id));
        }
        let (sender, receiver) = channel();
        journal.handle().finish(move |result| sender.send(result.is_ok()).unwrap());
        assert!(receiver.recv().unwrap());
        runs.push(run);
    }
    // It does not grow for ever: the next to open the journal reads all of it.
    let log = file(&dir).with_file_name("journal.sqlite-wal").metadata().map_or(0, |log| log.len());
    assert!(log < 1 << 20, "{log}");
    let history = History::open(&file(&dir)).unwrap();
    for run in &runs {
        assert_eq!(history.effects(run).unwrap().len(), 19);
    }
}

#[test]
fn a_journal_of_a_machine_that_went_down_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunId::generate();
    let open = || Journal::open(&file(&dir), RunId::generate(), Path::new("/p")).unwrap();
    let journal = open();
    journal.handle().record(&started(&run));
    for id in 1..2000 {
        journal.handle().effect(effect(id));
    }
    commit(&journal, true).unwrap();
    drop(journal);
    move_log(&dir);
    // A log that was left, in the same boot: the end of a process damages nothing.
    let journal = open();
    journal.handle().record(&started(&RunId::generate()));
    commit(&journal, false).unwrap();
    drop(journal);
    let mut bytes = std::fs::read(file(&dir)).unwrap();
    let middle = bytes.len() / 4;
    bytes[middle..].fill(0xff);
    std::fs::write(file(&dir), bytes).unwrap();
    // Systems that do not name their boots look at every log that was left.
    let boot = file(&dir).with_file_name("journal.sqlite-boot");
    if boot.exists() {
        assert_eq!(open().set_aside, None);
        std::fs::write(&boot, "another").unwrap();
    }
    assert!(open().set_aside.is_some());
}
