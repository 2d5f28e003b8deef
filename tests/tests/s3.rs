//! `std/backup` and `std/restore` with a real PostgreSQL and a store that speaks S3: row for row, or not at all.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{ObjectStore, Output, Platform, Running, wait_for};
use serde_json::Value;

const BUCKET: &str = "comind-ops-backups";
const BACKUPS: &str = "BACKUPS=s3://comind-ops-backups/db";
const PREFIX: &str = "db/postgres-";

struct Bench {
    platform: Platform,
    store: ObjectStore,
}

impl Bench {
    /// The platform with its database up, rows in it, and a store without a bucket.
    fn new(rows: u32) -> Self {
        let bench = Self { store: ObjectStore::start(), platform: Platform::new() };
        let _up = bench.platform.infra(&["run", "services-setup", "IMAGES=debian"]).output().expect_success();
        bench.sql(&format!(
            "CREATE TABLE items (id int PRIMARY KEY, name text); \
             INSERT INTO items SELECT g, md5(g::text) || md5((g + 1)::text) FROM generate_series(1, {rows}) g"
        ));
        bench
    }

    fn sql(&self, text: &str) -> String {
        let args = ["psql", "-U", "postgres", "-d", "comind_ops_dev", "-XAtqc", text];
        let (code, answer) = self.platform.docker.exec(&self.platform.container("postgres"), &args);
        assert_eq!(code, 0, "{answer}");
        answer.trim().to_owned()
    }

    /// What all rows are, and which databases there are.
    fn content(&self) -> String {
        self.sql("SELECT count(*), md5(string_agg(id || name, ',' ORDER BY id)) FROM items")
            + &self.sql("SELECT string_agg(datname || datallowconn, ' ' ORDER BY datname) FROM pg_database")
    }

    fn infra(&self, args: &[&str]) -> infra_tests::Infra {
        let endpoint = format!("S3_ENDPOINT={}", self.store.endpoint());
        self.platform.infra(args).args([BACKUPS, &endpoint]).env("S3_SECRET_KEY", ObjectStore::SECRET)
    }

    fn backup(&self, more: &[&str]) -> Value {
        let output = self.infra(&[&["run", "backup", "--json"], more].concat()).output().expect_success();
        serde_json::from_str(&output.stdout).unwrap()
    }

    fn restore(&self) -> Output {
        self.infra(&["run", "restore", "--yes"]).output()
    }

    fn keys(&self) -> Vec<String> {
        self.store.keys(BUCKET)
    }

    /// Parts as small as S3 takes them.
    fn in_small_parts(&self) {
        self.platform.edit("Infrafile.toml", "create-bucket = true\nverify ", "create-bucket = true\npart-mib = 5\nverify ");
    }
}

fn refused(output: Output, why: &str) {
    let output = output.expect_code(1);
    assert!(output.stderr.contains(why), "{}", output.stderr);
}

#[test]
fn what_was_saved_comes_back_row_for_row() {
    let bench = Bench::new(300_000);
    bench.in_small_parts();
    let before = bench.content();
    let report = bench.backup(&[]);
    assert_eq!(
        (&report["verified"], &report["rows"]["comind_ops_dev.public.items"]),
        (&"restore".into(), &300_000.into()),
        "{report}"
    );
    let file = report["file"].as_str().unwrap();
    let stored = bench.store.read(BUCKET, &format!("db/{file}"));
    assert!(stored.len() > 5 << 20, "it went in several parts: {}", stored.len());
    assert_eq!(report["stored_bytes"], stored.len());
    assert_eq!(bench.keys().len(), 3, "{:?}", bench.keys());
    assert_eq!(bench.store.unfinished(BUCKET), Vec::<String>::new());
    assert!(!bench.platform.project.root().join("backups").exists());
    let listed = bench.infra(&["run", "list-backups", "--json"]).output().expect_success();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!((&listed[0]["id"], &listed[0]["latest"], &listed[0]["state"]), (&report["id"], &true.into(), &"ok".into()));

    // The key is in nothing that was written: neither in the project nor in the runner's state.
    let written = bench.platform.project.root().parent().unwrap().to_owned();
    let sought = std::process::Command::new("grep").args(["-rlF", ObjectStore::SECRET]).arg(written).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&sought.stdout), "");

    bench.sql("DELETE FROM items WHERE id % 2 = 0; UPDATE items SET name = 'x'; CREATE TABLE more (); SELECT 1");
    assert_ne!(bench.content(), before);
    let _restored = bench.restore().expect_success();
    assert_eq!(bench.content(), before);
    assert_eq!(bench.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'more'"), "0");
}

#[test]
fn a_wrong_secret_and_a_missing_grant_are_refused_before_anything_is_saved() {
    let bench = Bench::new(10);
    let wrong = "SECRETWRONG00000000000000000000000000000000000000000000000000002";
    for task in ["backup", "restore"] {
        let output = bench.infra(&["run", task, "--yes"]).env("S3_SECRET_KEY", wrong).output();
        refused(output, "refuses these credentials for s3://comind-ops-backups/db");
    }
    let nobody = bench.infra(&["run", "backup", "S3_ACCESS_KEY=GK000000000000000000000009"]).output();
    refused(nobody, "refuses these credentials");
    bench.platform.edit("Infrafile.toml", "create-bucket = true\nverify ", "verify ");
    refused(bench.infra(&["run", "backup"]).output(), "there is no bucket `comind-ops-backups`");
    assert_eq!(bench.keys(), Vec::<String>::new());
    bench.platform.edit("Infrafile.toml", "paths = [\"/comind-ops-*/**\"]", "paths = [\"/other/**\"]");
    let denied = bench.infra(&["run", "backup"]).output().expect_code(77);
    assert!(denied.stderr.contains("/comind-ops-backups/db/*"), "{}", denied.stderr);
}

#[test]
fn what_is_damaged_or_truncated_is_refused_before_anything_is_touched() {
    let bench = Bench::new(20_000);
    let report = bench.backup(&["VERIFY=checksum"]);
    let key = format!("db/{}", report["file"].as_str().unwrap());
    bench.sql("DELETE FROM items WHERE id > 10");
    let (whole, left) = (bench.store.read(BUCKET, &key), bench.content());
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    for wrong in [&whole[..whole.len() / 2], &whole[..whole.len() - 1], &damaged[..], &[]] {
        bench.store.write(BUCKET, &key, wrong);
        refused(bench.restore(), "cannot be used");
        assert_eq!(bench.content(), left);
    }
    bench.store.remove(BUCKET, &key);
    refused(bench.restore(), "there is no such file");
    assert_eq!(bench.content(), left);
    bench.store.write(BUCKET, &key, &whole);
    let _restored = bench.restore().expect_success();
    assert_eq!(bench.sql("SELECT count(*) FROM items"), "20000");
}

#[test]
fn what_is_killed_leaves_nothing_that_looks_whole_and_is_resumed() {
    let bench = Bench::new(700_000);
    bench.in_small_parts();
    let running = Running::new(bench.infra(&["run", "backup", "VERIFY=checksum", "--output", "json"]).start(), |_, _| {});
    wait_for("an upload is begun", || !bench.store.unfinished(BUCKET).is_empty());
    running.kill();
    let _ended = running.end();
    assert_eq!(bench.keys(), Vec::<String>::new());
    let _resumed = bench.platform.infra(&["resume"]).env("S3_SECRET_KEY", ObjectStore::SECRET).output().expect_success();
    let keys = bench.keys();
    assert_eq!(keys.len(), 3, "{keys:?}");
    let before = bench.content();
    bench.sql("TRUNCATE items");
    let _restored = bench.restore().expect_success();
    assert_eq!(bench.content(), before);
}

#[test]
fn old_backups_go_and_a_plan_touches_nothing() {
    let bench = Bench::new(10);
    let planned = bench.infra(&["plan", "backup", "--detailed-exitcode"]).output();
    let told = format!("{}{}", planned.stdout, planned.stderr);
    assert!(told.contains("no bucket") || told.contains("http.write"), "{told}");
    assert_eq!(bench.keys(), Vec::<String>::new());
    bench.platform.edit(
        "Infrafile.toml",
        "verify        = \"${VERIFY}\"\nkeep-days     = 14\nkeep-least    = 7",
        "verify        = \"none\"\nkeep-days     = 0\nkeep-least    = 1",
    );
    let first = bench.backup(&[]);
    // The name of a backup is the second in which it begins.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let planned = bench.infra(&["plan", "backup", "--detailed-exitcode"]).output().expect_code(2);
    let told = format!("{}{}", planned.stdout, planned.stderr);
    assert!(told.contains("/comind-ops-backups/db/postgres-") && told.contains("pg_dumpall"), "{told}");
    let second = bench.backup(&[]);
    assert!(second["removed"].as_array().is_some_and(|removed| removed.contains(&first["id"])), "{second}");
    let keys = bench.keys();
    assert_eq!(keys.iter().filter(|key| key.starts_with(PREFIX)).count(), 2, "{keys:?}");
    assert!(keys.contains(&"db/postgres.latest.json".to_owned()), "{keys:?}");
}

#[test]
fn the_platforms_own_store_takes_the_data_of_all_services() {
    let platform = Platform::new();
    ObjectStore::lend_program();
    let up = ["run", "services-setup", "IMAGES=debian", "OPTIONAL=s3"];
    let _up = platform.infra(&up).output().expect_success();
    let found = platform.docker.container(&platform.container("s3")).unwrap();
    assert_eq!(found["State"]["Health"]["Status"], "healthy");
    let endpoint =
        format!("S3_ENDPOINT=http://127.0.0.1:{}", platform.port("platform/docker/storage/s3/compose.yaml", "S3_PORT"));
    // As in its compose.yaml.
    let secret = format!("{:064}", 1);
    let infra = |args: &[&str]| platform.infra(args).args([BACKUPS, &endpoint]).env("S3_SECRET_KEY", &secret);
    let _saved = infra(&["run", "services-backup"]).output().expect_success();
    let _restored = infra(&["run", "restore", "--yes"]).output().expect_success();
    let listed = infra(&["run", "list-backups", "--json"]).output().expect_success();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["state"]), (Some(1), &"ok".into()));
}
