use crate::Expression;
use crate::builder::Builder;
use crate::scope::Scope;
use infra_infrafile::{Call, Diagnostic, Task, Work, suggest};
use serde_json::Value as Json;
use std::sync::Arc;

impl Builder<'_> {
    /// The values of a task's parameters, and what is left for its `with`.
    pub(crate) fn scope(
        &mut self,
        task: &Task,
        with: Vec<(String, Expression)>,
        call: Option<&Call>,
    ) -> (Scope, Vec<(String, Expression)>) {
        let values = self.plan.params.iter().map(|(name, value)| (name.clone(), Expression::Literal(value.clone())));
        let params = values.chain(self.overrides.clone()).collect();
        let mut scope = Scope { params, secrets: Arc::clone(&self.secrets), ..Scope::default() };
        for param in &task.params {
            match &param.default {
                Some(default) => scope.params.insert(param.name.clone(), Expression::Literal(default.clone())),
                None => scope.params.remove(&param.name),
            };
        }
        let mut extra = Vec::new();
        let project = &self.infrafile.params;
        for (name, value) in with {
            let own = task.params.iter().find(|param| param.name == name);
            let Some(param) = own.or_else(|| project.iter().find(|param| param.name == name)) else {
                extra.push((name, value));
                continue;
            };
            let accepted = match value.literal() {
                Some(json) => param.accept(&json).map(Expression::Literal),
                None => Ok(value),
            };
            match accepted {
                Ok(value) => {
                    if own.is_none() {
                        self.give_all(&name, &value);
                    }
                    scope.params.insert(name, value);
                }
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

    /// Another value of a parameter of the project, for what is called from here.
    fn give_all(&mut self, name: &str, value: &Expression) {
        if self.plan.params.get(name) == value.literal().as_ref() && value.literal().is_some() {
            self.overrides.remove(name);
        } else {
            self.overrides.insert(name.to_owned(), value.clone());
        }
    }
}
