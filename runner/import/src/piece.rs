/// A part of make's text after its variables and functions were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// As the shell sees it: a `$` in it is the shell's.
    Text(String),
    /// The value of a parameter.
    Param(String),
    /// The elements of a parameter, with spaces between them.
    Split(String),
    /// What a command line writes: `$(shell …)`, with the variable that it is the value of.
    Output {
        /// The variable.
        name: Option<String>,
        /// The command line.
        command: Vec<Piece>,
    },
    /// `$(MAKE)`
    Make,
    /// The directory of the Makefile.
    Root,
    /// `$(error …)`
    Stop(String),
    /// What only make knows; why.
    Unknown(String),
}

/// The text of pieces that are nothing but text.
pub(crate) fn literal(pieces: &[Piece]) -> Option<String> {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => Some(text.clone()),
        _ => None,
    };
    pieces.iter().map(text).collect()
}

/// Adds a piece; texts that stand side by side are one.
pub(crate) fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (_, Piece::Text(text)) if text.is_empty() => {}
        (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
        (_, piece) => pieces.push(piece),
    }
}

/// What cannot be known in these pieces, also within commands.
pub(crate) fn unknown(pieces: &[Piece]) -> Option<&str> {
    pieces.iter().find_map(|piece| match piece {
        Piece::Unknown(reason) => Some(reason.as_str()),
        Piece::Output { command, .. } => unknown(command),
        _ => None,
    })
}
