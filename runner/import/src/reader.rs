use crate::source_comment::Comments;
use makefile_lossless::{
    AssignmentOperator, Conditional, ConditionalItem, Makefile as Tree, MakefileItem, MakefileVariant, Recipe, Rule as RuleNode,
    VariableDefinition,
};
use std::collections::{BTreeMap, BTreeSet};

/// How deep Makefiles may include each other.
const DEPTH: usize = 8;

/// What a Makefile says, in its order, nothing of it expanded.
#[derive(Debug, Default)]
pub(crate) struct Makefile {
    pub assignments: Vec<Assignment>,
    pub rules: Vec<Rule>,
    pub phony: BTreeSet<String>,
    /// The variables that programs get.
    pub exported: Vec<String>,
    /// A recipe is one script.
    pub one_shell: bool,
    /// A file of variables is included: `.env`.
    pub dotenv: bool,
    /// What has no place in an Infrafile.
    pub left: Vec<Left>,
}

/// A variable gets a value.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub name: String,
    pub operator: AssignmentOperator,
    pub value: String,
    pub define: bool,
    pub help: Option<String>,
    pub conditions: Vec<RawCondition>,
}

/// A rule with one target.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub target: String,
    pub prerequisites: Vec<String>,
    pub recipe: Vec<RecipeLine>,
    pub help: Option<String>,
    pub group: Option<String>,
    pub conditions: Vec<RawCondition>,
    /// Variables that have other values for this target.
    pub values: Vec<(String, String)>,
    /// From 1.
    pub line: usize,
}

/// A line of a recipe, with its continuations.
#[derive(Clone, Debug)]
pub(crate) struct RecipeLine {
    pub text: String,
    pub conditions: Vec<RawCondition>,
}

/// `ifeq (LEFT,RIGHT)`; `ifdef X` compares with nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawCondition {
    pub left: String,
    pub right: String,
    pub negated: bool,
}

/// What is not carried, and why.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    pub line: usize,
    pub text: String,
    pub reason: String,
}

/// Reads a Makefile, with the files that it includes.
pub(crate) fn read(text: &str, files: &BTreeMap<String, String>) -> Makefile {
    let mut makefile = Makefile::default();
    file(text, files, 0, &mut makefile);
    makefile
}

/// The files that a Makefile includes, as it names them.
pub(crate) fn includes(text: &str) -> Vec<String> {
    let tree = Tree::parse_with_variant(text, MakefileVariant::GNUMake).tree();
    tree.items()
        .filter_map(|item| match item {
            MakefileItem::Include(include) => Some(include.paths().collect::<Vec<_>>()),
            _ => None,
        })
        .flatten()
        .collect()
}

/// A file of variables for programs, not of make's.
fn is_dotenv(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name == ".env" || name.starts_with(".env.") || name.ends_with(".env"))
}

fn file(text: &str, files: &BTreeMap<String, String>, depth: usize, makefile: &mut Makefile) {
    let parsed = Tree::parse_with_variant(text, MakefileVariant::GNUMake);
    for error in parsed.errors() {
        let reason = format!("not understood: {}", error.message);
        makefile.left.push(Left { line: error.line, text: error.context.trim().to_owned(), reason });
    }
    let mut reader = Reader { makefile, files, comments: Comments::new(text), depth };
    for item in parsed.tree().items() {
        reader.item(&item, &[]);
    }
}

struct Reader<'a> {
    makefile: &'a mut Makefile,
    files: &'a BTreeMap<String, String>,
    comments: Comments<'a>,
    depth: usize,
}

impl Reader<'_> {
    fn item(&mut self, item: &MakefileItem, conditions: &[RawCondition]) {
        match item {
            MakefileItem::Rule(rule) => self.rule(rule, item.line(), conditions),
            MakefileItem::Variable(variable) => self.variable(variable, item.line(), conditions),
            MakefileItem::Conditional(conditional) => self.conditional(conditional, conditions),
            MakefileItem::Include(include) => self.include(include.paths().collect(), include.is_optional(), item.line()),
            MakefileItem::Recipe(recipe) => {
                self.leave(item.line(), &recipe.text(), "it belongs to a rule that a condition chooses")
            }
            other => self.leave(other.line(), &other.syntax().text().to_string(), "an Infrafile computes nothing of its own"),
        }
    }

    fn leave(&mut self, line: usize, text: &str, reason: &str) {
        let text = text.trim().lines().next().unwrap_or_default().to_owned();
        self.makefile.left.push(Left { line: line + 1, text, reason: reason.to_owned() });
    }

    fn include(&mut self, paths: Vec<String>, optional: bool, line: usize) {
        for path in paths {
            if is_dotenv(&path) {
                self.makefile.dotenv = true;
            } else if let (Some(text), true) = (self.files.get(&path), self.depth < DEPTH) {
                file(text, self.files, self.depth + 1, self.makefile);
            } else if !optional {
                self.leave(line, &format!("include {path}"), "the file is not there");
            }
        }
    }

    fn conditional(&mut self, conditional: &Conditional, outer: &[RawCondition]) {
        for (conditions, items) in branches(conditional, outer) {
            for item in items {
                match item {
                    ConditionalItem::Item(item) => self.item(&item, &conditions),
                    ConditionalItem::Recipe(recipe) => self.late_line(&recipe, &conditions),
                    _ => {}
                }
            }
        }
    }

    /// A recipe line of the last rule, under a condition.
    fn late_line(&mut self, recipe: &Recipe, conditions: &[RawCondition]) {
        let line = RecipeLine { text: recipe.shell_text(), conditions: conditions.to_vec() };
        match self.makefile.rules.last_mut() {
            Some(rule) => rule.recipe.push(line),
            None => self.leave(recipe.line(), &recipe.text(), "no rule is before it"),
        }
    }

    fn variable(&mut self, variable: &VariableDefinition, line: usize, conditions: &[RawCondition]) {
        let names: Vec<String> = variable.names().collect();
        if variable.is_export() {
            self.makefile.exported.extend(names.iter().cloned());
        }
        // A `define` needs no sign.
        let operator =
            variable.assignment_operator_kind().or_else(|| variable.is_define().then_some(AssignmentOperator::Recursive));
        let (Some(operator), [name]) = (operator, names.as_slice()) else {
            if variable.is_undefine() {
                self.leave(line, &variable.to_string(), "a parameter always has a value");
            }
            return;
        };
        let value = variable.value_for(MakefileVariant::GNUMake).unwrap_or_default();
        self.makefile.assignments.push(Assignment {
            name: name.clone(),
            operator,
            value: if variable.is_define() { value } else { value.trim_end().to_owned() },
            define: variable.is_define(),
            help: self.comments.help(line),
            conditions: conditions.to_vec(),
        });
    }

    fn rule(&mut self, rule: &RuleNode, line: usize, conditions: &[RawCondition]) {
        let targets: Vec<String> = rule.targets().collect();
        if let Some(variable) = rule.scoped_assignment() {
            let value = (variable.name().unwrap_or_default(), variable.value_for(MakefileVariant::GNUMake).unwrap_or_default());
            for target in targets {
                self.rule_of(&target, line, conditions).values.push(value.clone());
            }
            return;
        }
        let prerequisites: Vec<String> = rule.prerequisites().chain(rule.order_only_prerequisites()).collect();
        for target in targets {
            match target.as_str() {
                ".PHONY" => self.makefile.phony.extend(prerequisites.iter().cloned()),
                ".ONESHELL" => self.makefile.one_shell = true,
                ".EXPORT_ALL_VARIABLES" => self.makefile.exported.push("*".to_owned()),
                special if special.starts_with('.') && special[1..].chars().all(|c| c.is_ascii_uppercase() || c == '_') => {}
                pattern if pattern.contains('%') => {
                    self.leave(line, &rule.to_string(), "a pattern makes files; a task has a name of its own");
                }
                _ => {
                    let mut recipe = Vec::new();
                    // What must hold for the rule stands with the rule.
                    body(rule.body_items(), &[], &mut recipe);
                    let own = self.rule_of(&target, line, conditions);
                    own.prerequisites.extend(prerequisites.iter().cloned());
                    own.recipe.extend(recipe);
                }
            }
        }
    }

    /// The rule of a target under these conditions: a target may stand in several.
    fn rule_of(&mut self, target: &str, line: usize, conditions: &[RawCondition]) -> &mut Rule {
        let (help, group) = (self.comments.help(line), self.comments.group(line));
        let rules = &mut self.makefile.rules;
        let index = rules.iter().position(|rule| rule.target == target && rule.conditions == conditions).unwrap_or(rules.len());
        if index == rules.len() {
            rules.push(Rule {
                target: target.to_owned(),
                prerequisites: vec![],
                recipe: vec![],
                help: None,
                group,
                conditions: conditions.to_vec(),
                values: vec![],
                line: line + 1,
            });
        }
        let rule = &mut rules[index];
        rule.help = rule.help.take().or(help);
        rule
    }
}

/// The lines of a recipe, each with what must hold for it.
fn body(items: impl Iterator<Item = ConditionalItem>, outer: &[RawCondition], recipe: &mut Vec<RecipeLine>) {
    for item in items {
        match item {
            ConditionalItem::Recipe(line) => {
                recipe.push(RecipeLine { text: line.shell_text(), conditions: outer.to_vec() });
            }
            ConditionalItem::Item(MakefileItem::Conditional(conditional)) => {
                for (conditions, items) in branches(&conditional, outer) {
                    body(items.into_iter(), &conditions, recipe);
                }
            }
            ConditionalItem::Item(MakefileItem::Recipe(line)) => {
                recipe.push(RecipeLine { text: line.shell_text(), conditions: outer.to_vec() });
            }
            ConditionalItem::Item(other) => {
                recipe.push(RecipeLine { text: other.syntax().text().to_string().trim().to_owned(), conditions: outer.to_vec() });
            }
            _ => {}
        }
    }
}

/// The branches of a conditional, each with all that must hold for it.
fn branches(conditional: &Conditional, outer: &[RawCondition]) -> Vec<(Vec<RawCondition>, Vec<ConditionalItem>)> {
    let mut not_before = outer.to_vec();
    let mut all = Vec::new();
    for branch in conditional.branches() {
        let own =
            match branch.conditional_type().as_deref() {
                Some(word @ ("ifeq" | "ifneq")) => branch
                    .ifeq_args_for(MakefileVariant::GNUMake)
                    .map(|(left, right)| RawCondition { left, right, negated: word == "ifneq" }),
                Some(word @ ("ifdef" | "ifndef")) => branch.condition_for(MakefileVariant::GNUMake).map(|name| RawCondition {
                    left: format!("$({})", name.trim()),
                    right: String::new(),
                    negated: word == "ifdef",
                }),
                _ => None,
            };
        let mut conditions = not_before.clone();
        conditions.extend(own.clone());
        all.push((conditions, branch.items().collect()));
        not_before.extend(own.map(|own| RawCondition { negated: !own.negated, ..own }));
    }
    all
}
