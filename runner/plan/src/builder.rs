use crate::bounds::Bounds;
use crate::condition::unmet;
use crate::instance::Instance;
use crate::matrix::{row_name, rows};
use crate::scope::Scope;
use crate::substitute::substitute;
use crate::unused_values::unused_values;
use crate::{Expression, Plan};
use infra_event::{SecretHandle, StepId};
use infra_infrafile::{Call, Diagnostic, Diagnostics, Infrafile, Task, Work, suggest};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Makes the plan for these tasks.
///
/// # Errors
/// A task that does not exist or is private, a parameter without a value, a value that is none of the choices: all of them at once.
pub fn build(infrafile: &Infrafile, requested: &[String]) -> Result<Plan, Diagnostics> {
    let values = infrafile.values.iter().map(|(name, value)| (name.clone(), value.value.clone()));
    let plan = Plan { requested: requested.to_vec(), params: values.collect(), ..Plan::default() };
    let mut builder = Builder {
        infrafile,
        plan,
        instances: HashMap::new(),
        names: HashMap::new(),
        wrong: vec![],
        usage: false,
        finalizing: vec![],
        overrides: BTreeMap::new(),
        bounds: Bounds::default(),
        secrets: Arc::new(infrafile.secrets.iter().map(|secret| (secret.name.clone(), secret.handle.clone())).collect()),
    };
    for name in requested {
        builder.request(name);
    }
    if builder.wrong.is_empty() {
        builder.wrong = crate::unused_values::unused_values(infrafile, requested);
        builder.usage = true;
    }
    if builder.wrong.is_empty() {
        builder.wrong = unused_values(infrafile, requested);
        builder.usage = true;
    }
    if builder.wrong.is_empty() {
        crate::order::sort(&mut builder.plan);
        return Ok(builder.plan);
    }
    builder.wrong.dedup();
    Err(Diagnostics { all: builder.wrong, sources: infrafile.sources.clone(), usage: builder.usage })
}

pub(crate) struct Builder<'a> {
    pub(crate) infrafile: &'a Infrafile,
    pub(crate) plan: Plan,
    /// A task with the same values is one instance, however many need it.
    instances: HashMap<String, Instance>,
    /// How often each name was given to a step.
    pub(crate) names: HashMap<String, u32>,
    pub(crate) wrong: Vec<Diagnostic>,
    pub(crate) usage: bool,
    /// While finalizers are expanded: what they follow.
    pub(crate) finalizing: Vec<StepId>,
    /// The other values of the project's parameters that the calls around have given.
    pub(crate) overrides: BTreeMap<String, Expression>,
    bounds: Bounds,
    /// What stands for the secrets, by their names.
    pub(crate) secrets: Arc<BTreeMap<String, SecretHandle>>,
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

    /// Makes the steps of a task with these values, after these steps, once. Values of the project's parameters hold for all that it calls.
    fn expand(
        &mut self,
        task: &'a Task,
        with: Vec<(String, Expression)>,
        call: Option<&Call>,
        after: &[StepId],
        requested: bool,
    ) -> Instance {
        let outer = self.overrides.clone();
        let instance = self.expand_here(task, with, call, after, requested);
        self.overrides = outer;
        instance
    }

    fn expand_here(
        &mut self,
        task: &'a Task,
        with: Vec<(String, Expression)>,
        call: Option<&Call>,
        after: &[StepId],
        requested: bool,
    ) -> Instance {
        let wrong = self.wrong.len();
        let mut given = with.clone();
        let (mut scope, extra) = self.scope(task, with, call);
        given.retain(|(name, _)| !self.overrides.contains_key(name));
        given.extend(self.overrides.clone());
        let key = self.key(task, &scope, &extra);
        if let Some(instance) = self.instances.get(&key).cloned() {
            self.mark(&instance, requested);
            return instance;
        }
        if let Err(problem) = self.bounds.enter(task) {
            self.wrong.extend(problem);
            return Instance::default();
        }
        let unmatrixed = unmet_now(task, &scope);
        let instance = if let Some(reason) = task.skip.clone().or(unmatrixed) {
            let id = self.add_skipped(task, &task.name, after, reason, &given);
            Instance { own: vec![id], ends: vec![id], outputs: vec![id], rows: false }
        } else {
            self.ask(task, &scope);
            let mut before = after.to_vec();
            let first = self.plan.steps.len();
            for call in &task.needs {
                let instance = self.call(call, &mut scope, after, false);
                before.extend(instance.ends);
            }
            let first = if task.work == Work::Nothing { first } else { self.plan.steps.len() };
            let instance = self.work(task, scope.clone(), &extra, &given, &before, requested);
            self.finalizers(task, &mut scope, instance, first)
        };
        self.bounds.leave();
        self.mark(&instance, requested);
        if self.wrong.len() == wrong {
            self.instances.insert(key, instance.clone());
        }
        instance
    }

    /// What tells an instance of a task from another: the values that it gets, however they came.
    fn key(&self, task: &Task, scope: &Scope, extra: &[(String, Expression)]) -> String {
        let values: Vec<_> = task.params.iter().map(|param| scope.params.get(&param.name)).collect();
        let mut extra: Vec<_> = extra.iter().collect();
        extra.sort_by_key(|(name, _)| name);
        format!("{} {values:?} {extra:?} {:?} {:?}", task.name, self.finalizing, self.overrides)
    }

    fn work(
        &mut self,
        task: &'a Task,
        mut scope: Scope,
        extra: &[(String, Expression)],
        given: &[(String, Expression)],
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
        let mut before = before.to_vec();
        for row in rows {
            if task.serial && !whole.ends.is_empty() {
                before.clone_from(&whole.ends);
            }
            let name = match row_name(&task.matrix, &row) {
                row if row.is_empty() => task.name.clone(),
                row => format!("{} ({row})", task.name),
            };
            scope.matrix = row;
            let skip = unmet(&task.when, &scope);
            match &task.work {
                Work::Steps(calls) if skip.is_none() => self.steps(calls, scope.clone(), &before, requested, &mut whole),
                Work::Nothing if skip.is_none() => {}
                _ => {
                    let id = match skip {
                        Some(reason) => self.add_skipped(task, &name, &before, reason, given),
                        None => self.add_work(task, &scope, &name, &before, extra, given),
                    };
                    whole.own.push(id);
                    whole.ends.push(id);
                    whole.outputs.push(id);
                }
            }
        }
        if whole.ends.is_empty() {
            // Nothing of its own, or a matrix without rows: it ends when what it needs has ended.
            whole.ends = before;
        }
        whole
    }

    /// These tasks, each after the one before.
    fn steps(&mut self, calls: &[Call], mut scope: Scope, before: &[StepId], requested: bool, whole: &mut Instance) {
        let mut after = before.to_vec();
        let mut last = Instance::default();
        for (index, call) in calls.iter().enumerate() {
            let known = self.plan.steps.len();
            last = self.call(call, &mut scope, &after, requested && index + 1 == calls.len());
            crate::order::put_after(&mut self.plan, last.own.iter().filter(|id| id.index() < known), &after);
            whole.own.extend(&last.own);
            if !last.ends.is_empty() {
                after.clone_from(&last.ends);
            }
        }
        whole.ends.extend(after);
        whole.outputs.extend(last.outputs);
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

    /// What is done after the task, whatever happened: after all of its own, and after all that was made for it since `first`.
    fn finalizers(&mut self, task: &'a Task, scope: &mut Scope, mut instance: Instance, first: usize) -> Instance {
        if task.finally.is_empty() {
            return instance;
        }
        instance.own.extend((first..self.plan.steps.len()).filter_map(|index| Some(StepId(u32::try_from(index).ok()?))));
        instance.own.sort_unstable();
        instance.own.dedup();
        if instance.own.is_empty() {
            return instance;
        }
        let outer = std::mem::replace(&mut self.finalizing, instance.own.clone());
        for call in &task.finally {
            let finalizer = self.call(call, scope, &[], false);
            instance.ends.extend(&finalizer.ends);
            instance.own.extend(&finalizer.own);
            // The next one follows this one too, also where it fails.
            self.finalizing.extend(finalizer.own);
        }
        self.finalizing = outer;
        instance
    }
}

/// Conditions that do not look at the matrix hold for all rows, and for what the task needs.
fn unmet_now(task: &Task, scope: &Scope) -> Option<String> {
    let now: Vec<_> =
        task.when.iter().filter(|when| matches!(when.name, infra_infrafile::ReferenceName::Param(_))).cloned().collect();
    unmet(&now, scope)
}
