use crate::{Call, ReferenceName, Task, Template, Work};
use std::collections::BTreeSet;

impl Task {
    /// The parameters that the task itself names.
    #[must_use]
    pub fn named_params(&self) -> BTreeSet<String> {
        let mut templates: Vec<&Template> = self.env.iter().map(|(_, value)| value).chain(&self.dir).collect();
        templates.extend(self.matrix.iter().flat_map(|(_, values)| values));
        templates.extend(self.preconditions.iter().map(|one| &one.exists));
        templates.extend(self.up_to_date.iter().flat_map(|one| one.inputs.iter().chain(&one.outputs)));
        templates.extend(self.service.iter().filter_map(|service| service.ready.as_ref()));
        templates.extend(given(&self.needs));
        templates.extend(given(&self.finally));
        let mut names: BTreeSet<String> = BTreeSet::new();
        match &self.work {
            Work::Nothing => {}
            Work::Steps(steps) => templates.extend(given(steps)),
            Work::Uses { with, .. } => templates.push(with),
            Work::Run(words) => templates.extend(words),
            // Every parameter is in the environment of a script: those that it names are looked for as whole words.
            Work::Shell(script) => {
                let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
                names.extend(script.split(|letter| !word(letter)).map(str::to_owned));
            }
        }
        let param = |name: &ReferenceName| if let ReferenceName::Param(name) = name { Some(name.clone()) } else { None };
        names.extend(templates.iter().flat_map(|template| template.references()).filter_map(|reference| param(&reference.name)));
        names.extend(self.when.iter().filter_map(|condition| param(&condition.name)));
        names
    }
}

fn given(calls: &[Call]) -> impl Iterator<Item = &Template> {
    calls.iter().flat_map(|call| call.with.iter().map(|(_, value)| value))
}
