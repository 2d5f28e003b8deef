use std::{borrow::Cow, iter::Peekable, str::Chars};

const TAB: &str = "    ";

/// One line that cannot move the cursor, colour the terminal, set its title or reorder what stands beside it:
/// escape sequences, control characters and invisible direction marks go, tabs and line ends become spaces.
pub(crate) fn clean_text(text: &str) -> Cow<'_, str> {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\x1b' => skip_escape(&mut chars),
            '\u{9b}' => skip_control_sequence(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut chars),
            '\t' => clean.push_str(TAB),
            '\r' | '\n' | '\x0b' | '\x0c' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push(' '),
            _ if char.is_control() || is_invisible(char) => {}
            _ => clean.push(char),
        }
    }
    Cow::Owned(clean)
}

/// The lines of a text that may have several, each clean.
pub(crate) fn clean_lines(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.lines().map(clean_text)
}

/// A message of several lines that a guest may have written, for a terminal.
#[must_use]
pub fn clean_message(text: &str) -> String {
    clean_lines(text).collect::<Vec<_>>().join("\n")
}

/// Direction marks, zero-width spaces, tags, and the variation selectors that change how wide a character is.
fn is_invisible(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_control_sequence(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        Some(' '..='/') => {
            while chars.next_if(|char| matches!(char, ' '..='/')).is_some() {}
            chars.next_if(|char| matches!(char, '0'..='~'));
        }
        Some('0'..='~') => {
            chars.next();
        }
        _ => {}
    }
}

fn skip_control_sequence(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|char| matches!(char, ' '..='?')).is_some() {}
    chars.next_if(|char| matches!(char, '@'..='~'));
}

/// Skips up to the end of a string sequence. Where it has no end, only its start is dropped, so that no text is lost.
fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    let mut ahead = chars.clone();
    while let Some(char) = ahead.next() {
        let ends = match char {
            '\x07' | '\u{9c}' => true,
            '\x1b' => ahead.next_if_eq(&'\\').is_some(),
            _ => false,
        };
        if ends {
            *chars = ahead;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(clean_text("plain text\r\n"), Cow::Borrowed("plain text")));
        assert_eq!(clean_text("grüße 日本 👩‍💻"), "grüße 日本 👩‍💻");
    }

    #[test]
    fn a_guest_cannot_draw() {
        for (dirty, clean) in [
            ("\x1b[31mred\x1b[0m", "red"),
            ("up\x1b[10A\x1b[2Kgone", "upgone"),
            ("\x1b]0;title\x07text", "text"),
            ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("\x1bPq#0\x1b\\after", "after"),
            ("\x1b(0box\x1b(B", "box"),
            ("\x1bcreset", "reset"),
            ("\u{9b}31mc1\u{9d}0;t\u{9c}!", "c1!"),
            ("a\tb", "a    b"),
            ("10%\r20%\r", "10% 20%"),
            ("bell\x07back\x08\x7f", "bellback"),
            ("\u{202e}evil\u{2066}\u{200b}\u{feff}\u{e0041}", "evil"),
            ("two\u{2028}lines\nhere", "two lines here"),
            ("\x1b", ""),
            ("\x1b[", ""),
            ("\x1b]never ends", "never ends"),
            ("\x1b[31\x1b[31mx", "x"),
        ] {
            assert_eq!(clean_text(dirty), clean, "{dirty:?}");
        }
    }

    #[test]
    fn nothing_of_the_first_256_characters_controls_the_terminal() {
        for code in 0..256_u32 {
            let text = format!("a{}b", char::from_u32(code).unwrap());
            assert!(!clean_text(&text).chars().any(char::is_control), "{code:#x}");
        }
    }
}
