use crate::{Reference, ReferenceName, Task, Template, Work};
use std::collections::BTreeSet;

impl Task {
    /// The secrets that the task itself names.
    #[must_use]
    pub fn named_secrets(&self) -> BTreeSet<&str> {
        let templates = self.templates_for_secrets();
        let references = templates.into_iter().flat_map(Template::references);
        references.filter_map(secret).collect()
    }

    /// The places where secrets may stand: the environment, and what is given to a component or to another task.
    pub(crate) fn templates_for_secrets(&self) -> Vec<&Template> {
        let steps = match &self.work {
            Work::Steps(steps) => steps.as_slice(),
            _ => &[],
        };
        let calls = self.needs.iter().chain(&self.finally).chain(steps);
        let mut templates: Vec<&Template> = calls.flat_map(|call| call.with.iter().map(|(_, value)| value)).collect();
        templates.extend(self.env.iter().map(|(_, value)| value));
        if let Work::Uses { with, .. } = &self.work {
            templates.push(with);
        }
        templates
    }
}

fn secret(reference: &Reference) -> Option<&str> {
    match &reference.name {
        ReferenceName::Secret(name) => Some(name),
        _ => None,
    }
}
