use super::lines::slice;
use toml_parser::lexer::{Token, TokenKind};

const INDENT: &str = "  ";

/// A value, with the line breaks that it has.
pub(super) fn value(text: &str, tokens: &[Token]) -> String {
    let mut writing = Writing { out: String::new(), open: vec![], indent: 0, begins: false, before: None, blanks: "" };
    for token in tokens {
        writing.token(token.kind(), slice(text, *token));
    }
    writing.out.truncate(writing.out.trim_end().len());
    writing.out
}

struct Writing<'t> {
    out: String,
    /// The indent of the line on which each open bracket stands.
    open: Vec<usize>,
    /// That of this line.
    indent: usize,
    /// Nothing stands on this line yet.
    begins: bool,
    before: Option<TokenKind>,
    /// The blanks in front of the next token.
    blanks: &'t str,
}

impl<'t> Writing<'t> {
    fn token(&mut self, kind: TokenKind, written: &'t str) {
        match kind {
            TokenKind::Whitespace => {
                self.blanks = written;
                return;
            }
            TokenKind::Newline => return self.end_line(),
            TokenKind::Eof => return,
            _ => {}
        }
        let opened = if is_close(kind) { self.open.pop() } else { None };
        if std::mem::take(&mut self.begins) {
            // What closes stands under the line that opened.
            self.indent = opened.unwrap_or_else(|| self.open.last().map_or(0, |indent| indent + 1));
            self.out.extend(std::iter::repeat_n(INDENT, self.indent));
        } else if let Some(before) = self.before {
            self.out.push_str(between(before, kind, self.blanks));
        }
        if is_open(kind) {
            self.open.push(self.indent);
        }
        self.out.push_str(if kind == TokenKind::Comment { written.trim_end() } else { written });
        self.before = Some(kind);
        self.blanks = "";
    }

    /// Of several empty lines one stays.
    fn end_line(&mut self) {
        if !self.begins || !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
        self.begins = true;
        self.before = None;
        self.blanks = "";
    }
}

/// What stands between two tokens of a line.
fn between(before: TokenKind, next: TokenKind, blanks: &str) -> &str {
    use TokenKind::{Comma, Comment, Dot, Equals, LeftCurlyBracket, LeftSquareBracket, RightCurlyBracket, RightSquareBracket};
    match (before, next) {
        (_, Comment) => {
            if blanks.is_empty() {
                " "
            } else {
                blanks
            }
        }
        (LeftCurlyBracket, RightCurlyBracket) | (LeftSquareBracket, _) | (_, RightSquareBracket | Comma | Dot) | (Dot, _) => "",
        (LeftCurlyBracket | Comma | Equals, _) | (_, RightCurlyBracket | Equals) => " ",
        // A date and its time.
        _ if blanks.is_empty() => "",
        _ => " ",
    }
}

fn is_open(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket)
}

fn is_close(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket)
}
