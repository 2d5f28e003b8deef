use super::value::value;
use toml_parser::lexer::{Token, TokenKind};

/// A line of a document; an entry may be several lines of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Blank,
    Comment(String),
    /// `[tasks.a]`, and the comment behind it with the blanks before it.
    Header(String, String),
    Entry {
        key: String,
        value: String,
        /// With the blanks before it.
        comment: String,
    },
}

impl Line {
    pub fn key_width(&self) -> usize {
        match self {
            Self::Entry { key, .. } => key.chars().count(),
            _ => 0,
        }
    }
}

/// The lines of a text that is TOML.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let tokens = toml_parser::Source::new(text).lex().into_vec();
    let mut lines = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => depth += 1,
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => depth = depth.saturating_sub(1),
            TokenKind::Newline if depth == 0 => {
                lines.push(line(text, &tokens[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    let rest: Vec<Token> = tokens[start..].iter().filter(|token| token.kind() != TokenKind::Eof).copied().collect();
    lines.push(line(text, &rest));
    lines
}

fn line(text: &str, tokens: &[Token]) -> Line {
    let (tokens, comment) = match tokens.split_last() {
        Some((last, before)) if last.kind() == TokenKind::Comment => {
            let blanks =
                before.last().filter(|token| token.kind() == TokenKind::Whitespace).map_or(" ", |token| slice(text, *token));
            (before, format!("{blanks}{}", slice(text, *last).trim_end()))
        }
        _ => (tokens, String::new()),
    };
    let mut solid = tokens.iter().filter(|token| token.kind() != TokenKind::Whitespace).peekable();
    let Some(first) = solid.peek().map(|token| token.kind()) else {
        return if comment.is_empty() { Line::Blank } else { Line::Comment(comment.trim_start().to_owned()) };
    };
    if first == TokenKind::LeftSquareBracket {
        return Line::Header(solid.map(|token| slice(text, *token)).collect(), comment);
    }
    let sign = tokens.iter().position(|token| token.kind() == TokenKind::Equals).unwrap_or(tokens.len());
    let key = tokens[..sign].iter().filter(|token| token.kind() != TokenKind::Whitespace);
    Line::Entry {
        key: key.map(|token| slice(text, *token)).collect(),
        value: value(text, tokens.get(sign + 1..).unwrap_or_default()),
        comment,
    }
}

pub(super) fn slice(text: &str, token: Token) -> &str {
    text.get(token.span().start()..token.span().end()).unwrap_or_default()
}
