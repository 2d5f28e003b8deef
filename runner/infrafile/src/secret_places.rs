use crate::problems::Problems;
use crate::{Diagnostic, ReferenceName, Task, Template, Work};

/// A secret stands only where it can go on as one: in the environment, and in the arguments of a component or of another task.
pub(crate) fn check(task: &Task, problems: &mut Problems) {
    let mut refuse = |template: &Template, why: &str, help: &str| {
        for reference in template.references() {
            if let ReferenceName::Secret(name) = &reference.name {
                let message = format!("the secret `{name}` cannot stand here: {why}");
                problems.push(Diagnostic::at(&reference.at, message, "a secret").help(help));
            }
        }
    };
    if let Work::Run(words) = &task.work {
        let why = "every program of the machine sees the arguments of a program";
        words.iter().for_each(|word| refuse(word, why, "give it in the task's `env`"));
    }
    let mut early: Vec<&Template> = task.dir.iter().collect();
    early.extend(task.service.iter().filter_map(|service| service.ready.as_ref()));
    early.extend(task.matrix.iter().flat_map(|(_, values)| values));
    early.extend(task.preconditions.iter().map(|precondition| &precondition.exists));
    early.extend(task.up_to_date.iter().flat_map(|files| files.inputs.iter().chain(&files.outputs)));
    early.into_iter().for_each(|template| refuse(template, "its text would be told", "secrets go into `env` and `with`"));
    for reference in task.templates_for_secrets().into_iter().flat_map(Template::references) {
        if let (ReferenceName::Secret(name), Some(_)) = (&reference.name, reference.format) {
            let problem =
                Diagnostic::at(&reference.at, format!("the secret `{name}` is a text already"), "without `:csv` and `:json`");
            problems.push(problem.help(format!("write `${{secrets.{name}}}`")));
        }
    }
}
