use crate::name::is_variable;
use crate::piece::{Piece, literal, push};
use crate::scope::Scope;
use crate::variable::Variable;
use makefile_lossless::{FunctionCall, MakefileVariant, ParsedReference, TextPart, split_references};

impl Scope<'_> {
    /// Puts in the place of make's variables and functions what they stand for.
    pub fn expand(&self, raw: &str) -> Vec<Piece> {
        let Some(scope) = self.deeper() else {
            return vec![Piece::Unknown("variables use each other without end".to_owned())];
        };
        let mut pieces = Vec::new();
        for part in split_references(raw, MakefileVariant::GNUMake) {
            match part {
                TextPart::Literal(range) => push(&mut pieces, Piece::Text(raw[range].to_owned())),
                TextPart::EscapedDollar(_) => push(&mut pieces, Piece::Text("$".to_owned())),
                TextPart::Reference { range, parsed } => {
                    let text = &raw[range];
                    let found = match (FunctionCall::parse_prefix(text), parsed) {
                        (Ok(Some((call, _))), _) => {
                            let arguments: Vec<&str> = call.arguments.iter().map(|range| &text[range.clone()]).collect();
                            scope.function(&call.name, &arguments, text)
                        }
                        (_, Ok(reference)) => scope.reference(&reference, text),
                        _ => vec![Piece::Unknown(format!("`{text}` is not understood"))],
                    };
                    found.into_iter().for_each(|piece| push(&mut pieces, piece));
                }
                _ => pieces.push(Piece::Unknown(format!("`{raw}` is not understood"))),
            }
        }
        pieces
    }

    fn reference(&self, reference: &ParsedReference, text: &str) -> Vec<Piece> {
        let unknown = |reason: String| vec![Piece::Unknown(reason)];
        let Some(name) = literal(&self.expand(&reference.name)) else {
            return unknown(format!("`{text}`: which variable it is depends on another"));
        };
        if !reference.modifiers.is_empty() {
            return unknown(format!("`{text}` changes words; parameters are taken as they are"));
        }
        if let Some(pieces) = self.local.get(&name) {
            return pieces.clone();
        }
        if let Some(raw) = self.values.get(&name) {
            // The value of the target may name the variable itself.
            let mut outer = self.clone();
            outer.values.remove(&name);
            return outer.expand(raw);
        }
        match (name.as_str(), self.variables.known.get(&name)) {
            ("MAKE", _) => vec![Piece::Make],
            ("CURDIR" | "PWD", None) => vec![Piece::Root],
            ("MAKEFILE_LIST", _) => unknown("the files of the Makefile are none of the project".to_owned()),
            (_, Some(Variable::Param(_))) => vec![Piece::Param(name)],
            (_, Some(Variable::Nothing)) => vec![],
            (_, Some(Variable::Unknown(reason))) => unknown(reason.clone()),
            (_, Some(Variable::Text(raw))) => match self.expand(raw).as_slice() {
                [Piece::Output { command, .. }] => vec![Piece::Output { name: Some(name), command: command.clone() }],
                pieces => pieces.to_vec(),
            },
            (_, None) if is_variable(&name) => {
                self.variables.asked.borrow_mut().insert(name.clone());
                vec![Piece::Param(name)]
            }
            _ => unknown(format!("`{text}` is nothing that a task knows")),
        }
    }
}
