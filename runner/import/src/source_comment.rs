/// The comments of a Makefile: help for what they stand at, and banners that begin a group.
pub(crate) struct Comments<'t> {
    lines: Vec<&'t str>,
    /// Each banner with its line.
    banners: Vec<(usize, String)>,
}

impl<'t> Comments<'t> {
    pub fn new(text: &'t str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let mut banners = Vec::new();
        let mut start = 0;
        while start < lines.len() {
            let end = lines[start..].iter().position(|line| !line.starts_with('#')).map_or(lines.len(), |length| start + length);
            if let Some(title) = banner(&lines[start..end]) {
                banners.push((start, title));
            }
            start = end.max(start) + 1;
        }
        Self { lines, banners }
    }

    /// What stands behind `##` in this line, or as a comment right above it.
    pub fn help(&self, line: usize) -> Option<String> {
        let own = self.lines.get(line)?;
        if let Some((_, help)) = own.split_once("##") {
            return sentence(help);
        }
        let above = (0..line).rev().map(|line| self.lines[line]).take_while(|line| line.starts_with('#'));
        let mut above: Vec<&str> = above.collect();
        above.reverse();
        // What stands below a banner is none of it.
        let own = above.iter().rposition(|line| is_rule(line)).map_or(0, |rule| rule + 1);
        let above = &above[own..];
        if banner(above).is_some() {
            return None;
        }
        let marked = above.iter().filter_map(|line| line.strip_prefix("##")).find_map(sentence);
        marked.or_else(|| above.iter().map(|line| line.trim_start_matches('#')).find_map(sentence))
    }

    /// The banner that this line is under.
    pub fn group(&self, line: usize) -> Option<String> {
        self.banners.iter().rev().find(|(at, _)| *at < line).map(|(_, title)| title.clone())
    }
}

fn sentence(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches(['@', '#']).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_rule(line: &str) -> bool {
    let inner = line.trim_start_matches('#').trim();
    (inner.chars().count() >= 3 && inner.chars().all(draws)) || (line.len() >= 6 && line.chars().all(|letter| letter == '#'))
}

/// Letters that draw a line.
fn draws(letter: char) -> bool {
    "=-*#~_─━+ ".contains(letter)
}

/// The title in `--- Services ---`.
fn inline(line: &str) -> Option<&str> {
    let inner = line.trim_start_matches('#').trim();
    let title = inner.trim_matches(draws);
    let (before, after) = inner.split_once(title).filter(|_| !title.is_empty())?;
    (before.trim().chars().count() >= 2 && after.trim().chars().count() >= 2).then_some(title)
}

/// The title of a block of comments that is a banner: `##@ Title`, a title between lines, or in one.
fn banner(block: &[&str]) -> Option<String> {
    if let Some(title) = block.iter().find_map(|line| line.strip_prefix("##@")) {
        return sentence(title);
    }
    if let [line] = block {
        return inline(line).map(str::to_owned);
    }
    let (rules, titles): (Vec<&str>, Vec<&str>) = block.iter().partition(|line| is_rule(line));
    let titles: Vec<String> = titles.iter().filter_map(|line| sentence(line)).collect();
    // A title has a line above; what follows below the second line is prose.
    if rules.is_empty() || titles.is_empty() || !block.first().is_some_and(|line| is_rule(line)) {
        return None;
    }
    titles.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banners_of_all_kinds_begin_groups() {
        for text in [
            "##@ Cluster\nx:\n",
            "# ====\n# Cluster\n# ====\n\nx:\n",
            "##########\n# Cluster #\n##########\nx:\n",
            "# --- Cluster ---\nx:\n",
        ] {
            let lines = text.lines().count();
            assert_eq!(
                Comments::new(text).group(lines - 1).as_deref().map(|title| title.trim_end_matches(" #")),
                Some("Cluster"),
                "{text}"
            );
        }
        assert_eq!(Comments::new("# a plain comment\nx:\n").group(1), None);
    }

    #[test]
    fn help_stands_behind_or_above() {
        let text = "x: y ## Behind\n# Above\nz:\n## Marked\n# more\na:\n\n# ----\n# Group\n# ----\nb:\n";
        let comments = Comments::new(text);
        let help = [0, 2, 5, 10].map(|line| comments.help(line));
        assert_eq!(help.map(Option::unwrap_or_default), ["Behind", "Above", "Marked", ""]);
    }
}
