use crate::{Output, Project};

impl Output {
    /// Standard error as a snapshot can hold it: the project's directory is `PROJECT`, the user's `HOME`, a run `RUN`, a time `TIME`.
    #[must_use]
    pub fn told(&self, project: &Project) -> String {
        steady(&self.stderr, project)
    }

    /// Standard output in the same way.
    #[must_use]
    pub fn shown(&self, project: &Project) -> String {
        steady(&self.stdout, project)
    }
}

fn steady(text: &str, project: &Project) -> String {
    let paths = [(project.root(), "PROJECT"), (project.home(), "HOME")];
    let text = paths.iter().fold(text.to_owned(), |text, (path, name)| text.replace(path.to_str().unwrap(), name));
    let lines = text.lines().map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" "));
    // A time that is shorter stands further right in a table.
    let lines = lines.map(|line| {
        let mut parts = line.trim_end().split("TIME").collect::<Vec<_>>();
        let last = parts.pop().unwrap_or_default();
        let parts =
            parts.iter().map(|part| if part.ends_with("  ") { format!("{}  ", part.trim_end()) } else { (*part).to_owned() });
        parts.chain([last.to_owned()]).collect::<Vec<_>>().join("TIME")
    });
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn word(word: &str) -> String {
    let bare = word.trim_end_matches([':', ',', ';', '.']);
    let rest = &word[bare.len()..];
    if is_run(bare) {
        format!("RUN{rest}")
    } else if is_time(bare) {
        format!("TIME{rest}")
    } else {
        word.to_owned()
    }
}

fn is_run(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 6, 6]) && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

fn is_time(word: &str) -> bool {
    let number = word.trim_end_matches("ms").trim_end_matches('s');
    number.len() < word.len() && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.')
}
