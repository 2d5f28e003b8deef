use std::collections::BTreeSet;

/// Names of tasks, each given once.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// A name like this one that nothing has yet.
    pub fn take(&mut self, wanted: &str) -> String {
        let base = task_name(wanted);
        let mut name = base.clone();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{base}-{number}");
            number += 1;
        }
        name
    }
}

/// A text as the name of a task: small letters, digits, `_` and `-`, with a letter first.
pub(crate) fn task_name(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' | '_' => name.push(letter),
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    let name = name.trim_end_matches('-');
    if name.starts_with(|first: char| first.is_ascii_lowercase()) { name.to_owned() } else { format!("task-{name}") }
}

/// Whether a parameter may be called so, and a shell variable too.
pub(crate) fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !matches!(name, "matrix" | "needs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_name() {
        for (text, name) in [
            ("tf-apply", "tf-apply"),
            ("build/app.tar.gz", "build-app-tar-gz"),
            ("Deploy_All", "deploy_all"),
            (".env", "env"),
            ("2fa", "task-2fa"),
            ("%", "task-"),
        ] {
            assert_eq!(task_name(text), name);
        }
        let mut names = Names::default();
        assert_eq!([names.take("a.b"), names.take("a/b")], ["a-b", "a-b-2"]);
    }
}
