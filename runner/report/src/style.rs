use anstyle::{AnsiColor, Style as Ansi};
use std::env;

/// How text for people looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether there are colours.
    pub color: bool,
    /// The columns that lines must fit in; none where nothing limits them.
    pub width: Option<u16>,
    /// 1: logs of every task scroll by, not only of failed ones; 2: effects too.
    pub verbose: u8,
}

pub(crate) const GOOD: Ansi = AnsiColor::Green.on_default();
pub(crate) const BAD: Ansi = AnsiColor::Red.on_default();
pub(crate) const WARN: Ansi = AnsiColor::Yellow.on_default();
pub(crate) const ACCENT: Ansi = AnsiColor::Cyan.on_default();
pub(crate) const DIM: Ansi = Ansi::new().dimmed();
/// Of names in front of lines.
pub(crate) const NAMES: [Ansi; 6] = [
    AnsiColor::Cyan.on_default(),
    AnsiColor::Yellow.on_default(),
    AnsiColor::Green.on_default(),
    AnsiColor::Magenta.on_default(),
    AnsiColor::Blue.on_default(),
    AnsiColor::BrightCyan.on_default(),
];
pub(crate) const BOLD: Ansi = Ansi::new().bold();

impl Style {
    /// The style that the environment asks for: `NO_COLOR`, `FORCE_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR`, `TERM`, `COLUMNS`.
    #[must_use]
    pub fn detect(stream_is_terminal: bool) -> Self {
        Self::detect_from(stream_is_terminal, |name| env::var(name).ok().filter(|value| !value.is_empty()), terminal_columns)
    }

    /// Whether live lines make sense: on a terminal that can move its cursor and is watched by a person.
    #[must_use]
    pub fn wants_live_lines(stream_is_terminal: bool) -> bool {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        stream_is_terminal && set("TERM").is_some_and(|term| term != "dumb") && !on(set("CI").as_deref())
    }

    fn detect_from(stream_is_terminal: bool, get: impl Fn(&str) -> Option<String>, columns: impl Fn() -> Option<u16>) -> Self {
        let forced = on(get("FORCE_COLOR").as_deref()) || on(get("CLICOLOR_FORCE").as_deref());
        let refused = get("NO_COLOR").is_some() || get("FORCE_COLOR").is_some_and(|value| !on(Some(&value)));
        let dumb = get("TERM").is_none_or(|term| term == "dumb");
        let ci = on(get("CI").as_deref());
        let wanted = stream_is_terminal && !dumb && !ci && get("CLICOLOR").is_none_or(|value| value != "0");
        let width = if stream_is_terminal && !ci {
            get("COLUMNS").and_then(|value| value.parse().ok()).filter(|width| *width > 0).or_else(columns)
        } else {
            None
        };
        Self { color: !refused && (forced || wanted), width, verbose: 0 }
    }

    /// A heading.
    #[must_use]
    pub fn heading(&self, text: &str) -> String {
        self.paint(BOLD, text)
    }

    /// `text` in `ansi`, where there are colours.
    pub(crate) fn paint(&self, ansi: Ansi, text: &str) -> String {
        if self.color && !text.is_empty() { format!("{ansi}{text}{ansi:#}") } else { text.to_owned() }
    }

    pub(crate) fn columns(&self) -> Option<usize> {
        self.width.map(usize::from)
    }
}

/// Whether nobody watches: `CI` is set.
#[must_use]
pub fn in_ci() -> bool {
    on(env::var("CI").ok().as_deref().filter(|value| !value.is_empty()))
}

fn on(value: Option<&str>) -> bool {
    value.is_some_and(|value| value != "0" && value != "false")
}

fn terminal_columns() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout())
        .or_else(|_| rustix::termios::tcgetwinsize(rustix::stdio::stderr()))
        .ok()?;
    (size.ws_col > 0).then_some(size.ws_col)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(terminal: bool, set: &[(&str, &str)]) -> Style {
        let get = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Style::detect_from(terminal, get, || Some(80))
    }

    #[test]
    fn the_environment_decides_about_colour() {
        let term = ("TERM", "xterm");
        assert!(detect(true, &[term]).color);
        assert!(!detect(false, &[term]).color);
        assert!(!detect(true, &[("TERM", "dumb")]).color);
        assert!(!detect(true, &[]).color);
        assert!(!detect(true, &[term, ("NO_COLOR", "1")]).color);
        assert!(!detect(true, &[term, ("NO_COLOR", "1"), ("FORCE_COLOR", "1")]).color);
        assert!(detect(false, &[("FORCE_COLOR", "1")]).color);
        assert!(!detect(true, &[term, ("FORCE_COLOR", "0")]).color);
        assert!(!detect(true, &[term, ("CLICOLOR", "0")]).color);
        assert!(!detect(true, &[term, ("CI", "true")]).color);
        assert!(detect(true, &[term, ("CI", "true"), ("CLICOLOR_FORCE", "1")]).color);
    }

    #[test]
    fn only_a_terminal_limits_the_width() {
        assert_eq!(detect(true, &[]).width, Some(80));
        assert_eq!(detect(true, &[("COLUMNS", "60")]).width, Some(60));
        assert_eq!(detect(true, &[("COLUMNS", "many")]).width, Some(80));
        assert_eq!(detect(false, &[("COLUMNS", "60")]).width, None);
    }
}
