use crate::action::Action;
use crate::condition::Condition;
use crate::document::{CallText, TaskText, WorkText};
use crate::file_target::{makes_file, script as file_script};
use crate::line::when;
use crate::piece::literal;
use crate::reader::{Left, Makefile, Rule};
use crate::recipe::{RecipeScope, recipe};
use crate::scope::Scope;
use crate::steps::Emitter;
use crate::toml_text::{table, text};
use crate::variable::Variables;
use std::collections::{BTreeMap, BTreeSet};

/// The rules of one target, which conditions may choose among.
pub(crate) struct Target {
    pub name: String,
    pub rules: Vec<Rule>,
}

/// The rules with their variables expanded, by target, in the order of the Makefile.
pub(crate) fn targets(makefile: &Makefile, variables: &Variables, left: &mut Vec<Left>) -> Vec<Target> {
    let mut all: Vec<Target> = Vec::new();
    for rule in &makefile.rules {
        let scope = Scope::new(variables);
        let words = |texts: &[String]| -> Option<Vec<String>> {
            let expanded = texts.iter().map(|text| literal(&scope.expand(text))).collect::<Option<Vec<_>>>()?;
            Some(expanded.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect())
        };
        let (Some(names), Some(prerequisites)) = (words(std::slice::from_ref(&rule.target)), words(&rule.prerequisites)) else {
            let reason = "what it is called, or what it needs, depends on a parameter".to_owned();
            left.push(Left { line: rule.line, text: format!("{}:", rule.target), reason });
            continue;
        };
        for name in names {
            let rule = Rule { target: name.clone(), prerequisites: prerequisites.clone(), ..rule.clone() };
            match all.iter_mut().find(|target| target.name == name) {
                Some(known) => known.rules.push(rule),
                None => all.push(Target { name, rules: vec![rule] }),
            }
        }
    }
    all
}

/// Whether a target only lists the targets.
pub(crate) fn is_help(target: &Target) -> bool {
    let lists =
        |rule: &Rule| rule.recipe.iter().any(|line| line.text.contains("MAKEFILE_LIST") || line.text.contains("Makefile"));
    let greps = |rule: &Rule| rule.recipe.iter().any(|line| ["grep", "awk", "sed"].iter().any(|tool| line.text.contains(tool)));
    target.name == "help"
        || target.rules.iter().any(|rule| lists(rule) && greps(rule) && rule.recipe.iter().any(|line| line.text.contains("##")))
}

/// The calls that close a circle.
pub(crate) fn endless(targets: &[Target], actions: &BTreeMap<String, Vec<Action>>) -> BTreeSet<(String, String)> {
    let mut edges: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for target in targets {
        let own = edges.entry(&target.name).or_default();
        own.extend(target.rules.iter().flat_map(|rule| rule.prerequisites.iter().cloned()));
        called(actions.get(&target.name).map(Vec::as_slice).unwrap_or_default(), own);
    }
    let mut found = BTreeSet::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for target in targets {
        // The path that is walked, each with the edges that are left.
        let mut path: Vec<(&str, usize)> = vec![(&target.name, 0)];
        while let Some((name, next)) = path.last_mut() {
            let (name, index) = (*name, *next);
            *next += 1;
            match edges.get(name).and_then(|edges| edges.get(index)) {
                Some(to) if path.iter().any(|(on, _)| on == to) => drop(found.insert((name.to_owned(), to.clone()))),
                Some(to) if done.contains(to.as_str()) => {}
                Some(to) => path.extend(edges.get_key_value(to.as_str()).map(|(to, _)| (*to, 0))),
                None => {
                    done.insert(name);
                    path.pop();
                }
            }
        }
    }
    found
}

fn called(actions: &[Action], all: &mut Vec<String>) {
    for action in actions {
        match action {
            Action::Call(call) => all.push(call.target.clone()),
            Action::Loop { body, .. } | Action::When { body, .. } => called(body, all),
            _ => {}
        }
    }
}

/// What the recipes of a target are for.
pub(crate) fn actions_of(target: &Target, scope: &RecipeScope<'_>) -> Vec<Action> {
    let mut all = Vec::new();
    for rule in &target.rules {
        let make = Scope::of(scope.variables, rule);
        let conditions: Vec<_> = rule
            .conditions
            .iter()
            .map(|raw| crate::action::Test { condition: Condition::new(raw, &make), is_loop: false })
            .collect();
        let unknown =
            conditions.iter().find_map(|test| if let Condition::Unknown(text) = &test.condition { Some(text) } else { None });
        match unknown {
            Some(text) => all.push(Action::Broken {
                reason: format!("whether this rule holds depends on `{text}`"),
                text: format!("{}:", target.name),
            }),
            None => {
                let mut body = Vec::new();
                if target.rules.len() > 1 {
                    // Which prerequisites it has depends on the conditions too.
                    let calls = rule.prerequisites.iter().filter(|one| scope.targets.contains(*one));
                    body.extend(
                        calls.map(|one| Action::Call(crate::action::Call { target: one.clone(), with: values(rule, scope) })),
                    );
                }
                body.extend(recipe(rule, scope));
                all.extend(when(conditions, body));
            }
        }
    }
    all
}

/// The values that hold for a target and all that it needs.
fn values(rule: &Rule, scope: &RecipeScope<'_>) -> Vec<(String, crate::word_text::Value)> {
    let known = |name: &str| scope.variables.param(name).is_some() || scope.variables.asked.borrow().contains(name);
    let value = |raw: &str| literal(&Scope::new(scope.variables).expand(raw.trim()));
    let given = rule.values.iter().filter(|(name, _)| known(name) && name != "PROFILE");
    given.filter_map(|(name, raw)| Some((name.clone(), crate::word_text::Value::text(value(raw)?)))).collect()
}

impl Emitter<'_> {
    /// Writes the task of a target.
    pub fn target(&mut self, target: &Target, actions: Vec<Action>, scope: &RecipeScope<'_>, phony: &BTreeSet<String>) {
        let Some(name) = self.tasks_of.get(&target.name).cloned() else { return };
        self.target.clone_from(&target.name);
        (self.has_script, self.has_broken) = (false, false);
        let rule = &target.rules[0];
        let mut task = TaskText {
            name,
            help: target.rules.iter().find_map(|rule| rule.help.clone()).map(|help| self.as_tasks(&help)),
            group: rule.group.clone(),
            ..TaskText::default()
        };
        let file = target.rules.len() == 1 && makes_file(rule, phony);
        let (mut calls, mut sources) = (Vec::new(), Vec::new());
        if target.rules.len() == 1 {
            for prerequisite in &rule.prerequisites {
                match self.tasks_of.get(prerequisite) {
                    Some(_) if self.endless.contains(&(target.name.clone(), prerequisite.clone())) => {
                        task.comments.push(format!(
                            "Not carried: the prerequisite `{prerequisite}`, for the tasks would call each other without end"
                        ));
                    }
                    Some(needed) => {
                        let with = values(rule, scope);
                        let with: Vec<_> = with
                            .into_iter()
                            .map(|(name, value)| {
                                let given = value.literal().unwrap_or_default();
                                let value =
                                    if self.variables.is_list(&name) { format!("[{}]", text(&given)) } else { text(&given) };
                                self.variables.used.borrow_mut().insert(name.clone());
                                (name, value)
                            })
                            .collect();
                        calls.push(CallText { task: needed.clone(), with });
                        if !phony.contains(prerequisite) {
                            sources.push(prerequisite.clone());
                        }
                    }
                    None if file || prerequisite.contains(['/', '.']) => sources.push(prerequisite.clone()),
                    None => task.comments.push(format!("Not carried: the prerequisite `{prerequisite}`, which nothing makes")),
                }
            }
        }
        if file {
            let always = rule.prerequisites.iter().any(|one| phony.contains(one));
            self.file(task, rule, calls, &sources, always);
        } else {
            let own = sources.iter().filter(|source| !self.tasks_of.contains_key(*source));
            task.preconditions.extend(own.map(|path| table(&[("exists".to_owned(), text(path))])));
            let tools: Vec<Action> = actions.iter().filter(|action| matches!(action, Action::Tool(_))).cloned().collect();
            let rest: Vec<Action> = actions.into_iter().filter(|action| !matches!(action, Action::Tool(_))).collect();
            self.phony(task, calls, &tools, rest);
        }
        match (self.has_broken, self.has_script) {
            (true, _) => self.counts.broken += 1,
            (false, true) => self.counts.scripts += 1,
            (false, false) => self.counts.carried += 1,
        }
    }

    /// A target that stands for what it does.
    fn phony(&mut self, mut task: TaskText, calls: Vec<CallText>, tools: &[Action], actions: Vec<Action>) {
        if !tools.is_empty() && actions.is_empty() {
            task.needs = calls;
            task.work = self.tools(tools);
            self.tasks.push(task);
            return;
        }
        if !tools.is_empty() {
            let name = self.names.take(&format!("{}-tools", task.name));
            let work = self.tools(tools);
            self.tasks.push(TaskText { work, ..TaskText::private(name.clone()) });
            task.needs.push(CallText::of(name));
        }
        if actions.is_empty() && calls.len() > 1 {
            // It only names others: make does them in this order.
            task.work = WorkText::Steps(calls);
            self.tasks.push(task);
            return;
        }
        if calls.len() > 1 {
            self.counts.at_once += 1;
        }
        task.needs.splice(0..0, calls);
        self.emit(task, actions, &[]);
    }

    /// A target that is a file.
    fn file(&mut self, mut task: TaskText, rule: &Rule, calls: Vec<CallText>, sources: &[String], always: bool) {
        let scope = Scope::of(self.variables, rule);
        task.needs = calls;
        match file_script(rule, sources, always, &scope) {
            Ok((body, programs)) => {
                self.has_script = true;
                task.comments.push(format!(
                    "Makes the file {}, as make does: where it is missing or older than what it is made from.",
                    rule.target
                ));
                let mut used = BTreeSet::new();
                for line in &rule.recipe {
                    crate::script::params(&scope.expand(&line.text), &mut used);
                }
                self.variables.used.borrow_mut().extend(used);
                let script = crate::action::Script { programs: Some(programs), writes: true, ..crate::action::Script::default() };
                task.allow.push(self.grants.of_script(&script, &mut self.counts));
                task.work = WorkText::Shell(body);
                self.tasks.push(task);
            }
            Err(reason) => {
                let broken = Action::Broken { reason, text: format!("{}:", rule.target) };
                self.emit(task, vec![broken], &[]);
            }
        }
    }
}
