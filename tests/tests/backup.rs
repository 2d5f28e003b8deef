//! `std/backup` and `std/restore` with a real PostgreSQL: row for row, or not at all.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{Output, Platform, Running, processes_with, wait_for};
use serde_json::Value;
use std::path::PathBuf;

const RESTORE: [&str; 3] = ["run", "restore", "--yes"];

/// The reference platform with its database up, and some data in it.
fn platform() -> Platform {
    let platform = Platform::new();
    let _up = platform.infra(&["run", "services-setup", "IMAGES=debian"]).output().expect_success();
    sql(
        &platform,
        "CREATE ROLE reader LOGIN; CREATE TABLE items (id int PRIMARY KEY, name text); \
         INSERT INTO items SELECT g, md5(g::text) FROM generate_series(1, 20000) g; GRANT SELECT ON items TO reader",
    );
    platform
}

fn sql(platform: &Platform, text: &str) -> String {
    let args = ["psql", "-U", "postgres", "-d", "comind_ops_dev", "-XAtqc", text];
    let (code, answer) = platform.docker.exec(&platform.container("postgres"), &args);
    assert_eq!(code, 0, "{answer}");
    answer.trim().to_owned()
}

/// What all rows are.
fn content(platform: &Platform) -> String {
    sql(platform, "SELECT count(*), md5(string_agg(id || name, ',' ORDER BY id)) FROM items")
}

fn backup(platform: &Platform) -> Value {
    let output = platform.infra(&["run", "backup", "--json"]).output().expect_success();
    serde_json::from_str(&output.stdout).unwrap()
}

fn stored(platform: &Platform, report: &Value) -> PathBuf {
    platform.project.root().join("backups").join(report["file"].as_str().unwrap())
}

/// The files of the directory, hidden ones too.
fn files(platform: &Platform) -> Vec<String> {
    let directory = platform.project.root().join("backups");
    let Ok(entries) = std::fs::read_dir(directory) else { return vec![] };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn databases(platform: &Platform) -> String {
    sql(platform, "SELECT string_agg(datname || datallowconn, ' ' ORDER BY datname) FROM pg_database")
}

fn refused(output: Output, why: &str) {
    let output = output.expect_code(1);
    assert!(output.stderr.contains(why), "{}", output.stderr);
}

#[test]
fn what_was_saved_comes_back_row_for_row() {
    let platform = platform();
    let (before, all) = (content(&platform), databases(&platform));
    let report = backup(&platform);
    assert_eq!(report["verified"], "restore", "{report}");
    assert_eq!(report["rows"]["comind_ops_dev.public.items"], 20_000, "{report}");
    assert_eq!(report["stored_bytes"], std::fs::metadata(stored(&platform, &report)).unwrap().len());
    assert_eq!(platform.docker.containers(&platform.name).len(), 2, "the scratch server is gone");
    let listed = platform.infra(&["run", "list-backups", "--json"]).output().expect_success();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!((&listed[0]["id"], &listed[0]["latest"], &listed[0]["state"]), (&report["id"], &true.into(), &"ok".into()));

    sql(&platform, "DELETE FROM items WHERE id % 2 = 0; UPDATE items SET name = 'x'; CREATE TABLE more (); SELECT 1");
    assert_ne!(content(&platform), before);
    // It asks first.
    let asked = platform.infra(&["run", "restore"]).output();
    assert_ne!(asked.code, Some(0));
    assert_ne!(content(&platform), before);
    let _restored = platform.infra(&RESTORE).output().expect_success();
    assert_eq!(content(&platform), before);
    assert_eq!(sql(&platform, "SELECT count(*) FROM pg_tables WHERE tablename = 'more'"), "0");
    assert_eq!(sql(&platform, "SELECT has_table_privilege('reader', 'items', 'select')"), "t");
    assert_eq!(databases(&platform), all);
}

#[test]
fn a_plan_touches_nothing() {
    let platform = platform();
    let planned = platform.infra(&["plan", "backup", "--detailed-exitcode"]).output().expect_code(2);
    let told = format!("{}{}", planned.stdout, planned.stderr);
    assert!(told.contains("docker.container.exec") || told.contains("pg_dumpall") || told.contains("unknown"), "{told}");
    assert_eq!(files(&platform), Vec::<String>::new());
}

#[test]
fn what_is_damaged_or_truncated_is_refused_before_anything_is_touched() {
    let platform = platform();
    let report = backup(&platform);
    let (path, before) = (stored(&platform, &report), databases(&platform));
    sql(&platform, "DELETE FROM items WHERE id > 10");
    let (whole, left) = (std::fs::read(&path).unwrap(), content(&platform));
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    for wrong in [&whole[..whole.len() / 2], &whole[..whole.len() - 1], &damaged[..], &[]] {
        std::fs::write(&path, wrong).unwrap();
        refused(platform.infra(&RESTORE).output(), "cannot be used");
        assert_eq!((content(&platform), databases(&platform)), (left.clone(), before.clone()));
    }
    std::fs::remove_file(&path).unwrap();
    refused(platform.infra(&RESTORE).output(), "there is no");
    assert_eq!(content(&platform), left);
    refused(platform.infra(&["run", "restore", "--yes", "BACKUP=postgres-1"]).output(), "there is no backup `postgres-1`");
}

/// Waits until the dump is under way, and stays there: the table that it comes to is locked.
fn held_dump(platform: &Platform) -> (Running, std::process::Child) {
    let container = platform.container("postgres");
    let lock = "BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)";
    let args = ["exec", &container, "psql", "-U", "postgres", "-d", "comind_ops_dev", "-qc", lock];
    let holder = std::process::Command::new("docker").args(args).stderr(std::process::Stdio::null()).spawn().unwrap();
    let held = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'items'::regclass";
    wait_for("the table is locked", || sql(platform, held) == "1");
    let running = Running::new(platform.infra(&["run", "backup", "VERIFY=none", "--output", "json"]).start(), |_, _| {});
    wait_for("the file is begun", || files(platform).iter().any(|name| name.starts_with('.')));
    wait_for("the dump waits", || !processes_with("pg_dump ").is_empty());
    (running, holder)
}

fn let_go(platform: &Platform, mut holder: std::process::Child) {
    sql(
        platform,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%' AND pid <> pg_backend_pid()",
    );
    let _ = holder.wait();
}

fn dumps(platform: &Platform) -> String {
    sql(platform, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pg_dump%'")
}

#[test]
fn ctrl_c_leaves_no_file_and_no_dump() {
    let platform = platform();
    let (running, holder) = held_dump(&platform);
    running.interrupt();
    let _ended = running.end().expect_code(130);
    assert_eq!(files(&platform), Vec::<String>::new());
    // A server looks for its client only when it has its lock.
    let_go(&platform, holder);
    wait_for("the dump ends in the container", || dumps(&platform) == "0");
}

#[test]
fn what_is_killed_leaves_nothing_that_looks_whole_and_is_resumed() {
    let platform = platform();
    let (running, holder) = held_dump(&platform);
    running.kill();
    let _ended = running.end();
    assert!(files(&platform).iter().all(|name| name.starts_with('.')), "{:?}", files(&platform));
    let_go(&platform, holder);
    wait_for("the server is done with the lost dump", || dumps(&platform) == "0");
    let _resumed = platform.infra(&["resume"]).output().expect_success();
    let names = files(&platform);
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
    assert_eq!(dumps(&platform), "0");
}

#[test]
fn a_full_disk_leaves_nothing() {
    let platform = platform();
    let directory = platform.project.root().join("backups");
    std::fs::create_dir_all(&directory).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(&directory)
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        eprintln!("skipped: this user may not mount a file system");
        return;
    }
    let output = platform.infra(&["run", "backup"]).output();
    let left = files(&platform);
    let unmounted = std::process::Command::new("umount").arg(&directory).status().unwrap();
    assert!(unmounted.success());
    refused(output, "the disk is full");
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(dumps(&platform), "0");
}

#[test]
fn without_its_grants_nothing_begins() {
    let platform = platform();
    platform.edit("Infrafile.toml", "verbs = [\"exec\", \"run\", \"remove\"]", "verbs = [\"logs\"]");
    let refused = platform.infra(&["run", "backup"]).output().expect_code(77);
    assert!(refused.stderr.contains("exec"), "{}", refused.stderr);
    assert_eq!(files(&platform), Vec::<String>::new());
}
