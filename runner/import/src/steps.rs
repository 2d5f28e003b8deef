use crate::action::{Action, Call, LoopValue};
use crate::action_hint::{hint, uses};
use crate::counts::Counts;
use crate::document::{CallText, TaskText, WorkText};
use crate::grant::GrantsText;
use crate::name::Names;
use crate::toml_text::{list, table, text};
use crate::value_text::{in_double_quotes, reference};
use crate::variable::Variables;
use crate::word_text::{Value, ValuePart};
use std::collections::{BTreeMap, BTreeSet};

/// Makes tasks of actions.
pub(crate) struct Emitter<'a> {
    pub variables: &'a Variables,
    /// Parameters that must be given.
    pub required: &'a BTreeSet<String>,
    /// The task of each target.
    pub tasks_of: BTreeMap<String, String>,
    pub names: Names,
    pub tasks: Vec<TaskText>,
    pub grants: GrantsText,
    pub counts: Counts,
    /// Tasks that keep what a command line writes.
    pub outputs: BTreeMap<String, String>,
    /// The variables that programs get.
    pub exports: Vec<(String, Value)>,
    /// Scripts run as `sh -eu` anyway.
    pub strict: bool,
    /// Calls that would never end: caller and target.
    pub endless: BTreeSet<(String, String)>,
    /// The target that is written now.
    pub target: String,
    /// Whether a script, or something broken, is in it.
    pub has_script: bool,
    pub has_broken: bool,
}

impl Emitter<'_> {
    /// Writes a task that does these actions, with the private tasks that it needs for that.
    pub fn emit(&mut self, mut task: TaskText, actions: Vec<Action>, loops: &[String]) {
        let at = self.tasks.len();
        self.tasks.push(TaskText::default());
        let actions = self.questions(&mut task, actions, loops);
        let actions = self.quiet(&mut task, actions);
        match <[Action; 1]>::try_from(actions) {
            Ok([action]) => self.alone(&mut task, action, loops),
            Err(actions) => {
                let mut steps = Vec::new();
                for action in actions {
                    steps.extend(self.step(&task.name, action, loops, None));
                }
                task.work = if steps.is_empty() { WorkText::Nothing } else { WorkText::Steps(steps) };
            }
        }
        if matches!(task.work, WorkText::Nothing) && task.needs.is_empty() {
            // Every task does something, or needs something.
            task.work = WorkText::Run(vec![text("true")]);
        }
        self.tasks[at] = task;
    }

    /// Takes out what is asked before anything runs.
    fn questions(&mut self, task: &mut TaskText, actions: Vec<Action>, loops: &[String]) -> Vec<Action> {
        let mut kept = Vec::new();
        for action in actions {
            match action {
                Action::Require(name) if loops.contains(&name) => {}
                Action::Require(name) => {
                    self.variables.used.borrow_mut().insert(name);
                }
                Action::Confirm { word, prompt } => {
                    if let Some(prompt) = prompt {
                        task.comments.push(format!("Asks: {}", self.shown(&prompt)));
                    }
                    task.confirm = Some(word);
                }
                Action::Exists { path, message, .. } if loops.is_empty() => {
                    let mut entries = vec![("exists".to_owned(), self.value(task, &path))];
                    if let Some(message) = message.and_then(|message| message.literal()).filter(|text| !text.is_empty()) {
                        entries.push(("message".to_owned(), text(&message)));
                    }
                    task.preconditions.push(table(&entries));
                }
                other => kept.push(other),
            }
        }
        kept
    }

    /// Leaves out what only announces the next command: infra itself says what starts and ends.
    fn quiet(&mut self, task: &mut TaskText, actions: Vec<Action>) -> Vec<Action> {
        let mut joined: Vec<Action> = Vec::new();
        for action in actions {
            match (joined.last_mut(), action) {
                (Some(Action::Say(last)), Action::Say(more)) => last.extend(more),
                (_, action) => joined.push(action),
            }
        }
        let last_work = joined.iter().rposition(|action| !matches!(action, Action::Say(_)));
        let Some(last_work) = last_work.filter(|_| joined.iter().any(|action| matches!(action, Action::Say(_)))) else {
            return joined;
        };
        let mut kept = Vec::new();
        for (index, action) in joined.into_iter().enumerate() {
            match action {
                Action::Say(lines) if index < last_work || !self.informs(&lines) => {
                    self.counts.announcements += lines.iter().filter(|line| !line.0.is_empty()).count();
                    let said: Vec<String> =
                        lines.iter().map(|line| self.shown(line)).filter(|line| !line.trim().is_empty()).collect();
                    if !said.is_empty() && !self.has_comment(task, &said) {
                        task.comments.push(format!("Said: {}", said.join(" / ")));
                    }
                }
                action => kept.push(action),
            }
        }
        kept
    }

    fn has_comment(&self, task: &TaskText, said: &[String]) -> bool {
        task.help.as_ref().is_some_and(|help| said.iter().all(|line| line.contains(help.as_str())))
    }

    /// Whether the last words of a recipe tell something that a person wants to know.
    fn informs(&self, lines: &[Value]) -> bool {
        let told = |line: &Value| {
            line.0.iter().any(|part| !matches!(part, ValuePart::Text(_)))
                || line.literal().is_some_and(|text| text.contains("http") || text.contains("make ") || text.contains('/'))
        };
        lines.len() > 2 || lines.iter().any(told)
    }

    /// The action is all that the task does.
    fn alone(&mut self, task: &mut TaskText, action: Action, loops: &[String]) {
        match action {
            Action::Say(lines) => {
                let lines = lines.iter().map(|line| self.message(task, line)).collect::<Vec<_>>();
                task.work = WorkText::Run([text("printf"), "'%s\\n'".to_owned()].into_iter().chain(lines).collect());
            }
            Action::Run(run) => self.run(task, &run),
            Action::Script(script) => self.script(task, &script),
            Action::Tool(_) => {
                let step = self.tools(&[action]);
                task.work = step;
            }
            Action::Fail(lines) => {
                let lines: Vec<String> = lines.iter().map(|line| in_double_quotes(line, self)).collect();
                let said = if lines.is_empty() { String::new() } else { format!("printf '%s\\n' {} >&2; ", lines.join(" ")) };
                task.work = WorkText::Shell(format!("{said}exit 1"));
            }
            Action::Broken { reason, text } => {
                self.has_broken = true;
                task.comments.push(format!("NOT CARRIED: {text}"));
                task.comments.push(format!("  because {reason}"));
                let message = format!("not carried: {text}").replace(['\'', '\n'], " ");
                task.work = WorkText::Shell(format!("printf '%s\\n' '{message}' >&2; exit 1"));
            }
            Action::When { conditions, body } if task.private && task.when.is_none() && task.confirm.is_none() => {
                task.when = self.when(&conditions);
                let task_name = task.name.clone();
                // What is inside may be a single thing too.
                let mut inner = TaskText { comments: vec![], ..task.clone() };
                let body = self.questions(&mut inner, body, loops);
                let mut body = self.quiet(&mut inner, body);
                task.comments.extend(inner.comments);
                (task.confirm, task.preconditions) = (inner.confirm, inner.preconditions);
                if body.len() == 1 && !matches!(body[0], Action::When { .. }) {
                    let only = body.remove(0);
                    self.alone(task, only, loops);
                } else {
                    let steps = body.into_iter().filter_map(|action| self.step(&task_name, action, loops, None)).collect();
                    task.work = WorkText::Steps(steps);
                }
            }
            Action::Loop { variable, values, body } if task.matrix.is_none() => {
                self.looped(task, &variable, &values, body, loops)
            }
            other => {
                let name = task.name.clone();
                let steps = self.step(&name, other, loops, None).into_iter().collect();
                task.work = WorkText::Steps(steps);
            }
        }
    }

    /// A step of a task; what is no call becomes a private task. `axis` is the loop whose values the caller has as its matrix.
    fn step(&mut self, parent: &str, action: Action, loops: &[String], axis: Option<&str>) -> Option<CallText> {
        if let Action::Call(call) = action {
            return Some(self.call(call, parent, axis));
        }
        let name = self.names.take(&format!("{parent}-{}", hint(&action)));
        let mut task = TaskText::private(name.clone());
        task.params = loops.iter().filter(|name| uses(&action, name)).cloned().collect();
        let with = task.params.iter().map(|name| (name.clone(), text(&reference(name, axis)))).collect();
        self.emit(task, vec![action], loops);
        Some(CallText { task: name, with })
    }

    fn call(&mut self, call: Call, parent: &str, axis: Option<&str>) -> CallText {
        let Some(task) = self
            .tasks_of
            .get(&call.target)
            .cloned()
            .filter(|_| !self.endless.contains(&(self.target.clone(), call.target.clone())))
        else {
            let name = self.names.take(&format!("{parent}-{}", call.target));
            let reason = if self.tasks_of.contains_key(&call.target) { "the calls would never end" } else { "it is not carried" };
            let broken = Action::Broken { reason: reason.to_owned(), text: format!("make {}", call.target) };
            self.emit(TaskText::private(name.clone()), vec![broken], &[]);
            return CallText::of(name);
        };
        let mut with = Vec::new();
        for (name, value) in &call.with {
            let mut holder = TaskText { matrix: axis.map(|axis| (axis.to_owned(), vec![])), ..TaskText::default() };
            let rendered = self.value(&mut holder, value);
            self.variables.used.borrow_mut().insert(name.clone());
            let is_list = self.variables.is_list(name);
            let whole = matches!(value.0.as_slice(), [ValuePart::Param(param)] if self.variables.is_list(param));
            let rendered = match (is_list, whole) {
                (true, true) => text(&format!("${{{}}}", param_of(value))),
                (true, false) => match value.literal() {
                    Some(literal) => list(&literal.split(',').map(|one| text(one.trim())).collect::<Vec<_>>()),
                    None => format!("[{rendered}]"),
                },
                (false, _) => rendered,
            };
            with.push((name.clone(), rendered));
        }
        CallText { task, with }
    }

    fn looped(&mut self, task: &mut TaskText, variable: &str, values: &[LoopValue], body: Vec<Action>, loops: &[String]) {
        let values: Vec<String> = values
            .iter()
            .map(|value| match value {
                LoopValue::One(value) => self.value(task, value),
                LoopValue::Elements(name) => {
                    self.variables.used.borrow_mut().insert(name.clone());
                    text(&format!("${{{name}}}"))
                }
            })
            .collect();
        task.matrix = Some((variable.to_owned(), values));
        let inner: Vec<String> = loops.iter().filter(|name| *name != variable).cloned().chain([variable.to_owned()]).collect();
        let mut inside = TaskText { comments: vec![], ..task.clone() };
        let body = self.questions(&mut inside, body, &inner);
        let mut body = self.quiet(&mut inside, body);
        task.comments.extend(inside.comments);
        task.confirm = task.confirm.take().or(inside.confirm);
        if let [Action::Run(_) | Action::Script(_) | Action::Say(_)] = body.as_slice() {
            let only = body.remove(0);
            self.alone(task, only, &inner);
        } else {
            let name = task.name.clone();
            let steps = body.into_iter().filter_map(|action| self.step(&name, action, &inner, Some(variable))).collect();
            task.work = WorkText::Steps(steps);
        }
    }
}

fn param_of(value: &Value) -> &str {
    match value.0.as_slice() {
        [ValuePart::Param(name)] => name,
        _ => "",
    }
}
