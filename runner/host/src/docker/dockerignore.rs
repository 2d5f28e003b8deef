/// What a `.dockerignore` leaves out, as Docker's own tools read it: patterns apply to the whole path from the context's root, the last
/// one that matches decides, and `!` takes back.
#[derive(Clone, Debug, Default)]
pub(super) struct DockerIgnore(Vec<Pattern>);

#[derive(Clone, Debug)]
struct Pattern {
    tokens: Vec<Token>,
    negated: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Literal(char),
    /// `?`: one character, not `/`.
    One,
    /// `*`: any, not `/`.
    Many,
    /// `**/`: any directories, or none.
    Directories,
    /// `**` at the end: anything.
    Anything,
    /// `[a-z]`, `[^a]`.
    Class {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
}

/// Whether a `.dockerignore` with this text leaves a path out.
#[must_use]
pub fn is_ignored(text: &str, path: &str) -> bool {
    DockerIgnore::parse(text).excludes(path)
}

impl DockerIgnore {
    pub(super) fn parse(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self(text.lines().filter_map(Pattern::parse).collect())
    }

    /// Whether a path, relative to the context and with `/`, is left out.
    pub(super) fn excludes(&self, path: &str) -> bool {
        let chars: Vec<char> = path.chars().collect();
        let mut ends: Vec<usize> = (0..chars.len()).filter(|index| chars[*index] == '/').collect();
        ends.push(chars.len());
        let mut excluded = false;
        for pattern in &self.0 {
            // A pattern that matches a directory covers all in it.
            if pattern.negated == excluded && ends.iter().any(|end| matches(&pattern.tokens, &chars[..*end])) {
                excluded = !pattern.negated;
            }
        }
        excluded
    }

    /// Whether what lies in an excluded directory may be taken back.
    pub(super) fn takes_back(&self) -> bool {
        self.0.iter().any(|pattern| pattern.negated)
    }
}

impl Pattern {
    fn parse(line: &str) -> Option<Self> {
        if line.starts_with('#') {
            return None;
        }
        let line = line.trim();
        let (negated, line) = match line.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, line),
        };
        // As Go's `filepath.Clean`: no empty parts, no `.`, and `..` goes up.
        let mut parts: Vec<&str> = Vec::new();
        for part in line.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        let clean = parts.join("/");
        (!clean.is_empty()).then(|| Self { tokens: tokens(&clean), negated })
    }
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut chars = pattern.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            '*' if chars.peek() == Some(&'*') => {
                while chars.next_if_eq(&'*').is_some() {}
                chars.next_if_eq(&'/');
                if chars.peek().is_none() { Token::Anything } else { Token::Directories }
            }
            '*' => Token::Many,
            '?' => Token::One,
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while let Some(low) = chars.next().filter(|char| *char != ']') {
                    let low = if low == '\\' { chars.next().unwrap_or(low) } else { low };
                    let high = match chars.next_if_eq(&'-') {
                        Some(_) => chars.next().unwrap_or(low),
                        None => low,
                    };
                    ranges.push((low, high));
                }
                Token::Class { ranges, negated }
            }
            '\\' => Token::Literal(chars.next().unwrap_or('\\')),
            char => Token::Literal(char),
        });
    }
    tokens
}

/// Whether the tokens match the whole text. Takes time in proportion to both, whatever the pattern.
fn matches(tokens: &[Token], text: &[char]) -> bool {
    // reachable[i]: the tokens so far match the first i characters.
    let mut reachable = vec![false; text.len() + 1];
    reachable[0] = true;
    for token in tokens {
        let mut next = vec![false; text.len() + 1];
        let mut open = false;
        for index in 0..=text.len() {
            let before = index.checked_sub(1).map(|before| (reachable[before], text[before]));
            next[index] = match token {
                Token::Anything => {
                    open |= reachable[index];
                    open
                }
                Token::Many => {
                    open = reachable[index] || (open && before.is_some_and(|(_, char)| char != '/'));
                    open
                }
                Token::Directories => {
                    let from_earlier = open && before.is_some_and(|(_, char)| char == '/');
                    open |= reachable[index];
                    reachable[index] || from_earlier
                }
                Token::One => before.is_some_and(|(reached, char)| reached && char != '/'),
                Token::Literal(wanted) => before.is_some_and(|(reached, char)| reached && char == *wanted),
                Token::Class { ranges, negated } => before.is_some_and(|(reached, char)| {
                    reached && ranges.iter().any(|(low, high)| (*low..=*high).contains(&char)) != *negated
                }),
            };
        }
        reachable = next;
    }
    reachable[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_docker_means() {
        let cases = [
            ("a", "a", true),
            ("a", "a/b/c", true),
            ("a", "b/a", false),
            ("/a/", "a/b", true),
            ("./a/../b", "b", true),
            ("*/temp*", "x/temporary.txt", true),
            ("*/temp*", "x/y/temp", false),
            ("*/*/temp*", "x/y/temp", true),
            ("temp?", "tempa", true),
            ("temp?", "temp", false),
            ("**/*.go", "main.go", true),
            ("**/*.go", "a/b/main.go", true),
            ("**", "a/b", true),
            ("a/**", "a/b/c", true),
            ("a/**", "a", false),
            ("a/**/c", "a/c", true),
            ("a/**/c", "a/x/y/c", true),
            ("a/**/c", "a/xc", false),
            ("[a-c].txt", "b.txt", true),
            ("[^a-c].txt", "b.txt", false),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("{a,b}", "a", false),
            ("# a", "# a", false),
            (" # a ", "# a", true),
            ("", "a", false),
            (".", "a", false),
        ];
        for (pattern, path, wanted) in cases {
            assert_eq!(DockerIgnore::parse(pattern).excludes(path), wanted, "{pattern} {path}");
        }
    }

    #[test]
    fn the_last_match_decides() {
        let ignore = DockerIgnore::parse("*.md\n!README*.md\nREADME-secret.md\n");
        assert!(ignore.takes_back());
        for (path, wanted) in [("a.md", true), ("README.md", false), ("README-secret.md", true), ("a.txt", false)] {
            assert_eq!(ignore.excludes(path), wanted, "{path}");
        }
        let ignore = DockerIgnore::parse("*\n!src\nsrc/gen\n!src/gen/keep");
        for (path, wanted) in [("x", true), ("src/a", false), ("src/gen/a", true), ("src/gen/keep", false)] {
            assert_eq!(ignore.excludes(path), wanted, "{path}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let ignore = DockerIgnore::parse(&"*a".repeat(500));
        assert!(!ignore.excludes(&"a".repeat(499)));
        assert!(!DockerIgnore::parse(&"**/".repeat(200)).takes_back());
    }
}
