use crate::names::Names;
use crate::param_declaration::placed_at;
use crate::problems::Problems;
use crate::profile::CHOOSER;
use crate::{Call, Condition, Diagnostic, Param, ParamKind, ReferenceName, Task, Template, Work, suggest};
use std::collections::BTreeMap;

/// Checks every reference and condition of a task, and gives `needs.TASK` the whole names.
pub(crate) fn check(task: &mut Task, project: &[Param], namespace: Option<&str>, names: &Names, problems: &mut Problems) {
    crate::secret_places::check(task, problems);
    let params: Vec<Param> = task.params.iter().chain(project).cloned().collect();
    let matrix = task.matrix.clone();
    let needs: Vec<String> = task.needs.iter().map(|call| call.task.clone()).collect();
    let mut scope = Scope { params: &params, matrix: &matrix, needs: &needs, namespace, names, problems };
    for condition in &task.when {
        scope.condition(condition);
    }
    for (_, template) in &mut task.env {
        scope.all(template);
    }
    if let Some(dir) = &mut task.dir {
        scope.all(dir);
    }
    if let Some(ready) = task.service.as_mut().and_then(|service| service.ready.as_mut()) {
        scope.all(ready);
    }
    if let Some(up_to_date) = &mut task.up_to_date {
        up_to_date.inputs.iter_mut().chain(&mut up_to_date.outputs).for_each(|pattern| scope.all(pattern));
    }
    match &mut task.work {
        Work::Uses { with, .. } => scope.all(with),
        Work::Run(words) => words.iter_mut().for_each(|word| scope.all(word)),
        Work::Steps(steps) => {
            let mut done = needs.clone();
            for step in steps {
                Scope { needs: &done, problems: scope.problems, ..scope }.call(step);
                done.push(step.task.clone());
            }
        }
        Work::Nothing | Work::Shell(_) => {}
    }
    task.finally.iter_mut().for_each(|call| scope.call(call));
    // What is read before anything has run.
    let mut before = Scope { needs: &[], problems: scope.problems, ..scope };
    task.needs.iter_mut().for_each(|call| before.call(call));
    task.preconditions.iter_mut().for_each(|precondition| before.all(&mut precondition.exists));
    let mut axes = Scope { matrix: &[], problems: before.problems, ..before };
    task.matrix.iter_mut().flat_map(|(_, values)| values).for_each(|value| axes.all(value));
}

struct Scope<'a, 'p> {
    params: &'a [Param],
    matrix: &'a [(String, Vec<Template>)],
    /// The tasks whose outputs are there.
    needs: &'a [String],
    namespace: Option<&'a str>,
    names: &'a Names,
    problems: &'p mut Problems,
}

impl Scope<'_, '_> {
    fn call(&mut self, call: &mut Call) {
        call.with.iter_mut().for_each(|(_, template)| self.all(template));
    }

    fn all(&mut self, template: &mut Template) {
        for reference in template.references_mut() {
            if let Err(help) = self.resolve(&mut reference.name) {
                let message = format!("`${{{}}}` names nothing that is known here", reference.name);
                self.problems.push(Diagnostic::at(&reference.at, message, "unknown").maybe_help(help));
            }
        }
    }

    /// Whether the name is known; else what could be meant.
    fn resolve(&self, name: &mut ReferenceName) -> Result<(), Option<String>> {
        match name {
            ReferenceName::Param(param) => {
                let known = || self.params.iter().map(|param| param.name.as_str());
                if known().any(|name| name == param) { Ok(()) } else { Err(suggest(param, known())) }
            }
            ReferenceName::Matrix(axis) => {
                let known = || self.matrix.iter().map(|(name, _)| name.as_str());
                if known().any(|name| name == axis) { Ok(()) } else { Err(suggest(axis, known())) }
            }
            ReferenceName::Secret(_) if self.namespace.is_some() => {
                Err(Some("an included file gets no secrets: the project's Infrafile has the task that needs one".to_owned()))
            }
            ReferenceName::Secret(secret) => {
                let known = || self.names.secrets.iter().map(String::as_str);
                let declare = || format!("declare it in `[secrets]`: `{secret} = \"env:VARIABLE\"`");
                if known().any(|name| name == secret) {
                    Ok(())
                } else {
                    Err(Some(suggest(secret, known()).unwrap_or_else(declare)))
                }
            }
            ReferenceName::Needs { task, .. } => {
                let whole = self.names.resolve(task, self.namespace);
                if let Some(whole) = whole.filter(|whole| self.needs.iter().any(|need| need == whole)) {
                    whole.clone_into(task);
                    return Ok(());
                }
                let near = suggest(task, self.needs.iter().map(String::as_str));
                let missing = whole
                    .map(|_| format!("the output of `{task}` is known only where `{task}` is in the `needs` and done before"));
                Err(near.or(missing).or_else(|| self.names.suggest(task, self.namespace)))
            }
        }
    }

    fn condition(&mut self, condition: &Condition) {
        let mut name = condition.name.clone();
        if let Err(help) = self.resolve(&mut name) {
            let message = format!("`{name}` in `when` is not known here");
            self.problems.push(Diagnostic::at(&condition.at, message, "unknown").maybe_help(help));
            return;
        }
        match &name {
            ReferenceName::Param(name) => {
                let Some(param) = self.params.iter().find(|param| param.name == *name) else { return };
                for value in &condition.values {
                    let checked = match param.kind {
                        ParamKind::List => Param { kind: ParamKind::String, ..param.clone() }.accept(value),
                        _ => param.accept(value),
                    };
                    if let Err(problem) = checked {
                        self.problems.push(placed_at(problem, &condition.at, "can never hold"));
                    }
                }
            }
            ReferenceName::Matrix(axis) => {
                let Some((_, values)) = self.matrix.iter().find(|(name, _)| name == axis) else { return };
                for wanted in &condition.values {
                    let may_be = |template: &Template| match template {
                        Template::Literal(value) => value == wanted,
                        _ => true,
                    };
                    if !values.iter().any(may_be) {
                        let message = format!("the axis `{axis}` has no value `{}`", crate::param_value::plain(wanted));
                        self.problems.at(&condition.at, message, "can never hold");
                    }
                }
            }
            ReferenceName::Needs { .. } | ReferenceName::Secret(_) => {}
        }
    }
}

/// Checks the arguments of every call against the task that is called.
pub(crate) fn check_calls(tasks: &BTreeMap<String, Task>, project: &[Param], problems: &mut Problems) {
    for task in tasks.values() {
        let steps = match &task.work {
            Work::Steps(steps) => steps.as_slice(),
            _ => &[],
        };
        for call in task.needs.iter().chain(steps).chain(&task.finally) {
            let Some(called) = tasks.get(&call.task) else { continue };
            for (key, value) in &call.with {
                let own = called.params.iter().find(|param| param.name == *key);
                if own.is_none() && key == CHOOSER && project.iter().any(|param| param.name == *key) {
                    let problem = Diagnostic::at(&call.at, format!("a call cannot give `{CHOOSER}`"), "in this call");
                    problems.push(problem.help("the profile is chosen before anything runs: give it on the command line"));
                    continue;
                }
                match (own.or_else(|| project.iter().find(|param| param.name == *key)), value) {
                    (Some(param), Template::Literal(value)) => {
                        if let Err(problem) = param.accept(value) {
                            problems.push(placed_at(problem, &call.at, "in this call"));
                        }
                    }
                    (Some(_), _) => {}
                    (None, _) if matches!(called.work, Work::Uses { .. }) => {}
                    (None, _) => {
                        let help = suggest(key, called.params.iter().chain(project).map(|param| param.name.as_str()));
                        let message = format!("the task `{}` has no parameter `{key}`", called.name);
                        problems.push(Diagnostic::at(&call.at, message, "in this call").maybe_help(help));
                    }
                }
            }
        }
    }
}
