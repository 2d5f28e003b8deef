use crate::action::{Action, Run, Test};
use crate::condition::Condition;
use crate::guard::{asked, failing, guard, tests};
use crate::loops::values;
use crate::make_call::calls;
use crate::message::message;
use crate::program::is_builtin;
use crate::question::question;
use crate::shell::{Arm, Item, Next, Node, Part, Simple};
use crate::word_text::{Value, ValuePart, WordScope};
use std::collections::BTreeSet;

/// What the commands of a line are read with.
#[derive(Clone, Debug)]
pub(crate) struct LineScope<'a> {
    pub words: WordScope<'a>,
    pub targets: &'a BTreeSet<String>,
    /// Where `cd` has gone.
    pub dir: Option<Value>,
}

/// What the commands of a line are for, or none where only a shell can do them as they are written.
pub(crate) fn actions(items: &[Item], scope: &LineScope<'_>) -> Option<Vec<Action>> {
    if let Some(question) = question(items, &scope.words) {
        let mut all = vec![Action::Confirm { word: question.word, prompt: question.prompt }];
        all.extend(actions(&question.then, scope)?);
        return Some(all);
    }
    let mut scope = scope.clone();
    let mut all = Vec::new();
    let mut rest = items;
    while let Some((item, after)) = rest.split_first() {
        rest = after;
        if matches!(item.next, Next::Pipe | Next::Background) {
            return None;
        }
        if let Node::Simple(simple) = &item.node {
            if let Some((asked, negated)) = asked(simple) {
                let negated = match (item.next, rest.first()) {
                    (Next::End, None) => negated,
                    (Next::Or, Some(next)) if fails(next, &scope.words).is_some() => negated,
                    (Next::And, Some(next)) if fails(next, &scope.words).is_some() => !negated,
                    _ => return None,
                };
                let said = rest.first().and_then(|next| fails(next, &scope.words)).unwrap_or_default();
                rest = rest.get(1..).unwrap_or_default();
                all.push(guard(asked, negated, said, &scope.words)?);
                continue;
            }
            if simple.is("cd") && matches!(item.next, Next::And | Next::Then) {
                scope.dir = Some(directory(simple, &scope)?);
                continue;
            }
            if simple.is("set")
                || simple.is("true")
                || simple.is(":")
                || (simple.is("exit") && rest.is_empty() && ends_well(simple))
            {
                continue;
            }
        }
        if item.next == Next::Or {
            // What fails ends the task anyway.
            let (next, after) = rest.split_first()?;
            fails(next, &scope.words)?;
            rest = after;
        }
        match &item.node {
            Node::Simple(simple) if simple.is("exit") && rest.is_empty() => {
                let said = all.iter().map(|action| if let Action::Say(lines) = action { Some(lines.clone()) } else { None });
                let said = said.collect::<Option<Vec<_>>>()?.concat();
                all = vec![Action::Fail(said)];
            }
            Node::Simple(simple) => all.extend(command(simple, &scope)?),
            Node::Group(inner) => all.extend(actions(inner, &scope)?),
            Node::For { variable, values: words, body } => {
                let values = values(words, &scope.words)?;
                let loops: Vec<String> = scope.words.loops.iter().chain([variable]).cloned().collect();
                let inner = LineScope { words: WordScope { loops: &loops, ..scope.words }, ..scope.clone() };
                all.push(Action::Loop { variable: variable.clone(), values, body: actions(body, &inner)? });
            }
            Node::If { arms, otherwise } => all.extend(choice(arms, otherwise.as_deref(), &scope)?),
        }
    }
    Some(all)
}

/// What a command says before it fails.
fn fails(item: &Item, scope: &WordScope<'_>) -> Option<Vec<Value>> {
    match &item.node {
        Node::Group(items) => failing(items, scope),
        Node::Simple(simple) if simple.is("exit") || simple.is("false") => {
            let constant = simple.words.iter().skip(1).all(|word| word.text().is_none_or(|code| code != "0"));
            constant.then(Vec::new)
        }
        _ => None,
    }
}

fn ends_well(simple: &Simple) -> bool {
    simple.words.get(1).is_some_and(|code| code.is("0"))
}

fn directory(simple: &Simple, scope: &LineScope<'_>) -> Option<Value> {
    let [_, word] = simple.words.as_slice() else { return None };
    let to = scope.words.value(word)?;
    match &scope.dir {
        None => Some(to),
        Some(from) if !to.start().starts_with('/') => {
            let mut joined = from.clone();
            joined.push(ValuePart::Text("/".to_owned()));
            to.0.into_iter().for_each(|part| joined.push(part));
            Some(joined)
        }
        Some(_) => Some(to),
    }
}

/// One command.
fn command(simple: &Simple, scope: &LineScope<'_>) -> Option<Vec<Action>> {
    if let Some([Part::Make]) = simple.words.first().map(|word| word.parts.as_slice()) {
        if !simple.redirects.is_empty() || !simple.assignments.is_empty() || simple.negated {
            return None;
        }
        return Some(calls(simple, &scope.words, scope.targets).unwrap_or_else(|reason| {
            let words: Vec<String> = simple.words[1..].iter().map(|word| word.text().unwrap_or_else(|| "…".to_owned())).collect();
            vec![Action::Broken { reason, text: format!("make {}", words.join(" ")) }]
        }));
    }
    if let Some(said) = message(simple, &scope.words) {
        return Some(vec![Action::Say(said)]);
    }
    if !simple.redirects.is_empty() || simple.negated {
        return None;
    }
    let words = match simple.words.as_slice() {
        [exec, rest @ ..] if exec.is("exec") => rest,
        words => words,
    };
    let (program, arguments) = words.split_first()?;
    let program = scope.words.program(program)?;
    if is_builtin(program.start()) {
        return None;
    }
    let mut run = Run { words: vec![program], dir: scope.dir.clone(), ..Run::default() };
    for argument in arguments {
        run.words.push(scope.words.value(argument)?);
    }
    for (name, value) in &simple.assignments {
        run.env.push((name.clone(), scope.words.value(value)?));
    }
    Some(vec![Action::Run(run)])
}

/// `if … then … elif … else … fi`
fn choice(arms: &[Arm], otherwise: Option<&[Item]>, scope: &LineScope<'_>) -> Option<Vec<Action>> {
    if let ([arm], None) = (arms, otherwise)
        && let Some(said) = failing(&arm.body, &scope.words)
        && let [Item { node: Node::Simple(simple), next: Next::End }] = arm.condition.as_slice()
        && let Some((asked, negated)) = asked(simple)
    {
        return Some(vec![guard(asked, !negated, said, &scope.words)?]);
    }
    let mut all = Vec::new();
    let mut before: Vec<Test> = Vec::new();
    for arm in arms {
        let own = tests(&arm.condition, &scope.words)?;
        let conditions: Vec<Test> = before.iter().chain(&own).cloned().collect();
        all.extend(when(conditions, actions(&arm.body, scope)?));
        // The opposite of several tests is no list of tests.
        let [only] = own.as_slice() else {
            return (arms.len() == 1 && otherwise.is_none()).then_some(all);
        };
        before.push(Test { condition: only.condition.clone().negate(), ..only.clone() });
    }
    if let Some(otherwise) = otherwise {
        all.extend(when(before, actions(otherwise, scope)?));
    }
    Some(all)
}

/// These actions where all conditions hold; nothing where one of them never does.
pub(crate) fn when(conditions: Vec<Test>, body: Vec<Action>) -> Vec<Action> {
    if conditions.iter().any(|test| test.condition == Condition::Never) || body.is_empty() {
        return vec![];
    }
    let conditions: Vec<Test> = conditions.into_iter().filter(|test| test.condition != Condition::Always).collect();
    if conditions.is_empty() { body } else { vec![Action::When { conditions, body }] }
}
