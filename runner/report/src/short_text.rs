use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that clean `text` takes, where terminals differ the most that any takes.
pub(crate) fn columns_of(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let separately = text.chars().map(|char| char.width().unwrap_or(0)).sum();
    text.width().max(separately)
}

/// `text`, or its start and `…`, in at most `columns`.
#[must_use]
pub fn short_text(text: &str, columns: usize) -> Cow<'_, str> {
    if columns_of(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let mut used = 0;
    let mut end = 0;
    for (index, char) in text.char_indices() {
        used += char.width().unwrap_or(0);
        if used > room {
            break;
        }
        end = index + char.len_utf8();
    }
    while columns_of(&text[..end]) > room {
        end = text[..end].char_indices().next_back().map_or(0, |(index, _)| index);
    }
    Cow::Owned(format!("{}…", text[..end].trim_end()))
}

/// `text` and spaces up to `columns`.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(columns_of(text))))
}

/// `1 task`, `2 tasks`.
pub(crate) fn count_of(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_fits() {
        for text in ["services-setup", "日本語のテキスト", "e\u{301}te\u{301}", "👩‍💻👩‍💻👩‍💻", ""] {
            for columns in 0..20 {
                assert!(columns_of(&short_text(text, columns)) <= columns, "{text} {columns}");
            }
        }
        assert_eq!(short_text("services-setup", 9), "services…");
        assert_eq!(short_text("日本語", 5), "日本…");
        assert_eq!(short_text("日本語", 4), "日…");
    }
}
