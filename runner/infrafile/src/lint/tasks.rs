use super::Lint;
use crate::{Diagnostic, Infrafile, Work};
use std::collections::BTreeSet;

/// Private tasks that no other task leads to, with any profile.
pub(super) fn unreachable(profiles: &[Infrafile]) -> Vec<Lint> {
    let Some(first) = profiles.first() else { return vec![] };
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    for profile in profiles {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = profile.tasks.values().filter(|task| !task.private).map(|task| task.name.as_str()).collect();
        while let Some(name) = open.pop() {
            let Some(task) = profile.tasks.get(name).filter(|_| seen.insert(name)) else { continue };
            reached.insert(name);
            let steps = if let Work::Steps(steps) = &task.work { steps.as_slice() } else { &[] };
            open.extend(task.needs.iter().chain(&task.finally).chain(steps).map(|call| call.task.as_str()));
        }
    }
    let unreached = first.tasks.values().filter(|task| !reached.contains(task.name.as_str()));
    let lint = |task: &crate::Task| {
        let message = format!("nothing calls the private task `{}`", task.name);
        let help = "take it away, call it, or take `private` away";
        Lint::new("unreachable-task", Diagnostic::at(&task.at, message, "cannot be reached").help(help))
    };
    unreached.map(lint).collect()
}
