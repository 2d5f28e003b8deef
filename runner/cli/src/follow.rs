use std::ffi::{OsStr, OsString};

/// Flags of every verb that take a value.
const VALUED: [&str; 7] = ["-C", "--directory", "-f", "--file", "-o", "--output", "--policy"];

/// Behind `logs`, `-f` follows, as people expect of logs. Everywhere else it names the Infrafile.
pub fn spelled_out(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.collect();
    let is = |word: &OsStr, texts: &[&str]| texts.iter().any(|text| word == *text);
    let mut at = 1;
    while words.get(at).is_some_and(|word| word.to_string_lossy().starts_with('-')) {
        at += if is(&words[at], &VALUED) || is(&words[at], &["--ci"]) { 2 } else { 1 };
    }
    if words.get(at).is_some_and(|verb| verb == "logs") {
        for word in words.iter_mut().skip(at + 1).take_while(|word| *word != "--").filter(|word| *word == "-f") {
            *word = "--follow".into();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(line: &str) -> String {
        let words = spelled_out(line.split(' ').map(OsString::from));
        words.join(OsStr::new(" ")).into_string().expect("it is text")
    }

    #[test]
    fn only_behind_logs_it_follows() {
        assert_eq!(spelled("infra logs -f"), "infra logs --follow");
        assert_eq!(spelled("infra -v -C logs -f x logs web -f"), "infra -v -C logs -f x logs web --follow");
        assert_eq!(spelled("infra run -f x logs"), "infra run -f x logs");
        assert_eq!(spelled("infra -f logs run"), "infra -f logs run");
        assert_eq!(spelled("infra"), "infra");
    }
}
