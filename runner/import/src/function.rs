use crate::piece::{Piece, literal, push};
use crate::scope::Scope;
use crate::variable::Variable;

impl Scope<'_> {
    /// What a function of make comes to, where that does not depend on parameters.
    pub fn function(&self, name: &str, raw: &[&str], text: &str) -> Vec<Piece> {
        let unknown = || vec![Piece::Unknown(format!("`{text}` is computed by make"))];
        match name {
            "shell" => return self.shell(raw.first().copied().unwrap_or_default()),
            "error" => {
                let message = raw.first().map(|message| self.expand(message)).unwrap_or_default();
                return vec![Piece::Stop(literal(&message).unwrap_or_else(|| "a variable is missing".to_owned()))];
            }
            "info" | "warning" => return vec![],
            "call" => return self.call(raw).unwrap_or_else(unknown),
            "foreach" => return self.foreach(raw).unwrap_or_else(unknown),
            "if" => return self.choice(raw).unwrap_or_else(unknown),
            _ => {}
        }
        let arguments: Vec<Vec<Piece>> = raw.iter().map(|argument| self.expand(argument)).collect();
        if let ("subst", [from, to, [Piece::Param(param)]]) =
            (name, arguments.iter().map(Vec::as_slice).collect::<Vec<_>>().as_slice())
            && literal(from).as_deref() == Some(",")
            && literal(to).as_deref() == Some(" ")
        {
            return vec![Piece::Split(param.clone())];
        }
        if let ("strip", [value]) = (name, arguments.as_slice())
            && let [Piece::Param(_) | Piece::Split(_)] = value.as_slice()
        {
            return value.clone();
        }
        let Some(known) = arguments.iter().map(|argument| literal(argument)).collect::<Option<Vec<String>>>() else {
            return unknown();
        };
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        computed(name, &known).map_or_else(unknown, |text| if text.is_empty() { vec![] } else { vec![Piece::Text(text)] })
    }

    /// What a command line writes. The usual ways to split at commas and to name the directory are known.
    fn shell(&self, raw: &str) -> Vec<Piece> {
        if raw.trim() == "pwd" {
            return vec![Piece::Root];
        }
        if raw.contains("tput ") || raw.contains("\\033[") || raw.contains("\\e[") {
            return vec![];
        }
        let command = self.expand(raw.trim());
        if let [Piece::Text(before), Piece::Param(param), Piece::Text(after)] = command.as_slice()
            && splits(before, after)
        {
            return vec![Piece::Split(param.clone())];
        }
        vec![Piece::Output { name: None, command }]
    }

    /// `$(call NAME,ARGUMENT…)`
    fn call(&self, raw: &[&str]) -> Option<Vec<Piece>> {
        let (name, arguments) = raw.split_first()?;
        let name = literal(&self.expand(name))?;
        let Some(Variable::Text(body)) = self.variables.known.get(name.trim()) else { return None };
        let mut scope = self.deeper()?;
        for number in 1..10 {
            let value = arguments.get(number - 1).map(|argument| self.expand(argument)).unwrap_or_default();
            scope.local.insert(number.to_string(), value);
        }
        Some(scope.expand(body))
    }

    fn foreach(&self, raw: &[&str]) -> Option<Vec<Piece>> {
        let [name, words, body] = raw else { return None };
        let (name, words) = (literal(&self.expand(name))?, literal(&self.expand(words))?);
        let mut all = Vec::new();
        for (index, word) in words.split_whitespace().enumerate() {
            let mut scope = self.deeper()?;
            scope.local.insert(name.trim().to_owned(), vec![Piece::Text(word.to_owned())]);
            if index > 0 {
                push(&mut all, Piece::Text(" ".to_owned()));
            }
            scope.expand(body).into_iter().for_each(|piece| push(&mut all, piece));
        }
        Some(all)
    }

    fn choice(&self, raw: &[&str]) -> Option<Vec<Piece>> {
        let holds = !literal(&self.expand(raw.first()?.trim()))?.is_empty();
        let branch = if holds { raw.get(1) } else { raw.get(2) };
        Some(branch.map(|branch| self.expand(branch)).unwrap_or_default())
    }
}

/// Whether `echo X | tr , ' '` or the like is around a parameter.
pub(crate) fn splits(before: &str, after: &str) -> bool {
    let quotes = |text: &str| text.replace(['"', '\''], "");
    let (before, after) = (quotes(before), after.trim_start_matches(['"', '\'']).trim().to_owned());
    let echoes = matches!(before.trim(), "echo" | "printf %s" | "printf %sn");
    let filters = [
        "| tr ',' ' '",
        "| tr , ' '",
        "| tr \",\" \" \"",
        "| tr ',' '\\n'",
        "| tr , '\\n'",
        "| sed 's/,/ /g'",
        "| sed \"s/,/ /g\"",
    ];
    echoes && filters.contains(&after.as_str())
}

/// A function whose arguments are known.
fn computed(name: &str, arguments: &[&str]) -> Option<String> {
    let words = |index: usize| arguments.get(index).map(|text| text.split_whitespace()).into_iter().flatten();
    let each = |index: usize, change: &dyn Fn(&str) -> String| words(index).map(change).collect::<Vec<_>>().join(" ");
    let number = |index: usize| arguments.get(index).and_then(|text| text.trim().parse::<usize>().ok());
    let argument = |index: usize| arguments.get(index).copied();
    Some(match name {
        "subst" => argument(2)?.replace(argument(0)?, argument(1)?),
        "patsubst" => each(2, &|word| substituted(word, arguments[0].trim(), arguments[1].trim())),
        "strip" => each(0, &str::to_owned),
        "findstring" => {
            if argument(1)?.contains(argument(0)?) {
                argument(0)?.to_owned()
            } else {
                String::new()
            }
        }
        "filter" => words(1).filter(|word| words(0).any(|pattern| stem(word, pattern).is_some())).collect::<Vec<_>>().join(" "),
        "filter-out" => {
            words(1).filter(|word| !words(0).any(|pattern| stem(word, pattern).is_some())).collect::<Vec<_>>().join(" ")
        }
        "sort" => {
            let mut sorted: Vec<&str> = words(0).collect();
            sorted.sort_unstable();
            sorted.dedup();
            sorted.join(" ")
        }
        "word" => words(1).nth(number(0)?.checked_sub(1)?).unwrap_or_default().to_owned(),
        "words" => words(0).count().to_string(),
        "firstword" => words(0).next().unwrap_or_default().to_owned(),
        "lastword" => words(0).last().unwrap_or_default().to_owned(),
        "dir" => each(0, &|word| word.rfind('/').map_or_else(|| "./".to_owned(), |slash| word[..=slash].to_owned())),
        "notdir" => each(0, &|word| word.rsplit('/').next().unwrap_or_default().to_owned()),
        "basename" => each(0, &|word| word.rsplit_once('.').map_or(word, |(base, _)| base).to_owned()),
        "suffix" => each(0, &|word| word.rsplit_once('.').map_or_else(String::new, |(_, suffix)| format!(".{suffix}"))),
        "addprefix" => each(1, &|word| format!("{}{word}", arguments[0])),
        "addsuffix" => each(1, &|word| format!("{word}{}", arguments[0])),
        "join" => words(0).zip(words(1)).map(|(left, right)| format!("{left}{right}")).collect::<Vec<_>>().join(" "),
        "or" => arguments.iter().find(|text| !text.trim().is_empty()).map_or("", |text| text.trim()).to_owned(),
        "and" if arguments.iter().any(|text| text.trim().is_empty()) => String::new(),
        "and" => arguments.last()?.trim().to_owned(),
        // The shell looks for the files where the pattern is used.
        "wildcard" => each(0, &str::to_owned),
        "abspath" | "realpath" if words(0).all(|word| word.starts_with('/')) => each(0, &str::to_owned),
        _ => return None,
    })
}

/// What `%` stands for in a pattern.
fn stem<'w>(word: &'w str, pattern: &str) -> Option<&'w str> {
    match pattern.split_once('%') {
        Some((before, after)) => word.strip_prefix(before)?.strip_suffix(after),
        None => (word == pattern).then_some(""),
    }
}

fn substituted(word: &str, pattern: &str, replacement: &str) -> String {
    stem(word, pattern).map_or_else(|| word.to_owned(), |stem| replacement.replacen('%', stem, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_known_words_are_computed() {
        for (name, arguments, result) in [
            ("subst", vec![",", " ", "a,b"], "a b"),
            ("patsubst", vec!["%.c", "%.o", "a.c b.h"], "a.o b.h"),
            ("filter", vec!["a% c", "ab b c"], "ab c"),
            ("filter-out", vec!["a%", "ab b"], "b"),
            ("sort", vec!["b a b"], "a b"),
            ("word", vec!["2", "a b c"], "b"),
            ("dir", vec!["a/b c"], "a/ ./"),
            ("notdir", vec!["a/b c"], "b c"),
            ("basename", vec!["a.tar.gz"], "a.tar"),
            ("addprefix", vec!["p/", "a b"], "p/a p/b"),
            ("or", vec!["", "b"], "b"),
        ] {
            assert_eq!(computed(name, &arguments).as_deref(), Some(result), "{name}");
        }
        assert_eq!(computed("guile", &["1"]), None);
    }

    #[test]
    fn ways_to_split_at_commas_are_known() {
        assert!(splits("echo ", " | tr ',' ' '") && splits("echo \"", "\" | sed 's/,/ /g'"));
        assert!(!splits("echo ", " | tr 'a' 'b'") && !splits("cat ", " | tr ',' ' '"));
    }
}
