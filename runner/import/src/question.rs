use crate::guard::{Asked, asked, failing};
use crate::message::{message, plain};
use crate::shell::{Item, Next, Node, Part, Simple, Word};
use crate::word_text::{Value, ValuePart, WordScope};

/// A question, and what is done where it is answered so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub word: String,
    pub prompt: Option<Value>,
    /// The commands that follow.
    pub then: Vec<Item>,
}

/// `read -p "…" answer` and what looks at the answer.
pub(crate) fn question(items: &[Item], scope: &WordScope<'_>) -> Option<Question> {
    let mut said = None;
    for (index, item) in items.iter().enumerate() {
        let Node::Simple(simple) = &item.node else { return None };
        if simple.is("read") {
            let (prompt, variable) = read(simple, scope)?;
            let (word, then) = answer(&items[index + 1..], &variable, scope)?;
            return Some(Question { word, prompt: prompt.or(said), then });
        }
        said = message(simple, scope)?.into_iter().next_back();
    }
    None
}

/// The prompt and the variable of `read`.
fn read(simple: &Simple, scope: &WordScope<'_>) -> Option<(Option<Value>, String)> {
    let (mut prompt, mut variable) = (None, "REPLY".to_owned());
    let mut words = simple.words[1..].iter();
    while let Some(word) = words.next() {
        match word.text().unwrap_or_default().as_str() {
            flag if flag.starts_with('-') && flag.ends_with('p') => prompt = Some(shown(words.next()?, scope)?),
            "-n" | "-t" | "-N" => drop(words.next()?),
            flag if flag.starts_with('-') => {}
            name => name.clone_into(&mut variable),
        }
    }
    Some((prompt, variable))
}

fn shown(word: &Word, scope: &WordScope<'_>) -> Option<Value> {
    let mut value = Value::default();
    for part in scope.value(word)?.0 {
        value.push(match part {
            ValuePart::Text(text) => ValuePart::Text(plain(&text)),
            other => other,
        });
    }
    Some(value)
}

/// The word that must be typed, and what follows.
fn answer(items: &[Item], variable: &str, scope: &WordScope<'_>) -> Option<(String, Vec<Item>)> {
    let (first, rest) = items.split_first()?;
    match &first.node {
        // `echo` ends the line of the prompt.
        Node::Simple(simple) if message(simple, scope).is_some() => answer(rest, variable, scope),
        Node::Simple(simple) => {
            let (word, negated) = compared(simple, variable)?;
            match (negated, first.next, rest) {
                (false, Next::End, []) => Some((word, vec![])),
                (false, Next::And, then) => match then {
                    // `&& true || exit`, and `&& ACTION || exit`
                    [.., last] if then.len() > 1 && failing_node(&last.node, scope) => {
                        let mut kept = then[..then.len() - 1].to_vec();
                        (kept.last()?.next == Next::Or).then(|| kept.last_mut().map(|last| last.next = Next::End))?;
                        Some((word, kept))
                    }
                    _ => Some((word, then.to_vec())),
                },
                (false, Next::Or, [fails, then @ ..]) if failing_node(&fails.node, scope) => Some((word, then.to_vec())),
                // `|| [ "$a" = "Y" ]`
                (false, Next::Or, [other, ..]) if matches!(&other.node, Node::Simple(simple) if compared(simple, variable).is_some()) =>
                {
                    let (_, then) = answer(rest, variable, scope)?;
                    Some((word, then))
                }
                (true, Next::And, [fails, then @ ..]) if failing_node(&fails.node, scope) => Some((word, then.to_vec())),
                _ => None,
            }
        }
        Node::If { arms, otherwise } => {
            let [arm] = arms.as_slice() else { return None };
            let [Item { node: Node::Simple(simple), .. }, ..] = arm.condition.as_slice() else { return None };
            let (word, negated) = compared(simple, variable)?;
            let harmless = otherwise.as_ref().is_none_or(|items| gives_up(items, scope));
            if negated && failing(&arm.body, scope).is_some() {
                let mut then = otherwise.clone().unwrap_or_default();
                if let Some(last) = then.last_mut() {
                    last.next = if rest.is_empty() { Next::End } else { Next::Then };
                }
                then.extend(rest.iter().cloned());
                return Some((word, then));
            }
            (!negated && harmless && rest.is_empty()).then(|| (word, arm.body.clone()))
        }
        _ => None,
    }
}

/// Whether these commands only say something and perhaps fail.
fn gives_up(items: &[Item], scope: &WordScope<'_>) -> bool {
    let says = |item: &Item| matches!(&item.node, Node::Simple(simple) if message(simple, scope).is_some() || simple.is("exit"));
    items.iter().all(says)
}

fn failing_node(node: &Node, scope: &WordScope<'_>) -> bool {
    match node {
        Node::Group(items) => failing(items, scope).is_some() || gives_up(items, scope),
        Node::Simple(_) => failing(&[Item { node: node.clone(), next: Next::End }], scope).is_some(),
        _ => false,
    }
}

/// The text that the variable is compared with, and whether it must be another.
fn compared(simple: &Simple, variable: &str) -> Option<(String, bool)> {
    let (Asked::Same(left, right), negated) = asked(simple)? else { return None };
    // `"x$a" = "xy"` is not among them.
    let wanted = match (left.variable(), right.variable()) {
        (Some(name), _) if name == variable => right,
        (_, Some(name)) if name == variable => left,
        _ => return None,
    };
    let text: String = wanted
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            // The bracket of an expression: `^[Yy]$`.
            Part::Shell(mark) if mark == "[" => Some("["),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let word = if text.contains(['[', '^', '(']) {
        let letters: String = text.chars().skip_while(|letter| !letter.is_alphanumeric()).take(1).collect();
        letters.to_lowercase()
    } else {
        text
    };
    (!word.is_empty()).then_some((word, negated))
}
