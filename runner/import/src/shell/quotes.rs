use super::Part;
use super::lexer::{Lexer, Unit};
use crate::piece::Piece;

/// Quotes, and what a dollar begins.
impl Lexer<'_> {
    pub fn single_quotes(&mut self) -> Option<()> {
        self.word.get_or_insert_default().quoted = true;
        self.at += 1;
        loop {
            match self.units.get(self.at)?.clone() {
                Unit::Letter('\'') => break,
                Unit::Letter(letter) => self.part(Part::Text(letter.to_string())),
                Unit::Piece(piece) => self.piece(piece, true)?,
            }
            self.at += 1;
        }
        self.at += 1;
        Some(())
    }

    pub fn double_quotes(&mut self) -> Option<()> {
        self.word.get_or_insert_default().quoted = true;
        self.at += 1;
        loop {
            match self.units.get(self.at)?.clone() {
                Unit::Letter('"') => break,
                Unit::Letter('\\') => match self.letter(1)? {
                    next @ ('"' | '\\' | '$' | '`') => {
                        self.part(Part::Text(next.to_string()));
                        self.at += 2;
                    }
                    '\n' => self.at += 2,
                    _ => {
                        self.part(Part::Text("\\".to_owned()));
                        self.at += 1;
                    }
                },
                Unit::Letter('$') => self.dollar(true)?,
                Unit::Letter('`') => self.backquotes()?,
                Unit::Letter(letter) => {
                    self.part(Part::Text(letter.to_string()));
                    self.at += 1;
                }
                Unit::Piece(piece) => {
                    self.piece(piece, true)?;
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Some(())
    }

    /// `$name`, `${name}`, or something that a shell computes.
    pub fn dollar(&mut self, quoted: bool) -> Option<()> {
        let start = self.at;
        let name_at = |from: usize, lexer: &Self| -> String {
            lexer.units[from..]
                .iter()
                .map_while(|unit| match unit {
                    Unit::Letter(letter) if letter.is_ascii_alphanumeric() || *letter == '_' => Some(*letter),
                    _ => None,
                })
                .collect()
        };
        match self.letter(1) {
            Some('{') => {
                let name = name_at(self.at + 2, self);
                let end = self.at + 2 + name.len();
                if !name.is_empty() && matches!(self.units.get(end), Some(Unit::Letter('}'))) {
                    self.part(Part::Variable { name, quoted });
                    self.at = end + 1;
                    return Some(());
                }
                self.skip_braces('{', '}', start + 1)?;
                self.part(Part::Shell("${…}".to_owned()));
            }
            Some('(') => {
                self.skip_braces('(', ')', start + 1)?;
                let part = self.split_within(start + 2, self.at - 1).unwrap_or_else(|| Part::Shell("$(…)".to_owned()));
                self.part(part);
            }
            Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => {
                let name = name_at(self.at + 1, self);
                self.at += 1 + name.len();
                self.part(Part::Variable { name, quoted });
            }
            Some(letter @ ('?' | '!' | '$' | '#' | '@' | '*' | '-' | '0'..='9')) => {
                self.part(Part::Shell(format!("${letter}")));
                self.at += 2;
            }
            _ => {
                self.part(Part::Text("$".to_owned()));
                self.at += 1;
            }
        }
        Some(())
    }

    /// `echo PARAMETER | tr , ' '` between these places.
    fn split_within(&self, start: usize, end: usize) -> Option<Part> {
        let (mut before, mut after, mut param) = (String::new(), String::new(), None);
        for unit in self.units.get(start..end)? {
            match (unit, &param) {
                (Unit::Letter(letter), None) => before.push(*letter),
                (Unit::Letter(letter), Some(_)) => after.push(*letter),
                (Unit::Piece(Piece::Param(name)), None) => param = Some(name.clone()),
                (Unit::Piece(_), _) => return None,
            }
        }
        param.filter(|_| crate::function::splits(&before, &after)).map(Part::Split)
    }

    pub fn backquotes(&mut self) -> Option<()> {
        self.at += 1;
        while !matches!(self.units.get(self.at)?, Unit::Letter('`')) {
            self.at += 1;
        }
        self.at += 1;
        self.part(Part::Shell("`…`".to_owned()));
        Some(())
    }

    /// Goes behind the brace that closes the one at `open_at`. Quotes within are respected.
    fn skip_braces(&mut self, open: char, close: char, open_at: usize) -> Option<()> {
        let (mut depth, mut quote) = (0_usize, None);
        self.at = open_at;
        loop {
            if let Unit::Letter(letter) = self.units.get(self.at)? {
                match (quote, *letter) {
                    (None, '\'' | '"') => quote = Some(*letter),
                    (Some(open), letter) if open == letter => quote = None,
                    (None, letter) if letter == open => depth += 1,
                    (None, letter) if letter == close => {
                        depth -= 1;
                        if depth == 0 {
                            self.at += 1;
                            return Some(());
                        }
                    }
                    _ => {}
                }
            }
            self.at += 1;
        }
    }
}
