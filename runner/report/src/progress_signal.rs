use std::env;

/// Tells the terminal how far the run is (OSC 9;4), where it shows that: in its tab or in the task bar.
#[derive(Debug, Default)]
pub(crate) struct ProgressSignal {
    wanted: bool,
    last: Option<(bool, u8)>,
}

impl ProgressSignal {
    /// For the terminal that the environment names.
    pub fn detect() -> Self {
        Self { wanted: is_supported(|name| env::var(name).ok()), last: None }
    }

    /// What is written so that this percentage shows, in the colour of errors after a failure. Nothing where it shows already.
    pub fn show(&mut self, percent: u8, failed: bool) -> Option<String> {
        if !self.wanted || self.last == Some((failed, percent)) {
            return None;
        }
        self.last = Some((failed, percent));
        Some(format!("\x1b]9;4;{};{percent}\x1b\\", if failed { 2 } else { 1 }))
    }

    /// What is written so that nothing shows any more.
    pub fn clear(&mut self) -> Option<String> {
        self.last.take().map(|_| "\x1b]9;4;0;\x1b\\".to_owned())
    }
}

/// Terminals that take other meanings from OSC 9, or write it out, get none.
fn is_supported(get: impl Fn(&str) -> Option<String>) -> bool {
    let is = |name: &str, value: &str| get(name).is_some_and(|found| found == value);
    // What runs inside a multiplexer does not reach the terminal.
    if get("TMUX").is_some() || get("STY").is_some() {
        return false;
    }
    let iterm = is("TERM_PROGRAM", "iTerm.app") && get("TERM_FEATURES").is_some_and(|features| features.contains('P'));
    iterm
        || get("WT_SESSION").is_some()
        || is("ConEmuANSI", "ON")
        || ["WezTerm", "ghostty"].iter().any(|program| is("TERM_PROGRAM", program))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supported(set: &[(&str, &str)]) -> bool {
        is_supported(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn only_terminals_that_show_it_get_it() {
        for set in [
            &[("WT_SESSION", "1")][..],
            &[("ConEmuANSI", "ON")],
            &[("TERM_PROGRAM", "WezTerm")],
            &[("TERM_PROGRAM", "ghostty")],
            &[("TERM_PROGRAM", "iTerm.app"), ("TERM_FEATURES", "T3LrMSc7UUw9Ts3BFGsSyHNoSxFP")],
        ] {
            assert!(supported(set), "{set:?}");
        }
        for set in [
            &[][..],
            &[("TERM_PROGRAM", "iTerm.app")],
            &[("TERM_PROGRAM", "Apple_Terminal")],
            &[("ConEmuANSI", "OFF")],
            &[("WT_SESSION", "1"), ("TMUX", "x")],
        ] {
            assert!(!supported(set), "{set:?}");
        }
    }

    #[test]
    fn it_is_written_when_it_changes_and_taken_back_once() {
        let mut signal = ProgressSignal { wanted: true, last: None };
        assert_eq!(signal.clear(), None);
        assert_eq!(signal.show(5, false).as_deref(), Some("\x1b]9;4;1;5\x1b\\"));
        assert_eq!(signal.show(5, false), None);
        assert_eq!(signal.show(5, true).as_deref(), Some("\x1b]9;4;2;5\x1b\\"));
        assert_eq!(signal.clear().as_deref(), Some("\x1b]9;4;0;\x1b\\"));
        assert_eq!(signal.clear(), None);
        assert_eq!(ProgressSignal::default().show(5, false), None);
    }
}
