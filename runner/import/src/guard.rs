use crate::action::{Action, Test};
use crate::condition::Condition;
use crate::message::message;
use crate::shell::{Item, Next, Node, Part, Simple, Word};
use crate::word_text::{Value, WordScope};

/// What a test command asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Two words are the same.
    Same(Word, Word),
    /// A word has at least one letter.
    Something(Word),
    /// A path is there.
    Path(Word),
    /// A program is installed.
    Tool(String),
}

/// What a command asks, and whether it asks for the opposite.
pub(crate) fn asked(simple: &Simple) -> Option<(Asked, bool)> {
    if !simple.assignments.is_empty() {
        return None;
    }
    let words: Vec<&Word> = simple.words.iter().collect();
    if let Some(tool) = tool(simple) {
        return Some((Asked::Tool(tool), simple.negated));
    }
    let (program, mut rest) = words.split_first()?;
    match program.text()?.as_str() {
        "[" if rest.last().is_some_and(|last| last.is("]")) => rest = &rest[..rest.len() - 1],
        "[[" if rest.last().is_some_and(|last| last.is("]]")) => rest = &rest[..rest.len() - 1],
        "test" => {}
        _ => return None,
    }
    if !simple.redirects.is_empty() {
        return None;
    }
    let mut negated = simple.negated;
    while let Some((first, after)) = rest.split_first().filter(|(first, _)| first.is("!")) {
        debug_assert!(first.is("!"));
        negated = !negated;
        rest = after;
    }
    match rest {
        [one] => Some((Asked::Something((*one).clone()), negated)),
        [flag, word] if flag.is("-n") => Some((Asked::Something((*word).clone()), negated)),
        [flag, word] if flag.is("-z") => Some((Asked::Something((*word).clone()), !negated)),
        [flag, word] if ["-e", "-f", "-d", "-r", "-s"].iter().any(|known| flag.is(known)) => {
            Some((Asked::Path((*word).clone()), negated))
        }
        [left, sign, right] if sign.is("=") || sign.is("==") || sign.is("=~") => {
            Some((Asked::Same((*left).clone(), (*right).clone()), negated))
        }
        [left, sign, right] if sign.is("!=") => Some((Asked::Same((*left).clone(), (*right).clone()), !negated)),
        _ => None,
    }
}

/// `command -v docker`, silenced.
fn tool(simple: &Simple) -> Option<String> {
    let silent = simple.redirects.iter().all(|one| one.target.is("/dev/null") || one.operator.ends_with('&'));
    let name = match simple.words.as_slice() {
        [command, flag, name] if command.is("command") && flag.is("-v") => name,
        [which, name] if ["which", "type", "hash"].iter().any(|known| which.is(known)) => name,
        _ => return None,
    };
    name.text().filter(|_| silent)
}

/// Whether these commands end with a failure, and what they say before.
pub(crate) fn failing(items: &[Item], scope: &WordScope<'_>) -> Option<Vec<Value>> {
    let (last, before) = items.split_last()?;
    let Node::Simple(end) = &last.node else { return None };
    let fails = match end.words.as_slice() {
        [exit, code] if exit.is("exit") => !code.is("0"),
        [exit] => exit.is("exit") || exit.is("false"),
        _ => false,
    };
    let mut said = Vec::new();
    for item in before {
        let Node::Simple(simple) = &item.node else { return None };
        if !matches!(item.next, Next::Then | Next::And) {
            return None;
        }
        said.extend(message(simple, scope)?);
    }
    fails.then_some(said)
}

/// What must hold so that it goes on, where a test guards the rest.
pub(crate) fn guard(asked: Asked, negated: bool, said: Vec<Value>, scope: &WordScope<'_>) -> Option<Action> {
    Some(match asked {
        Asked::Something(word) if !negated => Action::Require(word.param()?.to_owned()),
        Asked::Path(word) if !negated => Action::Exists {
            requires: word.param().map(str::to_owned),
            path: scope.value(&Word { parts: word.parts, quoted: true })?,
            message: said.into_iter().next(),
        },
        Asked::Tool(name) if !negated => Action::Tool(name),
        asked => {
            let test = test(asked, negated, scope)?;
            let opposite = Test { condition: test.condition.negate(), ..test };
            Action::When { conditions: vec![opposite], body: vec![Action::Fail(said)] }
        }
    })
}

/// A condition on a parameter or on the variable of a loop.
pub(crate) fn test(asked: Asked, negated: bool, scope: &WordScope<'_>) -> Option<Test> {
    let (word, value, negated) = match asked {
        Asked::Same(left, right) => match (left.text(), right.text()) {
            (None, Some(value)) => (left, value, negated),
            (Some(value), None) => (right, value, negated),
            (Some(left), Some(right)) => {
                return Some(Test { condition: Condition::known((left == right) != negated), is_loop: false });
            }
            (None, None) => return None,
        },
        Asked::Something(word) => match word.text() {
            Some(text) => return Some(Test { condition: Condition::known(text.is_empty() == negated), is_loop: false }),
            None => (word, String::new(), !negated),
        },
        Asked::Path(_) | Asked::Tool(_) => return None,
    };
    match word.parts.as_slice() {
        [Part::Param { name, .. }] => {
            let condition = Condition::When { param: name.clone(), values: vec![value], negated };
            Some(Test { condition, is_loop: false })
        }
        [Part::Variable { name, .. }] if scope.loops.contains(name) => {
            let condition = Condition::When { param: name.clone(), values: vec![value], negated };
            Some(Test { condition, is_loop: true })
        }
        _ => None,
    }
}

/// The conditions of an `if`: tests that are joined by `&&`, or by `||` where they ask for values of one parameter.
pub(crate) fn tests(items: &[Item], scope: &WordScope<'_>) -> Option<Vec<Test>> {
    let mut all: Vec<Test> = Vec::new();
    let mut joined = Next::And;
    for item in items {
        let Node::Simple(simple) = &item.node else { return None };
        let (asked, negated) = asked(simple)?;
        let next = test(asked, negated, scope)?;
        match joined {
            Next::And => all.push(next),
            Next::Or => {
                let [last] = all.as_mut_slice() else { return None };
                let (
                    Condition::When { param, values, negated: false },
                    Condition::When { param: same, values: more, negated: false },
                ) = (&mut last.condition, next.condition)
                else {
                    return None;
                };
                if *param != same {
                    return None;
                }
                values.extend(more);
            }
            _ => return None,
        }
        joined = item.next;
    }
    (joined == Next::End).then_some(all)
}
