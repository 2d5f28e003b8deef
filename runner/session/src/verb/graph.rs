use super::history::open;
use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::project::load;
use crate::task_text::{condition, work};
use crate::words::Words;
use infra_event::{ExitCode, Outcome};
use infra_infrafile::{Call, Infrafile, Task, Template, Work};
use infra_journal::History;
use infra_report::graph::{self, Graph, GraphLink, GraphTask, LastOutcome, LinkKind};
use std::collections::{BTreeMap, BTreeSet};

/// How many runs are looked at for how a task ended.
const RUNS: usize = 50;

/// How a graph is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GraphFormat {
    /// An indented tree.
    #[default]
    Text,
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
    /// As JSON.
    Json,
    /// One page that needs nothing else.
    Html,
}

/// Shows what tasks call. Without a task: all of them.
#[must_use]
pub fn graph(global: &Global, words: &[String], format: GraphFormat) -> ExitCode {
    end(global, show(global, words, format))
}

fn show(global: &Global, words: &[String], format: GraphFormat) -> Result<ExitCode, SessionError> {
    let words = Words::parse(words);
    let infrafile = load(global, words.assignments.clone())?;
    let mut roots = Vec::new();
    for name in &words.tasks {
        roots.push(task_of(&infrafile, name)?);
    }
    let graph = build(&infrafile, &roots);
    print(&match format {
        GraphFormat::Text => graph::text(&graph, &global.result_style()),
        GraphFormat::Dot => graph::dot(&graph),
        GraphFormat::Mermaid => graph::mermaid(&graph),
        GraphFormat::Json => serde_json::to_string_pretty(&graph::json(&graph)).unwrap_or_default(),
        GraphFormat::Html => graph::html(&graph),
    });
    Ok(ExitCode::Done)
}

/// The task of this name; else the error that a run would tell.
pub(crate) fn task_of<'i>(infrafile: &'i Infrafile, name: &str) -> Result<&'i Task, SessionError> {
    infrafile.task(name).ok_or_else(|| {
        infra_plan::build(infrafile, std::slice::from_ref(&name.to_owned())).err().map_or_else(
            || SessionError::usage(format!("there is no task `{name}`"), "`infra list` shows the tasks"),
            SessionError::from,
        )
    })
}

fn build(infrafile: &Infrafile, roots: &[&Task]) -> Graph {
    let called: BTreeSet<&str> = infrafile.tasks.values().flat_map(calls).map(|(call, _)| call.task.as_str()).collect();
    let mut start: Vec<&Task> = roots.to_vec();
    if start.is_empty() {
        start.extend(infrafile.tasks.values().filter(|task| !task.private && !called.contains(task.name.as_str())));
    }
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut order: Vec<&Task> = Vec::new();
    let mut links = Vec::new();
    for task in &start {
        add(task, &mut places, &mut order);
    }
    let mut at = 0;
    while let Some(task) = order.get(at).copied() {
        for (call, kind) in calls(task) {
            let Some(to) = infrafile.tasks.get(&call.task) else { continue };
            let to = add(to, &mut places, &mut order);
            links.push(GraphLink { from: at, to, kind, with: values(call) });
        }
        at += 1;
    }
    let last = last_times(infrafile);
    let tasks = order.iter().map(|task| graph_task(task, last.get(task.name.as_str()).copied())).collect();
    let roots = start.iter().filter_map(|task| places.get(task.name.as_str()).copied()).collect();
    let mut graph = Graph { project: infrafile.project.clone(), roots, tasks, links };
    inherit(&mut graph);
    graph
}

fn add<'i>(task: &'i Task, places: &mut BTreeMap<&'i str, usize>, order: &mut Vec<&'i Task>) -> usize {
    *places.entry(&task.name).or_insert_with(|| {
        order.push(task);
        order.len() - 1
    })
}

/// What a task calls, in the order of its keys.
pub(crate) fn calls(task: &Task) -> Vec<(&Call, LinkKind)> {
    let steps: &[Call] = match &task.work {
        Work::Steps(steps) => steps,
        _ => &[],
    };
    let needs = task.needs.iter().map(|call| (call, LinkKind::Needs));
    let steps = steps.iter().enumerate().map(|(index, call)| (call, LinkKind::Step(index + 1)));
    needs.chain(steps).chain(task.finally.iter().map(|call| (call, LinkKind::Finally))).collect()
}

fn values(call: &Call) -> Option<String> {
    let text = |(name, value): &(String, Template)| format!("{name}={}", crate::task_text::word(value));
    (!call.with.is_empty()).then(|| call.with.iter().map(text).collect::<Vec<_>>().join(", "))
}

fn graph_task(task: &Task, last: Option<(LastOutcome, Option<u64>)>) -> GraphTask {
    let mut notes: Vec<String> = task.when.iter().map(|when| format!("when {}", condition(when))).collect();
    if !task.matrix.is_empty() {
        let axes: Vec<&str> = task.matrix.iter().map(|(axis, _)| axis.as_str()).collect();
        let order = if task.serial { ", one after the other" } else { "" };
        notes.push(format!("for each {}{order}", axes.join(" × ")));
    }
    notes.extend(task.confirm.iter().map(|word| format!("asks for `{word}`")));
    notes.extend(task.skip.iter().map(|reason| format!("skipped: {reason}")));
    GraphTask {
        name: task.name.clone(),
        help: task.help.clone(),
        group: task.group.clone(),
        does: work(task),
        private: task.private,
        notes,
        last,
    }
}

/// How each task ended when it last ran. A journal that cannot be read is no reason to show nothing.
fn last_times(infrafile: &Infrafile) -> BTreeMap<String, (LastOutcome, Option<u64>)> {
    let mut last = BTreeMap::new();
    let Ok(history) = open() else { return last };
    let runs = history.runs(&infrafile.root, RUNS).unwrap_or_default();
    for run in runs.iter().filter(|run| run.mode != "plan") {
        for (task, ended) in ended_in(&history, &run.run) {
            last.entry(task).or_insert(ended);
        }
    }
    last
}

/// How each task of a run ended: with several rows, failed where one of them did.
fn ended_in(history: &History, run: &infra_event::RunId) -> BTreeMap<String, (LastOutcome, Option<u64>)> {
    let mut tasks: BTreeMap<String, (LastOutcome, Option<u64>)> = BTreeMap::new();
    for step in history.steps(run).unwrap_or_default() {
        let outcome = match &step.outcome {
            Some(Outcome::Succeeded { .. } | Outcome::UpToDate { .. }) => LastOutcome::Succeeded,
            Some(Outcome::Failed { .. }) => LastOutcome::Failed,
            _ => LastOutcome::NotDone,
        };
        if outcome == LastOutcome::NotDone && step.started.is_none() {
            continue;
        }
        let known = tasks.entry(step.task).or_insert((outcome, Some(0)));
        if outcome == LastOutcome::Failed || known.0 == LastOutcome::Succeeded {
            known.0 = outcome;
        }
        known.1 = known.1.zip(step.duration_ms).map(|(all, one)| all + one);
    }
    tasks
}

/// A task without work of its own is as those that it calls.
fn inherit(graph: &mut Graph) {
    let mut calls = vec![Vec::new(); graph.tasks.len()];
    for link in &graph.links {
        calls[link.from].push(link.to);
    }
    // Long chains settle one link at a time.
    for _ in 0..graph.tasks.len().min(64) {
        let mut changed = false;
        for (index, called) in calls.iter().enumerate() {
            let task = &graph.tasks[index];
            if task.last.is_some() || called.is_empty() || task.does != "steps" {
                continue;
            }
            let parts: Vec<Option<LastOutcome>> =
                called.iter().map(|to| graph.tasks[*to].last.map(|(outcome, _)| outcome)).collect();
            let whole = if parts.contains(&Some(LastOutcome::Failed)) {
                Some(LastOutcome::Failed)
            } else if parts.iter().all(|part| *part == Some(LastOutcome::Succeeded)) {
                Some(LastOutcome::Succeeded)
            } else {
                None
            };
            if let Some(outcome) = whole {
                graph.tasks[index].last = Some((outcome, None));
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
}
