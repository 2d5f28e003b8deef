use crate::action::{Action, Run, Script, Test};
use crate::condition::Condition;
use crate::document::{TaskText, WorkText};
use crate::script::{params, uses_variable};
use crate::steps::Emitter;
use crate::toml_text::{list, table, text};
use crate::value_text::reference;
use crate::word_text::ValuePart;
use std::collections::{BTreeMap, BTreeSet};

impl Emitter<'_> {
    /// The task runs one program.
    pub(crate) fn run(&mut self, task: &mut TaskText, run: &Run) {
        let words: Vec<String> = run.words.iter().map(|word| self.value(task, word)).collect();
        let plain: Vec<String> = run.words.iter().map(|word| word.literal().unwrap_or_default()).collect();
        task.interactive = crate::program::is_interactive(&plain.iter().map(String::as_str).collect::<Vec<_>>());
        task.work = WorkText::Run(words);
        task.dir = run.dir.as_ref().map(|dir| self.value(task, dir));
        if let Some(grant) = self.grants.of_run(run, &mut self.counts) {
            let confined = grant.starts_with('{') || grant == text("project");
            task.allow.push(grant);
            if !confined {
                self.export(task, None);
            }
        }
        for (name, value) in &run.env {
            let value = self.value(task, value);
            task.env.retain(|(known, _)| known != name);
            task.env.push((name.clone(), value));
        }
    }

    /// The variables that make gives to every program.
    fn export(&mut self, task: &mut TaskText, script: Option<&BTreeSet<String>>) {
        for (name, value) in self.exports.clone() {
            // A script has the parameters anyway.
            let given = script.is_some() && matches!(value.0.as_slice(), [ValuePart::Param(param)] if *param == name);
            if given {
                self.variables.used.borrow_mut().insert(name);
            } else {
                let value = self.value(task, &value);
                task.env.push((name, value));
            }
        }
    }

    /// The task runs a script.
    pub(crate) fn script(&mut self, task: &mut TaskText, script: &Script) {
        self.has_script = true;
        let mut used = BTreeSet::new();
        params(&script.pieces, &mut used);
        self.variables.used.borrow_mut().extend(used.iter().cloned());
        let text_of_script = script.text();
        // The guards of parameters are gone from the recipe: the script says itself what it cannot do without.
        let guards: Vec<String> =
            used.iter().filter(|name| self.required.contains(*name)).map(|name| format!(": \"${{{name}:?}}\"\n")).collect();
        let body = format!("{}{text_of_script}", guards.concat());
        if let Some((axis, _)) = &task.matrix
            && uses_variable(&body, axis)
        {
            task.env.push((axis.clone(), text(&reference(axis, Some(axis)))));
        }
        task.interactive = script.asks();
        task.allow.push(self.grants.of_script(script, &mut self.counts));
        if !script.is_tame() {
            self.export(task, Some(&used));
        }
        task.work = WorkText::Shell(if script.needs_bash() {
            format!("exec bash -c \"$(cat <<'BASH'\n{body}\nBASH\n)\"")
        } else if self.strict || script.is_chain() {
            body
        } else {
            // Make's shell goes on after a failure, and takes a variable that is not set for nothing.
            format!("set +eu\n{body}")
        });
    }

    /// Programs that must be installed.
    pub(crate) fn tools(&mut self, actions: &[Action]) -> WorkText {
        let names: Vec<String> =
            actions.iter().filter_map(|action| if let Action::Tool(name) = action { Some(text(name)) } else { None }).collect();
        WorkText::Uses("std/doctor".to_owned(), vec![("programs".to_owned(), list(&names))])
    }

    /// Conditions as a table.
    pub(crate) fn when(&mut self, conditions: &[Test]) -> Option<String> {
        let (mut holds, mut not): (BTreeMap<String, Vec<String>>, BTreeMap<String, Vec<String>>) = Default::default();
        for test in conditions {
            let Condition::When { param, values, negated } = &test.condition else { continue };
            if !test.is_loop {
                self.variables.used.borrow_mut().insert(param.clone());
            }
            match (negated, holds.get_mut(param)) {
                (true, _) => not.entry(param.clone()).or_default().extend(values.iter().cloned()),
                // Both must hold.
                (false, Some(known)) => known.retain(|value| values.contains(value)),
                (false, None) => drop(holds.insert(param.clone(), values.clone())),
            }
        }
        let entries = |map: BTreeMap<String, Vec<String>>| -> Vec<(String, String)> {
            let value = |values: Vec<String>| match values.as_slice() {
                [one] => text(one),
                many => list(&many.iter().map(|one| text(one)).collect::<Vec<_>>()),
            };
            map.into_iter().map(|(name, values)| (name, value(values))).collect()
        };
        let mut all = entries(holds);
        if !not.is_empty() {
            all.push(("not".to_owned(), table(&entries(not))));
        }
        (!all.is_empty()).then(|| table(&all))
    }
}
