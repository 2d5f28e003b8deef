/// The words of `infra run`: tasks, and parameters as `NAME=VALUE`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub tasks: Vec<String>,
    pub assignments: Vec<(String, String)>,
}

impl Words {
    pub(crate) fn parse(words: &[String]) -> Self {
        let mut parsed = Self::default();
        for word in words {
            match word.split_once('=') {
                Some((name, value)) => parsed.assignments.push((name.to_owned(), value.to_owned())),
                None => parsed.tasks.push(word.clone()),
            }
        }
        parsed
    }
}
