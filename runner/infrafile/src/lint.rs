//! What is not wrong in an Infrafile, but hardly meant.

mod fix;
mod grants;
mod latest;
mod params;
mod repeated;
mod secrets;
mod tasks;
mod texts;

pub use fix::{Fix, Segment, fixed};

use crate::node::Table;
use crate::{Diagnostic, Infrafile, Location, Sources, syntax};

/// Something that is hardly meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// Its name, which `# infra: allow(NAME)` takes: on its line or on the one above.
    pub name: &'static str,
    /// What and where.
    pub diagnostic: Diagnostic,
    /// Whether what is written there is shown as stars.
    pub hidden: bool,
    /// What takes it away and changes nothing else.
    pub fix: Option<Fix>,
}

impl Lint {
    pub(crate) const fn new(name: &'static str, diagnostic: Diagnostic) -> Self {
        Self { name, diagnostic, hidden: false, fix: None }
    }

    fn fix(self, fix: Option<Fix>) -> Self {
        Self { fix, ..self }
    }

    /// The text for people. The sources are [masked](masked).
    #[must_use]
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        self.diagnostic.render_warning(sources, self.name, color)
    }
}

/// The texts with stars for what must not be shown: a line may hold several secrets, and other warnings.
#[must_use]
pub fn masked(sources: &Sources, lints: &[Lint]) -> Sources {
    let mut sources = sources.clone();
    let hidden = lints.iter().filter(|lint| lint.hidden).flat_map(|lint| &lint.diagnostic.labels);
    for (at, _) in hidden {
        if let Some(source) = sources.0.get_mut(at.file)
            && source.text.get(at.span.clone()).is_some()
        {
            // As many bytes, so that all places stay.
            source.text.replace_range(at.span.clone(), &"*".repeat(at.span.len()));
        }
    }
    sources
}

/// What is hardly meant in a project, read with each of its profiles.
#[must_use]
pub fn lints(profiles: &[Infrafile]) -> Vec<Lint> {
    let Some(first) = profiles.first() else { return vec![] };
    let trees: Vec<Table> =
        first.sources.0.iter().enumerate().map(|(file, source)| syntax::parse(&source.text, file).unwrap_or_default()).collect();
    let mut all = params::unused(profiles);
    all.extend(tasks::unreachable(profiles));
    for (file, tree) in trees.iter().enumerate() {
        all.extend(grants::unused(file, tree));
        all.extend(repeated::repeated(file, tree));
        all.extend(secrets::plain(tree));
        all.extend(latest::latest(tree));
    }
    all.retain(|lint| !lint.diagnostic.labels.first().is_some_and(|(at, _)| is_allowed(&first.sources, at, lint.name)));
    all.sort_by_key(|lint| lint.diagnostic.labels.first().map(|(at, _)| (at.file, at.span.start)));
    all
}

/// Whether `# infra: allow(NAME)` stands on the line of the place, or on the one above.
fn is_allowed(sources: &Sources, at: &Location, name: &str) -> bool {
    let Some(source) = sources.0.get(at.file) else { return false };
    let before = source.text.get(..at.span.start).unwrap_or_default();
    let number = before.matches('\n').count();
    let lines = source.text.lines().skip(number.saturating_sub(1)).take(if number == 0 { 1 } else { 2 });
    let allows = |line: &str| {
        let words = line.split_once("# infra: allow(").and_then(|(_, rest)| rest.split_once(')')).map(|(words, _)| words);
        words.is_some_and(|words| words.split(',').any(|word| word.trim() == name))
    };
    lines.into_iter().any(allows)
}
