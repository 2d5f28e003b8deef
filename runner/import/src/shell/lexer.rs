use super::{Part, Word};
use crate::piece::Piece;

/// A token of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    /// `;`, `&&`, `||`, `|`, `&`, `(`, `)`, or the end of a line.
    Operator(&'static str),
    /// `>`, `2>`, `>&`, `<`
    Redirect(String),
}

/// A letter of the text, or something that make put there.
#[derive(Clone, Debug)]
pub(super) enum Unit<'p> {
    Letter(char),
    Piece(&'p Piece),
}

/// The tokens, or none where the line has what is not known here: a here-document, an open quote.
pub(super) fn tokens(pieces: &[Piece]) -> Option<Vec<Token>> {
    let mut units = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => units.extend(text.chars().map(Unit::Letter)),
            other => units.push(Unit::Piece(other)),
        }
    }
    Lexer { units, at: 0, tokens: vec![], word: None }.run()
}

pub(super) struct Lexer<'p> {
    pub units: Vec<Unit<'p>>,
    pub at: usize,
    tokens: Vec<Token>,
    pub word: Option<Word>,
}

impl Lexer<'_> {
    pub fn letter(&self, offset: usize) -> Option<char> {
        match self.units.get(self.at + offset) {
            Some(Unit::Letter(letter)) => Some(*letter),
            _ => None,
        }
    }

    pub fn part(&mut self, part: Part) {
        self.word.get_or_insert_default().push(part);
    }

    fn end_word(&mut self) {
        self.tokens.extend(self.word.take().map(Token::Word));
    }

    fn operator(&mut self, operator: &'static str, length: usize) {
        self.end_word();
        self.tokens.push(Token::Operator(operator));
        self.at += length;
    }

    fn run(mut self) -> Option<Vec<Token>> {
        while let Some(unit) = self.units.get(self.at).cloned() {
            match unit {
                Unit::Piece(piece) => {
                    self.piece(piece, false)?;
                    self.at += 1;
                }
                Unit::Letter(letter) => self.plain(letter)?,
            }
        }
        self.end_word();
        Some(self.tokens)
    }

    /// A letter outside of quotes.
    fn plain(&mut self, letter: char) -> Option<()> {
        match (letter, self.letter(1)) {
            ('\\', Some('\n')) => self.at += 2,
            ('\\', Some(next)) => {
                self.part(Part::Text(next.to_string()));
                self.word.get_or_insert_default().quoted = true;
                self.at += 2;
            }
            (' ' | '\t', _) => {
                self.end_word();
                self.at += 1;
            }
            ('\n', _) => self.operator("\n", 1),
            ('#', _) if self.word.is_none() => {
                while self.at < self.units.len() && self.letter(0) != Some('\n') {
                    self.at += 1;
                }
            }
            ('\'', _) => self.single_quotes()?,
            ('"', _) => self.double_quotes()?,
            ('&', Some('&')) => self.operator("&&", 2),
            ('|', Some('|')) => self.operator("||", 2),
            (';', Some(';')) => return None,
            (';', _) => self.operator(";", 1),
            ('|', _) => self.operator("|", 1),
            ('(', _) => self.operator("(", 1),
            (')', _) => self.operator(")", 1),
            ('&', Some('>')) => return None,
            ('&', _) => self.operator("&", 1),
            ('<' | '>', _) => self.redirect(letter)?,
            ('$', _) => self.dollar(false)?,
            ('`', _) => self.backquotes()?,
            ('*' | '?' | '[' | '~', _) => {
                let special = match letter {
                    // A lone bracket is the test command.
                    '[' if self.word.as_ref().is_some_and(|word| word.is("[")) => self.letter(1) != Some(' '),
                    '[' => self.word.is_some() || !matches!(self.letter(1), Some(' ' | '[')),
                    '~' => self.word.is_none(),
                    _ => true,
                };
                self.part(if special { Part::Shell(letter.to_string()) } else { Part::Text(letter.to_string()) });
                self.at += 1;
            }
            // `{a,b}` is one word in sh and several in bash.
            ('{', next) if next.is_some_and(|next| !next.is_whitespace() && next != '}') => {
                let inner: String = self.units[self.at..]
                    .iter()
                    .map_while(|unit| match unit {
                        Unit::Letter(letter) if !letter.is_whitespace() && *letter != '}' => Some(*letter),
                        _ => None,
                    })
                    .collect();
                self.part(if inner.contains(',') || inner.contains("..") {
                    Part::Shell("{".to_owned())
                } else {
                    Part::Text("{".to_owned())
                });
                self.at += 1;
            }
            _ => {
                self.part(Part::Text(letter.to_string()));
                self.at += 1;
            }
        }
        Some(())
    }

    fn redirect(&mut self, letter: char) -> Option<()> {
        // A number right before it belongs to it.
        let number = match self.word.as_ref().and_then(Word::text) {
            Some(text) if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) => {
                self.word = None;
                text
            }
            _ => String::new(),
        };
        self.end_word();
        let mut operator = format!("{number}{letter}");
        self.at += 1;
        match (letter, self.letter(0)) {
            ('<', Some('<' | '(' | '>')) | ('>', Some('(')) => return None,
            ('>', Some('>')) => {
                operator.push('>');
                self.at += 1;
            }
            (_, Some('&')) => {
                operator.push('&');
                self.at += 1;
            }
            _ => {}
        }
        self.tokens.push(Token::Redirect(operator));
        Some(())
    }

    pub fn piece(&mut self, piece: &Piece, quoted: bool) -> Option<()> {
        let part = match piece {
            Piece::Text(text) => Part::Text(text.clone()),
            Piece::Param(name) => Part::Param { name: name.clone(), quoted },
            Piece::Split(name) => Part::Split(name.clone()),
            Piece::Output { name, command } => Part::Output { name: name.clone(), command: command.clone() },
            Piece::Make => Part::Make,
            Piece::Root => Part::Root,
            Piece::Stop(_) | Piece::Unknown(_) => return None,
        };
        self.part(part);
        Some(())
    }
}
