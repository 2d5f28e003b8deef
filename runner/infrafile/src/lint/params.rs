use super::Lint;
use crate::profile::CHOOSER;
use crate::{Diagnostic, Infrafile, Param, Task, Work};
use std::collections::BTreeSet;

const NAME: &str = "unused-param";

/// Parameters that no task names, with any profile.
pub(super) fn unused(profiles: &[Infrafile]) -> Vec<Lint> {
    let mut all = Vec::new();
    let Some(first) = profiles.first() else { return all };
    let chooses = |param: &Param| param.name == CHOOSER && !first.profiles.is_empty();
    let named: BTreeSet<String> =
        profiles.iter().flat_map(|profile| profile.tasks.values()).flat_map(Task::named_params).collect();
    let takes_all = profiles.iter().flat_map(|profile| profile.tasks.values()).any(hands_on);
    for param in first.params.iter().filter(|param| !chooses(param) && !named.contains(&param.name) && !takes_all) {
        let message = format!("no task uses the parameter `{}`", param.name);
        let help = format!("take it away, or use it as `${{{}}}`", param.name);
        all.push(Lint::new(NAME, Diagnostic::at(&param.at, message, "never used").help(help)));
    }
    for task in first.tasks.values() {
        let same: Vec<&Task> = profiles.iter().filter_map(|profile| profile.tasks.get(&task.name)).collect();
        let named: BTreeSet<String> = same.iter().flat_map(|task| task.named_params()).collect();
        let takes_all = same.iter().any(|task| hands_on(task));
        for param in task.params.iter().filter(|param| !named.contains(&param.name) && !takes_all) {
            let message = format!("the task `{}` does not use its parameter `{}`", task.name, param.name);
            let help = format!("take it away, or use it as `${{{}}}`", param.name);
            all.push(Lint::new(NAME, Diagnostic::at(&param.at, message, "never used").help(help)));
        }
    }
    all
}

/// Whether a script calls a program of the repository: it gets every parameter in its environment, and may read any.
fn hands_on(task: &Task) -> bool {
    match &task.work {
        Work::Shell(script) => {
            script.contains("./") || script.contains(".sh") || script.split_whitespace().any(|word| word == "env")
        }
        _ => false,
    }
}
