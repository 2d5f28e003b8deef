use crate::action::{Action, Test};
use crate::condition::Condition;
use crate::line::{LineScope, actions, when};
use crate::piece::{Piece, push, unknown};
use crate::reader::{RecipeLine, Rule};
use crate::scope::Scope;
use crate::script::script;
use crate::shell::parse;
use crate::variable::{Variable, Variables};
use crate::word_text::WordScope;
use std::collections::BTreeSet;

/// What all recipes are read with.
#[derive(Debug)]
pub(crate) struct RecipeScope<'a> {
    pub variables: &'a Variables,
    pub targets: &'a BTreeSet<String>,
    pub required: &'a BTreeSet<String>,
    pub one_shell: bool,
}

/// What the lines of a recipe are for, in their order.
pub(crate) fn recipe(rule: &Rule, scope: &RecipeScope<'_>) -> Vec<Action> {
    let make = Scope::of(scope.variables, rule);
    let whole;
    let lines = if scope.one_shell && rule.recipe.len() > 1 {
        let text =
            rule.recipe.iter().map(|line| line.text.trim_start_matches(['@', '-', '+', ' '])).collect::<Vec<_>>().join("\n");
        whole = [RecipeLine { text: text.replace('\n', " ; "), conditions: rule.recipe[0].conditions.clone() }];
        &whole[..]
    } else {
        rule.recipe.as_slice()
    };
    let mut all: Vec<Action> = Vec::new();
    for line in lines {
        let conditions: Vec<Test> =
            line.conditions.iter().map(|raw| Test { condition: Condition::new(raw, &make), is_loop: false }).collect();
        if let Some(Test { condition: Condition::Unknown(text), .. }) =
            conditions.iter().find(|test| matches!(test.condition, Condition::Unknown(_)))
        {
            let reason = format!("whether it runs depends on `{text}`");
            all.push(Action::Broken { reason, text: first_line(&line.text) });
            continue;
        }
        let body = line_actions(line, &conditions, &make, scope);
        if let [Action::Require(_)] = body.as_slice() {
            all.extend(body);
            continue;
        }
        for action in when(conditions, body) {
            // Lines under the same conditions stay together.
            match (all.last_mut(), action) {
                (Some(Action::When { conditions: last, body }), Action::When { conditions, body: more })
                    if *last == conditions =>
                {
                    body.extend(more);
                }
                (_, action) => all.push(action),
            }
        }
    }
    all
}

fn line_actions(line: &RecipeLine, conditions: &[Test], make: &Scope<'_>, scope: &RecipeScope<'_>) -> Vec<Action> {
    if let Some(name) = requirement(&line.text, scope.variables) {
        return vec![Action::Require(name)];
    }
    let pieces = make.expand(&line.text);
    if pieces.iter().any(|piece| matches!(piece, Piece::Stop(_))) {
        // `ifndef X` around `$(error …)`
        let missing = conditions.iter().find_map(|test| match &test.condition {
            Condition::When { param, values, negated: false } if values == &[String::new()] => Some(param.clone()),
            _ => None,
        });
        if let Some(name) = missing {
            return vec![Action::Require(name)];
        }
        let stop = pieces.iter().find_map(|piece| if let Piece::Stop(message) = piece { Some(message.clone()) } else { None });
        return vec![Action::Fail(vec![crate::word_text::Value::text(stop.unwrap_or_default())])];
    }
    split_lines(pieces).into_iter().flat_map(|pieces| command_line(pieces, &line.text, scope)).collect()
}

/// One line for a shell.
fn command_line(mut pieces: Vec<Piece>, raw: &str, scope: &RecipeScope<'_>) -> Vec<Action> {
    let ignored = strip_prefix(&mut pieces);
    if pieces.is_empty() {
        return vec![];
    }
    if let Some(reason) = unknown(&pieces) {
        return vec![Action::Broken { reason: reason.to_owned(), text: first_line(raw) }];
    }
    let words = WordScope { variables: scope.variables, loops: &[], required: scope.required };
    let parsed = parse(&pieces);
    let found = parsed.and_then(|items| actions(&items, &LineScope { words, targets: scope.targets, dir: None }));
    match found {
        Some(actions) if !ignored || actions.iter().all(|action| matches!(action, Action::Say(_))) => actions,
        _ => vec![Action::Script(script(pieces, ignored))],
    }
}

/// Takes `@`, `-` and `+` away. Whether a failure is no failure.
fn strip_prefix(pieces: &mut Vec<Piece>) -> bool {
    let Some(Piece::Text(text)) = pieces.first_mut() else { return false };
    let rest = text.trim_start_matches(['@', '-', '+', ' ', '\t']);
    let ignored = text[..text.len() - rest.len()].contains('-');
    *text = rest.to_owned();
    if text.trim().is_empty() && pieces.len() == 1 {
        pieces.clear();
    }
    ignored
}

/// A macro may come to several lines.
fn split_lines(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut lines = vec![Vec::new()];
    for piece in pieces {
        let Piece::Text(text) = piece else {
            if let Some(line) = lines.last_mut() {
                line.push(piece);
            }
            continue;
        };
        let joined = text.replace("\\\n", "\0");
        for (index, part) in joined.split('\n').enumerate() {
            if index > 0 {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut() {
                push(line, Piece::Text(part.replace('\0', "\\\n")));
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// The parameter of `$(if $(X),,$(error …))`, or of a macro that fails where its argument is not set.
fn requirement(raw: &str, variables: &Variables) -> Option<String> {
    let raw = raw.trim().trim_start_matches('@').trim();
    if let Some(rest) = raw.strip_prefix("$(if $(").or_else(|| raw.strip_prefix("$(if ${")) {
        let (name, rest) = rest.split_once([')', '}'])?;
        let rest: String = rest.chars().filter(|letter| !letter.is_whitespace()).collect();
        return rest.starts_with(",,$(error").then(|| name.to_owned());
    }
    let (name, arguments) = raw.strip_prefix("$(call ")?.strip_suffix(')')?.split_once(',')?;
    let first = arguments.split(',').next()?.trim();
    let mut body = match variables.known.get(name.trim())? {
        Variable::Text(body) => body.clone(),
        _ => return None,
    };
    // The macro may leave it to another one.
    for (other, variable) in &variables.known {
        if let (true, Variable::Text(text)) = (body.contains(&format!("call {other}")), variable) {
            body.push_str(text);
        }
    }
    (body.contains("$(error") && crate::name::is_variable(first)).then(|| first.to_owned())
}

/// A line for a person.
fn first_line(text: &str) -> String {
    text.trim().trim_start_matches(['@', '-', '+']).lines().next().unwrap_or_default().to_owned()
}
