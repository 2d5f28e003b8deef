//! Splits a command line into words as a shell does, without variables: what Compose does with a `command` that is text.

/// None where a quote is not closed.
pub(crate) fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\'' => {
                let into = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        other => into.push(other),
                    }
                }
            }
            '"' => {
                let into = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => match chars.next()? {
                            other @ ('"' | '\\' | '$' | '`') => into.push(other),
                            '\n' => {}
                            other => into.extend(['\\', other]),
                        },
                        other => into.push(other),
                    }
                }
            }
            '\\' => match chars.next()? {
                '\n' => {}
                other => word.get_or_insert_default().push(other),
            },
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_and_escapes_are_a_shells() {
        for (text, expected) in [
            ("redis-server --save 'a b'", &["redis-server", "--save", "a b"][..]),
            ("sh -c \"echo \\\"x\\\" $HOME\"", &["sh", "-c", "echo \"x\" $HOME"]),
            ("a\\ b  c''d", &["a b", "cd"]),
            ("a ''", &["a", ""]),
            ("", &[]),
        ] {
            assert_eq!(
                words(text).as_deref(),
                Some(&expected.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()[..]),
                "{text}"
            );
        }
        for text in ["'a", "\"a", "a\\"] {
            assert_eq!(words(text), None, "{text}");
        }
    }
}
