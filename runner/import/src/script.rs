use crate::action::Script;
use crate::piece::Piece;
use crate::program::{Kind, is_builtin, kind};
use crate::shell::{Item, Node, Part, Word, parse};
use std::collections::BTreeSet;

/// A line as a script.
pub(crate) fn script(pieces: Vec<Piece>, ignored: bool) -> Script {
    let mut found = Found { programs: BTreeSet::new(), writes: false, known: true };
    match parse(&pieces) {
        Some(items) => found.items(&items),
        None => found.known = false,
    }
    Script { pieces, programs: found.known.then_some(found.programs), writes: found.writes, ignored }
}

/// What a script starts and writes.
struct Found {
    programs: BTreeSet<String>,
    writes: bool,
    known: bool,
}

impl Found {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            match &item.node {
                Node::Simple(simple) => {
                    self.words(simple.words.iter().chain(simple.assignments.iter().map(|(_, value)| value)));
                    for redirect in &simple.redirects {
                        let quiet = redirect.target.is("/dev/null") || redirect.operator.ends_with('&');
                        self.writes |= redirect.operator.contains('>') && !quiet;
                    }
                    match simple.program() {
                        Some(program) if is_builtin(&program) => {}
                        Some(program) => drop(self.programs.insert(program)),
                        None if simple.words.is_empty() => {}
                        None => self.known = false,
                    }
                }
                Node::Group(inner) => self.items(inner),
                Node::For { values, body, .. } => {
                    self.words(values.iter());
                    self.items(body);
                }
                Node::If { arms, otherwise } => {
                    for arm in arms {
                        self.items(&arm.condition);
                        self.items(&arm.body);
                    }
                    self.items(otherwise.as_deref().unwrap_or_default());
                }
            }
        }
    }

    /// A command within a word is not looked into.
    fn words<'w>(&mut self, words: impl Iterator<Item = &'w Word>) {
        for part in words.flat_map(|word| &word.parts) {
            let hides = match part {
                Part::Shell(mark) => mark.starts_with("$(") || mark.starts_with('`'),
                Part::Output { .. } | Part::Make => true,
                _ => false,
            };
            self.known &= !hides;
        }
    }
}

impl Script {
    /// Whether it only reads, so that it can run confined.
    pub fn is_tame(&self) -> bool {
        let tame = |program: &String| matches!(kind(program, None), Kind::Harmless | Kind::Reader | Kind::MakesDirectories);
        !self.writes && self.programs.as_ref().is_some_and(|programs| programs.iter().all(tame) && !programs.contains("mkdir"))
    }

    /// The text. Parameters are environment variables there.
    pub fn text(&self) -> String {
        let text = Writer::script(&self.pieces);
        if self.ignored { format!("{text} || true") } else { text }
    }

    /// Whether sh alone does not understand it.
    pub fn needs_bash(&self) -> bool {
        let text = self.text();
        let marks = [
            "[[",
            "<<<",
            "=~",
            " <(",
            "pipefail",
            "source ",
            "function ",
            "read -p",
            "read -n",
            "read -rp",
            "read -r -p",
            ",,}",
            "^^}",
            "&>",
            "+=(",
        ];
        marks.iter().any(|mark| text.contains(mark))
    }

    /// Whether it asks a person.
    pub fn asks(&self) -> bool {
        self.text().split_whitespace().any(|word| word == "read")
    }

    /// Whether it may do more than its last command says: `set +eu` makes it what make ran.
    pub fn is_chain(&self) -> bool {
        !self.text().replace("\\\n", "").contains([';', '\n'])
    }
}

/// Writes pieces as the text of a script, minding quotes.
#[derive(Default)]
pub(crate) struct Writer {
    text: String,
    quote: Option<char>,
    escaped: bool,
}

impl Writer {
    /// The pieces as a script.
    pub fn script(pieces: &[Piece]) -> String {
        let mut writer = Self::default();
        writer.pieces(pieces);
        writer.text.replace("\\\n\t", "\\\n  ").replace('\t', "  ").trim().to_owned()
    }

    fn pieces(&mut self, pieces: &[Piece]) {
        let mut rest = pieces.iter().peekable();
        while let Some(piece) = rest.next() {
            match piece {
                Piece::Text(text) => self.plain(text),
                Piece::Param(name) => self.value(&format!("${{{name}}}")),
                Piece::Split(name) => self.value(&format!("$(printf %s \"${{{name}}}\" | tr , ' ')")),
                Piece::Output { command, .. } => {
                    let mut inner = Self::default();
                    inner.pieces(command);
                    self.value(&format!("$({})", inner.text));
                }
                Piece::Root => self.value("${PWD}"),
                Piece::Make => {
                    self.text.push_str("infra run");
                    if let Some(Piece::Text(text)) = rest.peek() {
                        let mut kept = text.as_str();
                        while let Some(after) = ["--no-print-directory", "--silent", "-s "]
                            .iter()
                            .find_map(|flag| kept.trim_start().strip_prefix(flag))
                        {
                            kept = after;
                        }
                        self.plain(&format!(" {}", kept.trim_start()));
                        rest.next();
                    }
                }
                Piece::Stop(_) | Piece::Unknown(_) => {}
            }
        }
    }

    fn plain(&mut self, text: &str) {
        for letter in text.chars() {
            if self.escaped {
                self.escaped = false;
            } else {
                match (self.quote, letter) {
                    (None | Some('"'), '\\') => self.escaped = true,
                    (None, '\'' | '"') => self.quote = Some(letter),
                    (Some(open), letter) if open == letter => self.quote = None,
                    _ => {}
                }
            }
            self.text.push(letter);
        }
    }

    /// What the shell puts in; within single quotes it would stay as it is.
    fn value(&mut self, text: &str) {
        if self.quote == Some('\'') {
            self.text.push_str(&format!("'\"{text}\"'"));
        } else {
            self.text.push_str(text);
        }
    }
}

/// Whether the text uses this shell variable.
pub(crate) fn uses_variable(text: &str, name: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches('{');
        rest.strip_prefix(name).is_some_and(|after| !after.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_'))
    })
}

/// The parameters that pieces name.
pub(crate) fn params(pieces: &[Piece], all: &mut BTreeSet<String>) {
    for piece in pieces {
        match piece {
            Piece::Param(name) | Piece::Split(name) => drop(all.insert(name.clone())),
            Piece::Output { command, .. } => params(command, all),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pieces: &[Piece]) -> String {
        Script { pieces: pieces.to_vec(), ..Script::default() }.text()
    }

    fn plain(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    #[test]
    fn values_reach_a_script_in_any_quotes() {
        let env = Piece::Param("ENV".to_owned());
        assert_eq!(text(&[plain("a \""), env.clone(), plain("\" b")]), r#"a "${ENV}" b"#);
        assert_eq!(text(&[plain("awk '{print "), env.clone(), plain("}'")]), r#"awk '{print '"${ENV}"'}'"#);
        assert_eq!(text(&[plain("a "), Piece::Output { name: None, command: vec![plain("date "), env] }]), "a $(date ${ENV})");
        assert_eq!(text(&[Piece::Make, plain(" --no-print-directory x; b")]), "infra run x; b");
    }

    #[test]
    fn a_script_that_only_reads_is_tame() {
        let tame = |text: &str| script(vec![plain(text)], false).is_tame();
        assert!(tame("grep a b 2>/dev/null | sort"));
        for wild in ["grep a b > c", "terraform apply", "echo $(terraform x)", "./x", "while true; do ls; done"] {
            assert!(!tame(wild), "{wild}");
        }
    }

    #[test]
    fn variables_are_found_as_whole_names() {
        assert!(uses_variable("a $env/b", "env") && uses_variable("${env}", "env"));
        assert!(!uses_variable("$environment", "env") && !uses_variable("env", "env"));
    }
}
