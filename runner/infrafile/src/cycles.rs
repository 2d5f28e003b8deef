use crate::{Call, Diagnostic, Task, Work};
use std::collections::{BTreeMap, BTreeSet};

/// Tasks that wait for themselves, over `needs`, `steps` and `finally`. Each cycle is told once.
pub(crate) fn cycles(tasks: &BTreeMap<String, Task>) -> Vec<Diagnostic> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for start in tasks.values() {
        if done.contains(start.name.as_str()) {
            continue;
        }
        // The way to where the walk is: tasks, their calls, and the next call to follow. It is no recursion, for a file may be long.
        let mut way: Vec<(&Task, Vec<&Call>, usize)> = vec![(start, calls(start), 0)];
        while let Some((task, calls_of, next)) = way.last_mut() {
            let Some(call) = calls_of.get(*next).copied() else {
                done.insert(&task.name);
                way.pop();
                continue;
            };
            *next += 1;
            if let Some(first) = way.iter().position(|(task, ..)| task.name == call.task) {
                found.push(cycle(&way[first..]));
            } else if let Some(called) = tasks.get(&call.task)
                && !done.contains(called.name.as_str())
            {
                way.push((called, calls(called), 0));
            }
        }
    }
    found
}

fn cycle(way: &[(&Task, Vec<&Call>, usize)]) -> Diagnostic {
    let names: Vec<&str> = way.iter().chain(way.first()).map(|(task, ..)| task.name.as_str()).collect();
    let mut problem = Diagnostic::new(format!("tasks wait for each other: {}", names.join(" → ")));
    let label = |(task, calls, next): &(&Task, Vec<&Call>, usize)| {
        let call = calls.get(next.checked_sub(1)?)?;
        Some((call.at.clone(), format!("`{}` waits for `{}`", task.name, call.task)))
    };
    problem.labels = way.iter().filter_map(label).collect();
    problem
}

fn calls(task: &Task) -> Vec<&Call> {
    let steps = match &task.work {
        Work::Steps(steps) => steps.as_slice(),
        _ => &[],
    };
    task.needs.iter().chain(steps).chain(&task.finally).collect()
}
