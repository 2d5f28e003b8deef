use infra_event::Digest;
use infra_freshness::{Index, Record, Snapshot, State};

fn record(step: &str, at: i64) -> Record {
    Record {
        step: step.to_owned(),
        at,
        state: State::Done,
        facts: Digest::of(b"facts"),
        details: vec![],
        inputs: Snapshot::default(),
        outputs: Snapshot::default(),
        programs: vec![],
        program_files: Snapshot::default(),
        system: String::new(),
        output: serde_json::json!({ "text": "two\nlines \"quoted\"" }),
    }
}

#[test]
fn the_last_line_of_a_step_holds_also_when_another_wrote_it() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (Index::open(dir.path()).unwrap(), Index::open(dir.path()).unwrap());
    one.put(&record("a \"b\"", 1)).unwrap();
    one.put(&record("a \"b\"", 2)).unwrap();
    other.put(&record("c", 3)).unwrap();
    assert_eq!(other.get("a \"b\""), None);
    other.refresh().unwrap();
    assert_eq!(other.get("a \"b\"").unwrap(), record("a \"b\"", 2));
    assert_eq!(Index::open(dir.path()).unwrap().get("c").unwrap().at, 3);
}

#[test]
fn what_was_cut_off_or_damaged_is_not_known() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    Index::open(dir.path()).unwrap().put(&record("a", 1)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for damaged in
        [whole[..whole.len() / 2].to_vec(), String::from_utf8(whole).unwrap().replace("\"at\":1", "\"at\":7").into_bytes()]
    {
        std::fs::write(&path, damaged).unwrap();
        let index = Index::open(dir.path()).unwrap();
        assert_eq!(index.get("a"), None);
        index.put(&record("b", 2)).unwrap();
        assert_eq!(Index::open(dir.path()).unwrap().get("b").unwrap().at, 2);
    }
}

#[test]
fn it_is_written_anew_when_most_of_it_holds_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path()).unwrap();
    for at in 0..2_000 {
        index.put(&record("a", at)).unwrap();
    }
    let before = std::fs::metadata(dir.path().join("index")).unwrap().len();
    index.tidy().unwrap();
    assert!(std::fs::metadata(dir.path().join("index")).unwrap().len() * 100 < before);
    index.put(&record("b", 5)).unwrap();
    let again = Index::open(dir.path()).unwrap();
    assert_eq!((again.get("a").unwrap().at, again.get("b").unwrap().at), (1_999, 5));
}

#[test]
fn a_step_is_locked_by_one() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path()).unwrap();
    let held = index.try_lock("a").unwrap();
    assert!(held.is_some() && index.try_lock("a").unwrap().is_none() && index.try_lock("b").unwrap().is_some());
    drop(held);
    assert!(index.try_lock("a").unwrap().is_some());
}
