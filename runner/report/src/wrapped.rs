use crate::short_text::columns_of;

/// A line as lines of at most `columns`, broken at spaces; the further ones are indented two columns more than the first.
/// A word that is longer than a line stays whole, for a person may want to copy it. Colours take no room.
pub(crate) fn wrapped(line: &str, columns: Option<usize>) -> Vec<String> {
    let Some(columns) = columns.filter(|columns| shown_columns(line) > *columns) else { return vec![line.to_owned()] };
    let lead = line.len() - line.trim_start_matches(' ').len();
    let indent = " ".repeat(lead + 2);
    let mut lines = Vec::new();
    let mut current = line[..lead].to_owned();
    for (index, word) in line[lead..].split(' ').enumerate() {
        if index > 0 && shown_columns(&current) + 1 + shown_columns(word) > columns {
            lines.push(std::mem::replace(&mut current, indent.clone()));
        } else if index > 0 {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The columns of text that may be painted.
fn shown_columns(text: &str) -> usize {
    let mut columns = 0;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\x1b') {
        columns += columns_of(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    columns + columns_of(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_breaks_at_its_spaces() {
        let line = "  hint: start the daemon, or name another with DOCKER_HOST";
        assert_eq!(wrapped(line, Some(30)), ["  hint: start the daemon, or", "    name another with", "    DOCKER_HOST"]);
        assert_eq!(wrapped(line, Some(80)), [line]);
        assert_eq!(wrapped(line, None), [line]);
        for columns in 0..60 {
            let words: Vec<_> = wrapped(line, Some(columns))
                .iter()
                .flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
                .collect();
            assert_eq!(words.join(" "), line.trim_start(), "{columns}");
        }
    }

    #[test]
    fn colours_take_no_room_and_long_words_stay_whole() {
        assert_eq!(wrapped("\x1b[33mwarning:\x1b[0m it is slow", Some(19)).len(), 1);
        let address = "https://registry.example/v2/library/postgres";
        assert_eq!(
            wrapped(&format!("see {address} now"), Some(20)),
            ["see".to_owned(), format!("  {address}"), "  now".to_owned()]
        );
    }
}
