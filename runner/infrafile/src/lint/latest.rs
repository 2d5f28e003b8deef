use super::Lint;
use super::texts::texts;
use crate::Diagnostic;
use crate::node::Table;
use regex::Regex;

/// Images whose tag says nothing of what is in them.
pub(super) fn latest(tree: &Table) -> Vec<Lint> {
    let Ok(image) =
        Regex::new(r#"(?:^|[\s"'=/])(?P<image>[a-z0-9*][a-z0-9*._-]*(?::[0-9]+)?(?:/[a-z0-9*._-]+)*:latest)(?:$|[\s"';])"#)
    else {
        return vec![];
    };
    let mut all = Vec::new();
    for text in texts(tree) {
        for captures in image.captures_iter(text.text) {
            let Some(found) = captures.name("image") else { continue };
            let message = format!("`{}` is another image tomorrow", found.as_str());
            let problem = Diagnostic::at(&text.place(found.range()), message, "the tag `latest`");
            all.push(Lint::new("latest-tag", problem.help("name a version, or a digest")));
        }
    }
    all
}
