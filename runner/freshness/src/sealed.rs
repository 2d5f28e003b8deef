//! A line with its own digest: what is damaged or cut off is seen.

use infra_event::Digest;

const LENGTH: usize = 32;

fn seal(text: &str) -> String {
    Digest::of(text.as_bytes()).hex().chars().take(LENGTH).collect()
}

/// The line of a text without line ends.
pub(crate) fn line(text: &str) -> String {
    format!("{} {text}\n", seal(text))
}

/// The text of a line; none where it is not as it was written.
pub(crate) fn text(line: &str) -> Option<&str> {
    let (found, text) = line.trim_end_matches('\n').split_once(' ')?;
    (found == seal(text)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_or_not_at_all() {
        let whole = line("a b");
        assert_eq!(text(&whole), Some("a b"));
        assert_eq!(text(&whole.replace("a b", "a c")), None);
        assert_eq!(text(&whole[..whole.len() - 2]), None);
        assert_eq!(text(""), None);
    }
}
