use crate::{Access, Kind, Place, Report, Shelf, in_words, postgres};
use infra::testing::TestHost;
use std::collections::BTreeMap;

const DAY: u64 = 86_400;

fn report(name: &str, day: u64) -> Report {
    let id = format!("{name}-{day}");
    Report {
        version: 1,
        file: format!("{id}.sql.gz"),
        id,
        name: name.to_owned(),
        kind: Kind::Postgres,
        created: in_words(day * DAY),
        created_seconds: day * DAY,
        duration_ms: 1,
        service: name.to_owned(),
        image: "postgres:16".to_owned(),
        source: "all databases".to_owned(),
        raw_bytes: 4,
        raw_sha256: String::new(),
        stored_bytes: 4,
        stored_sha256: String::new(),
        compression: "gzip".to_owned(),
        versions: BTreeMap::new(),
        verified: None,
        rows: BTreeMap::new(),
    }
}

fn shelf_with(host: TestHost, days: &[u64]) -> (TestHost, Shelf) {
    let place = Place {
        directory: "backups/",
        endpoint: None,
        region: "us-east-1",
        access_key: None,
        secret_key: None,
        session_token: None,
        part: 1,
        create: false,
    };
    let shelf = Shelf::open(&place).unwrap();
    let mut host = host;
    for day in days {
        host = host.file(&format!("backups/db-{day}.sql.gz"), "data");
    }
    host.run(|| {
        for day in days {
            assert_eq!(shelf.publish(&report("db", *day)), Ok(()));
        }
    });
    (host, shelf)
}

#[test]
fn backups_are_found_by_name_and_as_the_latest() {
    let (host, shelf) = shelf_with(TestHost::new(), &[1, 2, 3]);
    let id = |name: &str, wanted: &str| host.run(|| shelf.find(name, wanted).map(|report| report.id));
    assert_eq!(id("db", "latest"), Ok("db-3".to_owned()));
    assert_eq!(id("db", "db-2"), Ok("db-2".to_owned()));
    assert_eq!(id("db", "db-2.sql.gz"), Ok("db-2".to_owned()));
    let missing = id("db", "db-9").map_err(|error| (error.code, error.message));
    let text = "there is no backup `db-9` of `db` in backups: there are db-3, db-2, db-1";
    assert_eq!(missing, Err(("not-found".to_owned(), text.to_owned())));
    assert_eq!(id("other", "latest").map_err(|error| error.code), Err("not-found".to_owned()));
}

#[test]
fn one_name_may_begin_as_another_does() {
    let (host, shelf) = shelf_with(TestHost::new(), &[1]);
    host.run(|| {
        assert_eq!(shelf.publish(&report("db-app", 5)), Ok(()));
        assert_eq!(shelf.reports("db").map(|reports| reports.len()), Ok(1));
        assert_eq!(shelf.find("db-app", "latest").map(|report| report.id), Ok("db-app-5".to_owned()));
    });
}

#[test]
fn the_old_ones_go_and_the_least_stay() {
    for (days, least, removed) in [(10, 1, 3), (10, 3, 2), (10, 9, 0), (100, 1, 0), (0, 0, 4)] {
        let (host, shelf) = shelf_with(TestHost::new(), &[1, 2, 3, 50, 51]);
        let gone = host.run(|| shelf.prune("db", days, least, 52 * DAY));
        assert_eq!(gone.map(|gone| gone.len()), Ok(removed), "{days} {least}");
        assert_eq!(host.content("backups/db-1.sql.gz").is_none(), removed > 0);
        assert!(host.content("backups/db-51.json").is_some());
    }
}

#[test]
fn a_list_says_what_is_not_whole() {
    let (host, shelf) = shelf_with(TestHost::new(), &[1, 2]);
    let host = host.file("backups/db-1.sql.gz", "da");
    host.run(|| {
        assert_eq!(infra::files::remove("backups/db-2.sql.gz"), Ok(()));
        let listed = shelf.list("db").unwrap_or_default();
        let states: Vec<_> = listed.iter().map(|one| (one.id.as_str(), one.state, one.latest)).collect();
        assert_eq!(states, [("db-2", "missing", true), ("db-1", "truncated", false)]);
    });
}

#[test]
fn what_was_not_written_to_meanwhile_must_have_its_rows() {
    let rows = |counts: &[(&str, u64)]| counts.iter().map(|(table, count)| ((*table).to_owned(), *count)).collect();
    let (before, after) = (rows(&[("a", 1), ("b", 2)]), rows(&[("a", 1), ("b", 5), ("c", 1)]));
    assert_eq!(postgres::compare(&before, &after, &rows(&[("a", 1), ("b", 3)])), Ok(()));
    for wrong in [&[("a", 2), ("b", 2)][..], &[("b", 2)], &[("a", 1), ("b", 2), ("x", 1)]] {
        assert!(postgres::compare(&before, &after, &rows(wrong)).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_key_may_be_a_secret() {
    let open = |handle: &str| {
        let place = Place {
            directory: "s3://backups/db",
            endpoint: Some("http://127.0.0.1:9000"),
            region: "us-east-1",
            access_key: Some("GK0"),
            secret_key: Some(handle),
            session_token: None,
            part: 1,
            create: false,
        };
        assert!(place.grants(Access::Read).unwrap().to_json().contains(r#"{"name":"S3_KEY","reveal":true}"#));
        Shelf::open(&place).map(drop).map_err(|error| error.code)
    };
    let host = TestHost::new().secret("S3_KEY", "text");
    let handle = host.run(|| infra::secrets::find("S3_KEY")).unwrap();
    assert_eq!(host.run(|| open(handle.handle())), Ok(()));
    assert_eq!(TestHost::new().run(|| open(handle.handle())), Err("denied".to_owned()));
}
