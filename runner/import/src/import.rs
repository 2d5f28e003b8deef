use crate::action::Action;
use crate::builder::{Target, actions_of, endless, is_help, targets};
use crate::counts::Counts;
use crate::document::Document;
use crate::error::ImportError;
use crate::grant::GrantsText;
use crate::name::Names;
use crate::params::params;
use crate::piece::Piece;
use crate::reader::{Left, Makefile, includes, read};
use crate::recipe::RecipeScope;
use crate::scope::Scope;
use crate::steps::Emitter;
use crate::variable::{Variable, Variables};
use crate::word_text::{Value, ValuePart};
use makefile_lossless::AssignmentOperator;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// What is imported.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The name of the project.
    pub project: String,
    /// The text of the Makefile.
    pub makefile: String,
    /// The texts of the files that it includes, by the names that it includes them with.
    pub files: BTreeMap<String, String>,
}

/// An Infrafile that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The text.
    pub infrafile: String,
    /// What became of the Makefile.
    pub counts: Counts,
}

/// The names of the files that a Makefile includes.
#[must_use]
pub fn included(makefile: &str) -> Vec<String> {
    includes(makefile)
}

/// Makes an Infrafile of a Makefile.
///
/// # Errors
/// Where it has no targets.
pub fn import(request: &Request) -> Result<Imported, ImportError> {
    let mut makefile = read(&request.makefile, &request.files);
    overridable(&mut makefile);
    let mut left = std::mem::take(&mut makefile.left);
    let variables = Variables::new(&makefile, &mut left);
    let mut all = targets(&makefile, &variables, &mut left);
    if all.is_empty() {
        return Err(match left.first() {
            Some(Left { line, reason, .. }) => ImportError::Syntax { line: *line, message: reason.clone() },
            None => ImportError::NoTargets,
        });
    }
    for target in all.iter().filter(|target| is_help(target)) {
        let reason = "`infra list` shows the tasks, `infra run TASK --help` one of them".to_owned();
        left.push(Left { line: target.rules[0].line, text: format!("{}:", target.name), reason });
    }
    all.retain(|target| !is_help(target));
    for rule in all.iter_mut().flat_map(|target| &mut target.rules) {
        rule.prerequisites.retain(|one| one != "help");
    }
    Ok(write(request, &makefile, &variables, &all, left))
}

fn write(request: &Request, makefile: &Makefile, variables: &Variables, all: &[Target], left: Vec<Left>) -> Imported {
    let names: BTreeSet<String> = all.iter().map(|target| target.name.clone()).collect();
    let required = required(all, variables, &names, makefile.one_shell);
    let scope = RecipeScope { variables, targets: &names, required: &required, one_shell: makefile.one_shell };
    let mut actions: BTreeMap<String, Vec<Action>> =
        all.iter().map(|target| (target.name.clone(), actions_of(target, &scope))).collect();
    let endless = endless(all, &actions);
    let mut task_names = Names::default();
    let tasks_of = all.iter().map(|target| (target.name.clone(), task_names.take(&target.name))).collect();
    let flags = match variables.known.get(".SHELLFLAGS") {
        Some(Variable::Text(flags)) => flags.clone(),
        _ => String::new(),
    };
    let mut emitter = Emitter {
        variables,
        required: &required,
        tasks_of,
        names: task_names,
        tasks: vec![],
        grants: GrantsText::default(),
        counts: Counts::default(),
        outputs: BTreeMap::new(),
        exports: exports(makefile, variables),
        strict: flags.split_whitespace().any(|flag| flag.starts_with('-') && flag.contains('e')),
        endless,
        target: String::new(),
        has_script: false,
        has_broken: false,
    };
    for target in all {
        let own = actions.remove(&target.name).unwrap_or_default();
        emitter.target(target, own, &scope, &makefile.phony);
    }
    let mut document = Document { head: head(), project: request.project.clone(), ..Document::default() };
    let gone = params(variables, &required, &mut document);
    document.tasks = emitter.tasks;
    document.grants = emitter.grants.named.into_iter().collect();
    document.left = gone;
    document.left.extend(left.iter().map(|one| match one.line {
        0 => format!("`{}`: {}", one.text, one.reason),
        line => format!("line {line}, `{}`: {}", one.text, one.reason),
    }));
    let mut counts = emitter.counts;
    counts.left_out = document.left.len();
    counts.params = document.params.len();
    Imported { infrafile: document.text(), counts }
}

/// What a person should know who reads the file.
fn head() -> Vec<String> {
    [
        "Made from a Makefile by `infra import`.",
        "",
        "A program that is not known to be harmless runs without confinement, as it did under make: its grant says",
        "`confine = false`. Take that away where you can, and say what it may read, write and connect to.",
        "Make did prerequisites one after the other; `needs` may run at once. A failure ends a task, also where a shell went on.",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A variable that a call of make gives another value is a parameter, however it is set.
fn overridable(makefile: &mut Makefile) {
    #[expect(clippy::unwrap_used, reason = "the expression is a constant")]
    let call = Regex::new(r"\$[({]MAKE[)}]([^;&|\n]*)").unwrap();
    #[expect(clippy::unwrap_used, reason = "the expression is a constant")]
    let given = Regex::new(r"(?:^|\s)([A-Za-z_][A-Za-z0-9_]*)=").unwrap();
    let mut names = BTreeSet::new();
    for line in makefile.rules.iter().flat_map(|rule| &rule.recipe) {
        for found in call.captures_iter(&line.text) {
            names.extend(given.captures_iter(&found[1]).map(|name| name[1].to_owned()));
        }
    }
    names.extend(makefile.rules.iter().flat_map(|rule| rule.values.iter().map(|(name, _)| name.clone())));
    for assignment in makefile.assignments.iter_mut().filter(|one| names.contains(&one.name) && one.conditions.is_empty()) {
        if matches!(assignment.operator, AssignmentOperator::Recursive | AssignmentOperator::Simple) {
            assignment.operator = AssignmentOperator::IfUndefined;
        }
    }
}

/// The parameters that a recipe refuses to go without. One that a target can do without is not among them.
fn required(all: &[Target], variables: &Variables, names: &BTreeSet<String>, one_shell: bool) -> BTreeSet<String> {
    let none = BTreeSet::new();
    let scope = RecipeScope { variables, targets: names, required: &none, one_shell };
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for target in all {
        for action in actions_of(target, &scope) {
            if let Action::Require(name) | Action::Exists { requires: Some(name), .. } = action {
                wanted.entry(name).or_default().insert(target.name.clone());
            }
        }
    }
    let optional = |name: &str, guarded: &BTreeSet<String>| {
        let (round, curly) = (format!("$({name})"), format!("${{{name}}}"));
        let uses = |target: &Target| {
            target
                .rules
                .iter()
                .any(|rule| rule.recipe.iter().any(|line| line.text.contains(&round) || line.text.contains(&curly)))
        };
        variables.param(name).is_some() && all.iter().any(|target| uses(target) && !guarded.contains(&target.name))
    };
    wanted
        .into_iter()
        .filter(|(name, guarded)| variables.param(name).is_none_or(|param| param.default.is_empty()) && !optional(name, guarded))
        .map(|(name, _)| name)
        .collect()
}

/// The variables that every program gets.
fn exports(makefile: &Makefile, variables: &Variables) -> Vec<(String, Value)> {
    let all = makefile.exported.iter().any(|name| name == "*");
    let named = if all { &variables.order } else { &makefile.exported };
    let mut seen = BTreeSet::new();
    let mut exports = Vec::new();
    for name in named.iter().filter(|name| crate::name::is_variable(name)) {
        if !seen.insert(name.clone()) {
            continue;
        }
        let pieces = Scope::new(variables).expand(&format!("$({name})"));
        let value: Option<Vec<ValuePart>> = pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(ValuePart::Text(text)),
                Piece::Param(name) => Some(ValuePart::Param(name)),
                Piece::Output { name, command } => Some(ValuePart::Output { name, command }),
                _ => None,
            })
            .collect();
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            exports.push((name.clone(), Value(value)));
        }
    }
    exports
}
