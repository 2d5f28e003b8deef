use crate::condition::unmet;
use crate::matrix::{row_name, rows};
use crate::scope::Scope;
use crate::substitute::substitute;
use crate::unused_values::unused_values;
use crate::{Confirmation, Expression, Plan, Precondition};
use infra_event::StepId;
use infra_infrafile::{Call, Diagnostic, Diagnostics, Infrafile, Task, Work, suggest};
use serde_json::Value as Json;
use std::collections::HashMap;

/// Makes the plan for these tasks.
///
/// # Errors
/// A task that does not exist or is private, a parameter without a value, a value that is none of the choices: all of them at once.
pub fn build(infrafile: &Infrafile, requested: &[String]) -> Result<Plan, Diagnostics> {
    let values = infrafile.values.iter().map(|(name, value)| (name.clone(), value.value.clone()));
    let plan = Plan { requested: requested.to_vec(), params: values.collect(), ..Plan::default() };
    let mut builder = Builder { infrafile, plan, instances: HashMap::new(), wrong: vec![], usage: false, finalizing: vec![] };
    for name in requested {
        builder.request(name);
    }
    if builder.wrong.is_empty() {
        builder.wrong = unused_values(infrafile, requested);
        builder.usage = true;
    }
    if builder.wrong.is_empty() {
        return Ok(builder.plan);
    }
    builder.wrong.dedup();
    Err(Diagnostics { all: builder.wrong, sources: infrafile.sources.clone(), usage: builder.usage })
}

pub(crate) struct Builder<'a> {
    pub(crate) infrafile: &'a Infrafile,
    pub(crate) plan: Plan,
    /// A task with the same arguments is one instance, however many need it.
    instances: HashMap<String, Instance>,
    wrong: Vec<Diagnostic>,
    usage: bool,
    /// While finalizers are expanded: what they follow.
    pub(crate) finalizing: Vec<StepId>,
}

/// What a call comes to.
#[derive(Clone, Debug, Default)]
struct Instance {
    /// All steps of its own, without those that it needs.
    own: Vec<StepId>,
    /// When these have ended, it has.
    ends: Vec<StepId>,
    /// The steps whose outputs are its output.
    outputs: Vec<StepId>,
    /// Whether it has a matrix.
    rows: bool,
}

impl<'a> Builder<'a> {
    fn request(&mut self, name: &str) {
        let Some(task) = self.infrafile.task(name) else {
            self.usage = true;
            let tasks = self.infrafile.tasks.values().filter(|task| !task.private);
            let known = tasks.flat_map(|task| std::iter::once(&task.name).chain(&task.aliases)).map(String::as_str);
            let help = suggest(name, known).unwrap_or_else(|| "`infra list` shows the tasks".to_owned());
            self.wrong.push(Diagnostic::new(format!("there is no task `{name}`")).help(help));
            return;
        };
        if task.private {
            self.usage = true;
            self.wrong.push(
                Diagnostic::at(&task.at, format!("the task `{name}` is private"), "declared here")
                    .help("other tasks may need it"),
            );
            return;
        }
        let mut with = Vec::new();
        for param in &task.params {
            if let Some(text) = self.infrafile.assignments.get(&param.name) {
                match param.parse(text) {
                    Ok(value) => with.push((param.name.clone(), Expression::Literal(value))),
                    Err(wrong) => {
                        self.usage = true;
                        self.wrong.push(wrong);
                    }
                }
            }
        }
        self.expand(task, with, None, &[], true);
    }

    /// Makes the steps of a task with these values, after these steps, once.
    fn expand(
        &mut self,
        task: &'a Task,
        with: Vec<(String, Expression)>,
        call: Option<&Call>,
        after: &[StepId],
        requested: bool,
    ) -> Instance {
        let key = format!("{} {with:?} {:?}", task.name, self.finalizing);
        if let Some(instance) = self.instances.get(&key).cloned() {
            self.mark(&instance, requested);
            return instance;
        }
        let wrong = self.wrong.len();
        let (mut scope, extra) = self.scope(task, with, call);
        let unmatrixed = unmet_now(task, &scope);
        let instance = if let Some(reason) = task.skip.clone().or(unmatrixed) {
            let id = self.add(task, &scope, &task.name.clone(), after, Some(reason), &extra);
            Instance { own: vec![id], ends: vec![id], outputs: vec![id], rows: false }
        } else {
            self.ask(task, &scope);
            let mut before = after.to_vec();
            for call in &task.needs {
                let instance = self.call(call, &mut scope, after, false);
                before.extend(instance.ends);
            }
            self.work(task, scope.clone(), &extra, &before, requested)
        };
        let instance = self.finalizers(task, &mut scope, instance);
        self.mark(&instance, requested);
        if self.wrong.len() == wrong {
            self.instances.insert(key, instance.clone());
        }
        instance
    }

    fn work(
        &mut self,
        task: &'a Task,
        mut scope: Scope,
        extra: &[(String, Expression)],
        before: &[StepId],
        requested: bool,
    ) -> Instance {
        let rows = match rows(&task.matrix, &scope, &task.at) {
            Ok(rows) => rows,
            Err(wrong) => {
                self.wrong.push(wrong);
                return Instance::default();
            }
        };
        let mut whole = Instance { rows: !task.matrix.is_empty(), ..Instance::default() };
        for row in rows {
            let name = match row_name(&task.matrix, &row) {
                row if row.is_empty() => task.name.clone(),
                row => format!("{} ({row})", task.name),
            };
            scope.matrix = row;
            let skip = unmet(&task.when, &scope);
            match &task.work {
                Work::Steps(calls) if skip.is_none() => {
                    let mut after = before.to_vec();
                    let mut last = Instance::default();
                    let mut scope = scope.clone();
                    for (index, call) in calls.iter().enumerate() {
                        last = self.call(call, &mut scope, &after, requested && index + 1 == calls.len());
                        whole.own.extend(&last.own);
                        if !last.ends.is_empty() {
                            after.clone_from(&last.ends);
                        }
                    }
                    whole.ends.extend(after);
                    whole.outputs.extend(last.outputs);
                }
                Work::Nothing if skip.is_none() => whole.ends.extend(before),
                _ => {
                    let id = self.add(task, &scope, &name, before, skip, extra);
                    whole.own.push(id);
                    whole.ends.push(id);
                    whole.outputs.push(id);
                }
            }
        }
        whole
    }

    /// A call from another task: its values are in the caller's words.
    fn call(&mut self, call: &Call, scope: &mut Scope, after: &[StepId], requested: bool) -> Instance {
        let Some(task) = self.infrafile.tasks.get(&call.task) else {
            self.wrong.push(Diagnostic::at(&call.at, format!("there is no task `{}`", call.task), "called here"));
            return Instance::default();
        };
        let mut with = Vec::new();
        for (name, template) in &call.with {
            match substitute(template, scope) {
                Ok(value) => with.push((name.clone(), value)),
                Err(wrong) => self.wrong.push(wrong),
            }
        }
        let instance = self.expand(task, with, Some(call), after, requested);
        let short = call.task.rsplit(':').next().unwrap_or(&call.task);
        for name in [short, &call.task] {
            scope.needs.insert(name.to_owned(), (instance.outputs.clone(), instance.rows));
        }
        instance
    }

    fn finalizers(&mut self, task: &'a Task, scope: &mut Scope, mut instance: Instance) -> Instance {
        if task.finally.is_empty() || instance.own.is_empty() {
            return instance;
        }
        let outer = std::mem::replace(&mut self.finalizing, instance.own.clone());
        let mut after = vec![];
        for call in &task.finally {
            let finalizer = self.call(call, scope, &after, false);
            after.clone_from(&finalizer.ends);
            instance.ends.extend(finalizer.ends);
        }
        self.finalizing = outer;
        instance
    }

    /// The values of a task's parameters, and what is left for its `with`.
    fn scope(&mut self, task: &Task, with: Vec<(String, Expression)>, call: Option<&Call>) -> (Scope, Vec<(String, Expression)>) {
        let values = self.plan.params.iter().map(|(name, value)| (name.clone(), Expression::Literal(value.clone())));
        let mut scope = Scope { params: values.collect(), ..Scope::default() };
        for param in &task.params {
            match &param.default {
                Some(default) => scope.params.insert(param.name.clone(), Expression::Literal(default.clone())),
                None => scope.params.remove(&param.name),
            };
        }
        let mut extra = Vec::new();
        for (name, value) in with {
            let Some(param) = task.params.iter().find(|param| param.name == name) else {
                extra.push((name, value));
                continue;
            };
            let accepted = match value.literal() {
                Some(json) => param.accept(&json).map(Expression::Literal),
                None => Ok(value),
            };
            match accepted {
                Ok(value) => drop(scope.params.insert(name, value)),
                Err(wrong) => self.wrong.push(wrong),
            }
        }
        let missing: Vec<_> = task.params.iter().filter(|param| !scope.params.contains_key(&param.name)).collect();
        for param in missing {
            // What follows from a missing value is not told again.
            scope.params.insert(param.name.clone(), Expression::Literal(Json::String(String::new())));
            if call.is_none() && self.infrafile.assignments.contains_key(&param.name) {
                continue;
            }
            let message = format!("the task `{}` needs a value for `{}`", task.name, param.name);
            let wrong = match call {
                Some(call) => Diagnostic::at(&call.at, message, "called here"),
                None => Diagnostic::new(message),
            };
            self.usage |= call.is_none();
            let about = param.help.as_ref().map_or(String::new(), |help| format!("  ({help})"));
            self.wrong.push(wrong.help(match call {
                Some(_) => format!("give it in the call: `with = {{ {} = … }}`{about}", param.name),
                None => format!("give it on the command line: `{}=VALUE`{about}", param.name),
            }));
        }
        if let (Some(call), Some((name, _)), false) = (call, extra.first(), matches!(task.work, Work::Uses { .. })) {
            let known = task.params.iter().map(|param| param.name.as_str());
            let wrong = Diagnostic::at(&call.at, format!("the task `{}` has no parameter `{name}`", task.name), "given here");
            self.wrong.push(wrong.maybe_help(suggest(name, known)));
        }
        (scope, extra)
    }

    /// What is asked, and what must be there, before anything runs.
    fn ask(&mut self, task: &Task, scope: &Scope) {
        if let Some(word) = &task.confirm {
            let confirmation = Confirmation { task: task.name.clone(), word: word.clone() };
            if !self.plan.confirmations.contains(&confirmation) {
                self.plan.confirmations.push(confirmation);
            }
        }
        for precondition in &task.preconditions {
            let path = match substitute(&precondition.exists, scope).map(|path| path.literal()) {
                Ok(Some(Json::String(path))) => path,
                Ok(_) => {
                    let wrong = Diagnostic::at(
                        &precondition.at,
                        "a precondition is looked at before anything runs",
                        "it depends on an output",
                    );
                    self.wrong.push(wrong);
                    continue;
                }
                Err(wrong) => {
                    self.wrong.push(wrong);
                    continue;
                }
            };
            let (message, hint, at) = (precondition.message.clone(), precondition.hint.clone(), precondition.at.clone());
            self.plan.preconditions.push(Precondition { task: task.name.clone(), path, message, hint, at });
        }
    }

    fn add(
        &mut self,
        task: &Task,
        scope: &Scope,
        name: &str,
        needs: &[StepId],
        skip: Option<String>,
        extra: &[(String, Expression)],
    ) -> StepId {
        let id = StepId(u32::try_from(self.plan.steps.len()).unwrap_or(u32::MAX));
        let name = self.unique(name, extra);
        let mut needs = needs.to_vec();
        needs.sort_unstable();
        needs.dedup();
        let made = match skip {
            Some(_) => Ok(crate::node::skipped(task)),
            None => crate::node::step(task, scope, extra, &self.plan.params),
        };
        match made {
            Ok(mut step) => {
                (step.id, step.name, step.needs, step.skip) = (id, name, needs, skip);
                step.finalizes.clone_from(&self.finalizing);
                self.plan.steps.push(step);
            }
            Err(wrong) => self.wrong.extend(wrong),
        }
        id
    }

    /// A task with other arguments says which.
    fn unique(&self, name: &str, extra: &[(String, Expression)]) -> String {
        let taken = |name: &str| self.plan.steps.iter().any(|step| step.name == name);
        if !taken(name) {
            return name.to_owned();
        }
        let literals: Vec<String> = extra
            .iter()
            .filter_map(|(key, value)| Some(format!("{key}={}", crate::process::variable(&value.literal()?))))
            .collect();
        let name = if literals.is_empty() { name.to_owned() } else { format!("{name} ({})", literals.join(", ")) };
        let mut names = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name} #{number}")));
        names.find(|name| !taken(name)).unwrap_or(name)
    }

    fn mark(&mut self, instance: &Instance, requested: bool) {
        if requested {
            for id in &instance.outputs {
                if let Some(step) = self.plan.steps.get_mut(id.0 as usize) {
                    step.requested = true;
                }
            }
        }
    }
}

/// Conditions that do not look at the matrix hold for all rows, and for what the task needs.
fn unmet_now(task: &Task, scope: &Scope) -> Option<String> {
    let now: Vec<_> =
        task.when.iter().filter(|when| matches!(when.name, infra_infrafile::ReferenceName::Param(_))).cloned().collect();
    unmet(&now, scope)
}
