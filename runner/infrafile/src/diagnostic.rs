use crate::{Location, Sources};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// Something that is wrong in an Infrafile or on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, one sentence.
    pub message: String,
    /// Where, with a few words for the caret; the first is the main one.
    pub labels: Vec<(Location, String)>,
    /// What to do: `did you mean …?`.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Something wrong at a place.
    #[must_use]
    pub fn at(location: &Location, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self { message: message.into(), labels: vec![(location.clone(), label.into())], help: None }
    }

    /// Something wrong that has no place in a file: on the command line.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), labels: vec![], help: None }
    }

    /// The same with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with what to do, where there is something.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// The text for people: the message, the lines with carets, the help.
    #[must_use]
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        if self.labels.is_empty() {
            return self.without_place(color);
        }
        self.rendered(Group::with_title(Level::ERROR.primary_title(self.message.as_str())), sources, color)
    }

    /// The same as a warning with a name.
    #[must_use]
    pub(crate) fn render_warning(&self, sources: &Sources, name: &str, color: bool) -> String {
        self.rendered(Group::with_title(Level::WARNING.primary_title(self.message.as_str()).id(name)), sources, color)
    }

    fn rendered<'a>(&'a self, mut group: Group<'a>, sources: &'a Sources, color: bool) -> String {
        for (index, (at, label)) in self.labels.iter().enumerate() {
            let Some(source) = sources.0.get(at.file) else { continue };
            let end = at.span.end.min(source.text.len());
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let snippet = Snippet::source(source.text.as_str())
                .path(source.path.to_string_lossy().into_owned())
                .annotation(kind.span(at.span.start.min(end)..end).label(label.as_str()));
            group = group.element(snippet);
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group]).to_string()
    }

    fn without_place(&self, color: bool) -> String {
        let (bold, plain) = if color { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        let help = self.help.as_ref().map_or_else(String::new, |help| format!("\n  hint: {help}"));
        format!("{bold}error{plain}: {}{help}", self.message)
    }
}

/// All that is wrong, with the texts that it is wrong in.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    /// In the order of the text.
    pub all: Vec<Diagnostic>,
    /// The texts.
    pub sources: Sources,
    /// Whether the command line is wrong rather than a file.
    pub usage: bool,
}

impl Diagnostics {
    /// The text for people.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        self.all.iter().map(|diagnostic| diagnostic.render(&self.sources, color)).collect::<Vec<_>>().join("\n\n")
    }
}

impl std::fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// The nearest of the known names, as a suggestion.
#[must_use]
pub fn suggest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(wrong, known).map(|best| format!("did you mean `{best}`?"))
}

/// The known name that is meant where one is near enough.
#[must_use]
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |name: &&str| strsim::osa_distance(&wrong.to_lowercase(), &name.to_lowercase());
    let best = known.into_iter().min_by_key(near)?;
    (near(&best) <= (wrong.len().max(best.len()) / 3).max(1)).then_some(best)
}
