//! A fast runner that runs tasks in the wrong order, or forgets to write them down, has not done the work.

use crate::Failure;
use crate::graph::Graph;
use std::path::Path;
use std::process::Command;

/// Runs a graph once, and looks whether every task began after what it needs had ended, and whether the journal has a row for each.
pub fn order_and_journal(infra: &Path, graph: &Graph, jobs: usize, home: &Path) -> Result<(), Failure> {
    let output = Command::new(infra)
        .args(["run", "all", "--output", "json", &format!("-j{jobs}")])
        .current_dir(&graph.directory)
        .env("HOME", home)
        .output()
        .map_err(Failure::Itself)?;
    let wrong = |what: String| Err(Failure::Proof(what));
    if !output.status.success() {
        return wrong(format!("infra failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let mut names: Vec<Option<usize>> = Vec::new();
    let mut ended = vec![false; graph.count];
    let mut run = String::new();
    for line in text.lines() {
        let Ok(event) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let step = event["step"].as_u64().and_then(|step| usize::try_from(step).ok());
        match event["type"].as_str().unwrap_or_default() {
            "run-started" => {
                run = event["run"].as_str().unwrap_or_default().to_owned();
                for step in event["steps"].as_array().into_iter().flatten() {
                    names.push(step["name"].as_str().and_then(|name| name.strip_prefix('t')?.parse().ok()));
                }
            }
            "step-started" => {
                let Some(task) = step.and_then(|step| names.get(step).copied().flatten()) else { continue };
                if let Some(need) = graph.needs[task].iter().find(|need| !ended[**need]) {
                    return wrong(format!("t{task} began before t{need} had ended"));
                }
            }
            "step-finished" => {
                if let Some(task) = step.and_then(|step| names.get(step).copied().flatten()) {
                    ended[task] = true;
                }
            }
            _ => {}
        }
    }
    if let Some(task) = ended.iter().position(|ended| !ended) {
        return wrong(format!("t{task} never ended"));
    }
    let journal = home.join(".local/state/infra/journal.sqlite");
    let rows = rows(&journal, &run).map_err(|error| Failure::Proof(format!("{}: {error}", journal.display())))?;
    if rows < graph.count {
        return wrong(format!("the journal has {rows} rows for {} tasks", graph.count));
    }
    Ok(())
}

fn rows(journal: &Path, run: &str) -> rusqlite::Result<usize> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(journal, flags)?;
    connection.query_row("SELECT count(*) FROM steps WHERE run = ?1", [run], |row| row.get(0))
}
