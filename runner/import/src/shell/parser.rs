use super::lexer::{Token, tokens};
use super::{Arm, Item, Next, Node, Redirect, Simple, Word};
use crate::piece::Piece;

/// How deep commands may stand in each other.
const DEPTH: usize = 30;

/// What a command line says, or none where it has what is not known here.
pub(crate) fn parse(pieces: &[Piece]) -> Option<Vec<Item>> {
    let tokens = tokens(pieces)?;
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let list = parser.list(&[])?;
    (parser.at == parser.tokens.len()).then_some(list)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn operator(&self) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Operator(operator)) => Some(operator),
            _ => None,
        }
    }

    /// Whether the next word is this keyword.
    fn sees(&self, keyword: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.is(keyword))
    }

    fn take(&mut self, keyword: &str) -> Option<()> {
        self.skip_lines();
        let found = match self.tokens.get(self.at)? {
            Token::Word(word) => word.is(keyword),
            Token::Operator(operator) => *operator == keyword,
            Token::Redirect(_) => false,
        };
        self.at += 1;
        found.then_some(())
    }

    fn skip_lines(&mut self) {
        while self.operator() == Some("\n") {
            self.at += 1;
        }
    }

    /// Commands up to one of these keywords.
    fn list(&mut self, ends: &[&str]) -> Option<Vec<Item>> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let mut items: Vec<Item> = Vec::new();
        loop {
            self.skip_lines();
            let ended = self.at == self.tokens.len() || ends.iter().any(|end| self.sees(end) || self.operator() == Some(end));
            if ended {
                break;
            }
            let node = self.node()?;
            let next = match self.operator() {
                Some(";" | "\n") => Next::Then,
                Some("&&") => Next::And,
                Some("||") => Next::Or,
                Some("|") => Next::Pipe,
                Some("&") => Next::Background,
                Some(_) | None => Next::End,
            };
            if next != Next::End {
                self.at += 1;
            }
            items.push(Item { node, next });
            if next == Next::End {
                break;
            }
        }
        if let Some(last) = items.last_mut() {
            match last.next {
                Next::Then => last.next = Next::End,
                Next::End | Next::Background => {}
                // Something must follow.
                Next::And | Next::Or | Next::Pipe => return None,
            }
        }
        self.depth -= 1;
        Some(items)
    }

    fn node(&mut self) -> Option<Node> {
        let node = if self.operator() == Some("(") {
            self.at += 1;
            let inner = self.list(&[")"])?;
            self.take(")")?;
            Node::Group(inner)
        } else if self.sees("{") {
            self.at += 1;
            let inner = self.list(&["}"])?;
            self.take("}")?;
            Node::Group(inner)
        } else if self.sees("for") {
            self.at += 1;
            self.looped()?
        } else if self.sees("if") {
            self.at += 1;
            self.choice()?
        } else if ["while", "until", "case", "function", "select", "time"].iter().any(|word| self.sees(word)) {
            return None;
        } else {
            return self.simple();
        };
        // A redirection of a whole group needs a shell.
        (!matches!(self.tokens.get(self.at), Some(Token::Redirect(_)))).then_some(node)
    }

    fn looped(&mut self) -> Option<Node> {
        let variable = self.word()?.text()?;
        self.take("in")?;
        let mut values = Vec::new();
        while let Some(Token::Word(word)) = self.tokens.get(self.at) {
            values.push(word.clone());
            self.at += 1;
        }
        if matches!(self.operator(), Some(";" | "\n")) {
            self.at += 1;
        }
        self.take("do")?;
        let body = self.list(&["done"])?;
        self.take("done")?;
        Some(Node::For { variable, values, body })
    }

    fn choice(&mut self) -> Option<Node> {
        let mut arms = Vec::new();
        loop {
            let condition = self.list(&["then"])?;
            self.take("then")?;
            let body = self.list(&["elif", "else", "fi"])?;
            arms.push(Arm { condition, body });
            if !self.sees("elif") {
                break;
            }
            self.at += 1;
        }
        let mut otherwise = None;
        if self.sees("else") {
            self.at += 1;
            otherwise = Some(self.list(&["fi"])?);
        }
        self.take("fi")?;
        Some(Node::If { arms, otherwise })
    }

    fn word(&mut self) -> Option<Word> {
        match self.tokens.get(self.at)? {
            Token::Word(word) => {
                self.at += 1;
                Some(word.clone())
            }
            _ => None,
        }
    }

    fn simple(&mut self) -> Option<Node> {
        let mut simple = Simple::default();
        while let Some(token) = self.tokens.get(self.at).cloned() {
            match token {
                Token::Word(word) => {
                    self.at += 1;
                    if simple.words.is_empty() && word.is("!") {
                        simple.negated = !simple.negated;
                    } else if let (true, Some(assignment)) = (simple.words.is_empty(), assignment(&word)) {
                        simple.assignments.push(assignment);
                    } else {
                        simple.words.push(word);
                    }
                }
                Token::Redirect(operator) => {
                    self.at += 1;
                    simple.redirects.push(Redirect { operator, target: self.word()? });
                }
                // `name()` begins a function.
                Token::Operator("(") => return None,
                Token::Operator(_) => break,
            }
        }
        (!simple.words.is_empty() || !simple.assignments.is_empty()).then_some(Node::Simple(simple))
    }
}

/// `NAME=VALUE`
fn assignment(word: &Word) -> Option<(String, Word)> {
    let super::Part::Text(text) = word.parts.first()? else { return None };
    let (name, rest) = text.split_once('=')?;
    if !crate::name::is_variable(name) {
        return None;
    }
    let mut value = Word { parts: vec![], quoted: word.quoted };
    if !rest.is_empty() || word.parts.len() == 1 {
        value.push(super::Part::Text(rest.to_owned()));
    }
    value.parts.extend(word.parts[1..].iter().cloned());
    Some((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::super::Part;
    use super::*;

    fn parsed(text: &str) -> Option<Vec<Item>> {
        parse(&[Piece::Text(text.to_owned())])
    }

    fn words(text: &str) -> Vec<String> {
        match parsed(text).unwrap().as_slice() {
            [Item { node: Node::Simple(simple), next: Next::End }] => {
                simple.words.iter().map(|word| word.text().unwrap_or_else(|| format!("{:?}", word.parts))).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn quotes_are_as_in_a_shell() {
        assert_eq!(
            words(
                r#"a 'b "c' "d 'e\"" f\ g \
            h"#
            ),
            ["a", "b \"c", "d 'e\"", "f g", "h"]
        );
        assert_eq!(words("a '' # b"), ["a", ""]);
        assert_eq!(words("echo a#b {} {x}"), ["echo", "a#b", "{}", "{x}"]);
    }

    #[test]
    fn what_needs_a_shell_is_marked() {
        for (text, needs) in
            [("ls *.c", "*"), ("ls ~/x", "~"), ("echo $(date)", "$(…)"), ("echo `date`", "`…`"), ("echo ${A:-b}", "${…}")]
        {
            let items = parsed(text).unwrap();
            let Node::Simple(simple) = &items[0].node else { panic!("{items:?}") };
            assert!(simple.words[1].parts.contains(&Part::Shell(needs.to_owned())), "{text}: {simple:?}");
        }
    }

    #[test]
    fn loops_conditions_and_chains_are_read() {
        let items = parsed("for a in x y; do if [ $a = x ]; then b $a; elif c; then d; else e; fi; done && f || g").unwrap();
        let [Item { node: Node::For { variable, values, body }, next: Next::And }, f, g] = items.as_slice() else {
            panic!("{items:?}")
        };
        assert_eq!((variable.as_str(), values.len(), body.len()), ("a", 2, 1));
        assert!(matches!(&body[0].node, Node::If { arms, otherwise: Some(_) } if arms.len() == 2));
        assert_eq!((f.next, g.next), (Next::Or, Next::End));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        for text in [
            "cat <<E",
            "while a; do b; done",
            "case a in b) c;; esac",
            "f() { a; }",
            "a &&",
            "'open",
            "(a",
            "a > >(b)",
            "{ a; } > b",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn assignments_and_redirections_stand_apart() {
        let items = parsed("A=b C='d e' f 2>/dev/null >&2 g").unwrap();
        let Node::Simple(simple) = &items[0].node else { panic!("{items:?}") };
        assert_eq!(
            simple.assignments.iter().map(|(name, value)| (name.as_str(), value.text().unwrap())).collect::<Vec<_>>(),
            [("A", "b".to_owned()), ("C", "d e".to_owned())]
        );
        assert_eq!(simple.redirects.iter().map(|one| one.operator.as_str()).collect::<Vec<_>>(), ["2>", ">&"]);
        assert_eq!(simple.words.len(), 2);
    }
}
