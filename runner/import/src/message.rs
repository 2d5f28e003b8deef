use crate::shell::{Part, Simple, Word};
use crate::word_text::{Value, ValuePart, WordScope};

/// The lines that `echo` or `printf` writes, where nothing else becomes of them.
pub(crate) fn message(simple: &Simple, scope: &WordScope<'_>) -> Option<Vec<Value>> {
    let to_screen =
        |redirect: &crate::shell::Redirect| matches!(redirect.operator.as_str(), ">&" | "1>&") && redirect.target.is("2");
    if !simple.redirects.iter().all(to_screen) || simple.negated || !simple.assignments.is_empty() {
        return None;
    }
    let (program, words) = simple.words.split_first()?;
    let words = match program.text()?.as_str() {
        "echo" => {
            let flags = words.iter().take_while(|word| ["-e", "-n", "-en", "-ne", "-E"].iter().any(|flag| word.is(flag))).count();
            &words[flags..]
        }
        "printf" => return printf(words, scope),
        _ => return None,
    };
    let mut line = Value::default();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            line.push(ValuePart::Text(" ".to_owned()));
        }
        // In a message a parameter is what it is, also where a shell would split it.
        scope.value(&in_quotes(word))?.0.into_iter().for_each(|part| line.push(part));
    }
    Some(lines(line))
}

/// `printf "text\n"`, or `%s` for the words that follow.
fn printf(words: &[Word], scope: &WordScope<'_>) -> Option<Vec<Value>> {
    let (format, arguments) = words.split_first()?;
    let format = scope.value(&in_quotes(format))?;
    let mut arguments = arguments.iter();
    let mut line = Value::default();
    for part in format.0 {
        let ValuePart::Text(text) = part else {
            line.push(part);
            continue;
        };
        let mut pieces = text.split("%s");
        line.push(ValuePart::Text(percents(pieces.next().unwrap_or_default())?));
        for piece in pieces {
            scope.value(&in_quotes(arguments.next()?))?.0.into_iter().for_each(|part| line.push(part));
            line.push(ValuePart::Text(percents(piece)?));
        }
    }
    if arguments.next().is_some() {
        return None;
    }
    let mut lines = lines(line);
    if lines.last().is_some_and(|last| last.literal().is_some_and(|text| text.is_empty())) {
        lines.pop();
    }
    Some(lines)
}

/// Text of a format without directives other than `%%`.
fn percents(text: &str) -> Option<String> {
    let text = text.replace("%%", "\0");
    (!text.contains('%')).then(|| text.replace('\0', "%"))
}

fn in_quotes(word: &Word) -> Word {
    let quote = |part: &Part| match part {
        Part::Param { name, .. } => Part::Param { name: name.clone(), quoted: true },
        other => other.clone(),
    };
    Word { parts: word.parts.iter().map(quote).collect(), quoted: word.quoted }
}

/// Without colours, cut at `\n`.
fn lines(value: Value) -> Vec<Value> {
    let mut lines = vec![Value::default()];
    for part in value.0 {
        let ValuePart::Text(text) = part else {
            if let Some(last) = lines.last_mut() {
                last.push(part);
            }
            continue;
        };
        for (index, text) in plain(&text).split('\n').enumerate() {
            if index > 0 {
                lines.push(Value::default());
            }
            if let Some(last) = lines.last_mut() {
                last.push(ValuePart::Text(text.to_owned()));
            }
        }
    }
    lines
}

/// The text without the marks of colours, and with the usual escapes as what they stand for.
pub(crate) fn plain(text: &str) -> String {
    let mut rest =
        text.replace("\\033", "\u{1b}").replace("\\e[", "\u{1b}[").replace("\\x1b", "\u{1b}").replace("\\x1B", "\u{1b}");
    let mut plain = String::new();
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        let end =
            rest[start + 2..].find(|letter: char| letter.is_ascii_alphabetic()).map_or(rest.len(), |end| start + 2 + end + 1);
        rest = rest[end..].to_owned();
    }
    plain.push_str(&rest);
    plain.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_escapes_are_letters() {
        assert_eq!(plain("\\033[0;32mup\\033[0m\\tnow\\n"), "up\tnow\n");
        assert_eq!(plain("\u{1b}[1mbold\u{1b}[0m"), "bold");
    }
}
