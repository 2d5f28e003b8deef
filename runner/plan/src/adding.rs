use crate::builder::Builder;
use crate::instance::Instance;
use crate::scope::Scope;
use crate::substitute::substitute;
use crate::{Confirmation, Expression, Precondition, Step};
use infra_event::StepId;
use infra_infrafile::{Diagnostic, Task};
use serde_json::Value as Json;

impl Builder<'_> {
    /// What is asked, and what must be there, before anything runs.
    pub(crate) fn ask(&mut self, task: &Task, scope: &Scope) {
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

    /// The step that does what the task is for.
    pub(crate) fn add_work(
        &mut self,
        task: &Task,
        scope: &Scope,
        name: &str,
        needs: &[StepId],
        extra: &[(String, Expression)],
        given: &[(String, Expression)],
    ) -> StepId {
        match crate::node::step(task, scope, extra, &self.plan.params) {
            Ok(step) => self.push(step, name, needs, None, given),
            Err(wrong) => {
                self.wrong.extend(wrong);
                self.push(crate::node::skipped(task), name, needs, None, given)
            }
        }
    }

    /// A step that is not done: nothing of it is looked at.
    pub(crate) fn add_skipped(
        &mut self,
        task: &Task,
        name: &str,
        needs: &[StepId],
        reason: String,
        given: &[(String, Expression)],
    ) -> StepId {
        self.push(crate::node::skipped(task), name, needs, Some(reason), given)
    }

    fn push(&mut self, step: Step, name: &str, needs: &[StepId], skip: Option<String>, given: &[(String, Expression)]) -> StepId {
        let id = StepId(u32::try_from(self.plan.steps.len()).unwrap_or(u32::MAX));
        let mut needs = needs.to_vec();
        needs.sort_unstable();
        needs.dedup();
        let (name, finalizes) = (self.unique(name, given), self.finalizing.clone());
        self.plan.steps.push(Step { id, name, needs, skip, finalizes, ..step });
        id
    }

    /// A task with other values says which.
    fn unique(&mut self, name: &str, given: &[(String, Expression)]) -> String {
        let literals: Vec<String> = given
            .iter()
            .filter_map(|(key, value)| Some(format!("{key}={}", crate::process::variable(&value.literal()?))))
            .collect();
        let with_values = (!literals.is_empty()).then(|| format!("{name} ({})", literals.join(", ")));
        let mut name = name.to_owned();
        if self.names.contains_key(&name) {
            name = with_values.unwrap_or(name);
        }
        loop {
            let count = self.names.entry(name.clone()).or_default();
            *count += 1;
            if *count == 1 {
                return name;
            }
            name = format!("{name} #{count}");
        }
    }

    pub(crate) fn mark(&mut self, instance: &Instance, requested: bool) {
        if requested {
            for id in &instance.outputs {
                if let Some(step) = self.plan.steps.get_mut(id.index()) {
                    step.requested = true;
                }
            }
        }
    }
}
