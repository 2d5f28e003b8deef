use crate::containment::{any_arguments, program, uncovered};
use crate::include::Included;
use crate::problems::Problems;
use crate::{Diagnostic, Param, Task, Template, Work};
use std::path::Path;

/// An included task gets at most what the line of its include grants.
pub(crate) fn check(task: &Task, included: &Included, root: &Path, problems: &mut Problems) {
    let mut refuse = |message: String, help: &str| {
        let mut problem = Diagnostic::at(&task.at, message, "in the included file");
        problem.labels.push((included.at.clone(), "included here".into()));
        problems.push(problem.help(help));
    };
    for line in uncovered(&included.allow, &task.allow) {
        let help = format!("grant it where it is included: allow = [{{ {line} }}]");
        refuse(format!("the task `{}` is granted more than its include: {line}", task.name), &help);
    }
    if !task.allow.secrets.is_empty() {
        refuse(
            format!("the task `{}` is granted secrets", task.name),
            "an included file gets no secrets: the project's Infrafile has the task that needs one",
        );
    }
    if !task.confine || task.allow.process.iter().any(|grant| !grant.confine) {
        refuse(
            format!("the task `{}` starts programs without confinement", task.name),
            "an included file never says `confine = false`",
        );
    }
    match &task.work {
        Work::Uses { component, .. } => {
            let value = &component.value;
            let file = value.ends_with(".wasm") && !value.starts_with("oci://") && !root.join(value).is_dir();
            if !value.starts_with("std/") && !file {
                refuse(
                    format!("the task `{}` uses `{value}`", task.name),
                    "an included file uses only `std/NAME` and files that end in `.wasm`",
                );
            }
        }
        Work::Run(words) => {
            let known = |template: &Template| match template {
                Template::Literal(value) => value.as_str().map(str::to_owned),
                _ => None,
            };
            let words: Vec<Option<String>> = words.iter().map(known).collect();
            let allowed = match words.split_first() {
                Some((Some(name), args)) => program(&included.allow, name, args),
                _ => false,
            };
            if !allowed {
                let name = words.first().cloned().flatten().unwrap_or_else(|| "…".into());
                let help = format!("grant it where it is included: allow = [{{ process = [{{ program = \"{name}\" }}] }}]");
                refuse(format!("the task `{}` starts `{name}` with arguments that its include does not grant", task.name), &help);
            }
        }
        Work::Shell(_) if !any_arguments(&included.allow, "sh") => {
            let help = "grant it where it is included: allow = [{ process = [{ program = \"sh\" }] }]";
            refuse(format!("the task `{}` starts a shell, which its include does not grant", task.name), help);
        }
        Work::Shell(_) | Work::Steps(_) | Work::Nothing => {}
    }
}

/// A parameter of an included file takes nothing from the environment.
pub(crate) fn check_params(params: &[Param], problems: &mut Problems) {
    for param in params.iter().filter(|param| param.env.is_some()) {
        let message = format!("the parameter `{}` of an included file reads the environment", param.name);
        let problem = Diagnostic::at(&param.at, message, "`env` is not for included files");
        problems.push(problem.help("declare it in the project's Infrafile"));
    }
}
