use crate::document::{CallText, TaskText, WorkText};
use crate::piece::Piece;
use crate::script::{params, script};
use crate::steps::Emitter;
use crate::toml_text::text;
use crate::word_text::{Value, ValuePart};
use std::collections::BTreeSet;

impl Emitter<'_> {
    /// A value as TOML. What a command line writes is the result of a task that is needed.
    pub(crate) fn value(&mut self, task: &mut TaskText, value: &Value) -> String {
        let axis = task.matrix.as_ref().map(|(axis, _)| axis.clone());
        let mut out = String::new();
        for part in &value.0 {
            match part {
                ValuePart::Text(text) => out.push_str(&text.replace('$', "$$")),
                ValuePart::Loop(name) => out.push_str(&reference(name, axis.as_deref())),
                ValuePart::Param(name) => {
                    self.variables.used.borrow_mut().insert(name.clone());
                    out.push_str(&if self.variables.is_list(name) { format!("${{{name}:csv}}") } else { format!("${{{name}}}") });
                }
                ValuePart::Output { name, command } => {
                    let needed = self.output(name.as_deref(), command.clone());
                    out.push_str(&format!("${{needs.{needed}.stdout}}"));
                    let call = CallText::of(needed);
                    if !task.needs.contains(&call) {
                        task.needs.push(call);
                    }
                }
            }
        }
        text(&out)
    }

    /// The task that keeps what a command line writes.
    fn output(&mut self, name: Option<&str>, command: Vec<Piece>) -> String {
        let script = script(command, false);
        let body = script.text();
        if let Some(known) = self.outputs.get(&body) {
            return known.clone();
        }
        let task_name = self.names.take(&name.unwrap_or("output").replace('_', "-"));
        self.outputs.insert(body.clone(), task_name.clone());
        let mut used = BTreeSet::new();
        params(&script.pieces, &mut used);
        self.variables.used.borrow_mut().extend(used.iter().cloned());
        let mut task = TaskText::private(task_name.clone());
        let with = vec![("script".to_owned(), text(&body.replace('$', "$$"))), ("output".to_owned(), text("capture"))];
        for name in used {
            let value = self.value(&mut task, &Value(vec![ValuePart::Param(name.clone())]));
            task.env.push((name, value));
        }
        task.allow.push(if script.is_tame() {
            "{ process = [{ program = \"sh\", read = [\"**\"] }] }".to_owned()
        } else {
            self.grants.of_script(&script, &mut self.counts)
        });
        task.work = WorkText::Uses("std/process".to_owned(), with);
        self.tasks.push(task);
        task_name
    }

    /// A line for people, with the targets that it names as tasks.
    pub(crate) fn message(&mut self, task: &mut TaskText, line: &Value) -> String {
        let named = Value(
            line.0
                .iter()
                .map(|part| match part {
                    ValuePart::Text(text) => ValuePart::Text(self.as_tasks(text)),
                    other => other.clone(),
                })
                .collect(),
        );
        self.value(task, &named)
    }

    /// `make x` as `infra run x`.
    pub(crate) fn as_tasks(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("make ") {
            let after = &rest[at + 5..];
            let end = after.find(|letter: char| !(letter.is_alphanumeric() || "-_./".contains(letter))).unwrap_or(after.len());
            let bounded = !rest[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '-');
            out.push_str(&rest[..at]);
            match self.tasks_of.get(after[..end].trim_end_matches('.')) {
                Some(task) if bounded => {
                    out.push_str(&format!("infra run {task}"));
                    rest = &after[after[..end].trim_end_matches('.').len()..];
                }
                _ => {
                    out.push_str("make ");
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// A line for people who read the file.
    pub(crate) fn shown(&self, value: &Value) -> String {
        let part = |part: &ValuePart| match part {
            ValuePart::Text(text) => self.as_tasks(text),
            ValuePart::Param(name) | ValuePart::Loop(name) => format!("${{{name}}}"),
            ValuePart::Output { .. } => "…".to_owned(),
        };
        value.0.iter().map(part).collect::<String>().trim().to_owned()
    }
}

/// `${matrix.NAME}` where the task has the axis, else the parameter that was given to it.
pub(crate) fn reference(name: &str, axis: Option<&str>) -> String {
    if axis == Some(name) { format!("${{matrix.{name}}}") } else { format!("${{{name}}}") }
}

/// A value as a word of a script.
pub(crate) fn in_double_quotes(value: &Value, emitter: &Emitter<'_>) -> String {
    let mut out = String::from("\"");
    for part in &value.0 {
        match part {
            ValuePart::Text(text) => {
                for letter in text.chars() {
                    if matches!(letter, '"' | '\\' | '$' | '`') {
                        out.push('\\');
                    }
                    out.push(letter);
                }
            }
            ValuePart::Param(name) => {
                emitter.variables.used.borrow_mut().insert(name.clone());
                out.push_str(&format!("${{{name}}}"));
            }
            ValuePart::Loop(name) => out.push_str(&format!("${{{name}}}")),
            ValuePart::Output { .. } => out.push('…'),
        }
    }
    out.push('"');
    out
}
