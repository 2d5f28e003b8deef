use crate::problems::Problems;
use crate::{Diagnostic, Param, Request, Task, suggest};
use std::collections::BTreeMap;

/// The values of the command line that are for parameters of tasks. A name that nothing has is refused.
pub(crate) fn of_tasks(
    request: &Request,
    project: &[Param],
    tasks: &BTreeMap<String, Task>,
    problems: &mut Problems,
) -> BTreeMap<String, String> {
    let known = || project.iter().chain(tasks.values().flat_map(|task| &task.params)).map(|param| param.name.as_str());
    let mut all = BTreeMap::new();
    for (name, value) in &request.assignments {
        if project.iter().any(|param| param.name == *name) {
            continue;
        }
        if known().any(|param| param == name) {
            all.insert(name.clone(), value.clone());
            continue;
        }
        let listed = || project.iter().map(|param| param.name.as_str()).collect::<Vec<_>>().join(", ");
        let help = suggest(name, known())
            .or_else(|| (!project.is_empty()).then(|| format!("the project's parameters are {}", listed())));
        problems.usage.push(Diagnostic::new(format!("unknown parameter `{name}`")).maybe_help(help));
    }
    all
}
