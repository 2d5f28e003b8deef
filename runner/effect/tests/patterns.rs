//! Patterns against a reference that is too simple to be wrong.

use infra_effect::{ArgumentPatterns, PathPattern, TextPattern};
use proptest::prelude::*;

/// Tries every run that a star could stand for.
fn text(pattern: &[char], text_left: &[char]) -> bool {
    match pattern {
        [] => text_left.is_empty(),
        ['*', '*', rest @ ..] => (0..=text_left.len()).any(|taken| text(rest, &text_left[taken..])),
        ['*', rest @ ..] => {
            (0..=text_left.len()).any(|taken| !text_left[..taken].contains(&'/') && text(rest, &text_left[taken..]))
        }
        [first, rest @ ..] => text_left.first() == Some(first) && text(rest, &text_left[1..]),
    }
}

fn text_matches(pattern: &str, subject: &str) -> bool {
    text(&pattern.chars().collect::<Vec<_>>(), &subject.chars().collect::<Vec<_>>())
}

fn segments(pattern: &[&str], path: &[&str]) -> bool {
    match pattern {
        [] => path.is_empty(),
        ["**", rest @ ..] => (0..=path.len()).any(|taken| segments(rest, &path[taken..])),
        [first, rest @ ..] => path.first().is_some_and(|segment| text_matches(first, segment)) && segments(rest, &path[1..]),
    }
}

fn path_matches(pattern: &str, path: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        text.split('/').filter(|segment| !matches!(*segment, "" | ".")).map(str::to_owned).collect()
    };
    let (wanted, found) = (split(pattern), split(path));
    pattern.starts_with('/') == path.starts_with('/')
        && !found.iter().any(|segment| segment == "..")
        && segments(&wanted.iter().map(String::as_str).collect::<Vec<_>>(), &found.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Few characters, so that much matches.
const PATTERN: &str = "[ab/*.]{0,12}";
const SUBJECT: &str = "[ab/.]{0,12}";

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_pattern_is_its_reference(pattern in PATTERN, subject in SUBJECT) {
        prop_assert_eq!(TextPattern(pattern.clone()).matches(&subject), text_matches(&pattern, &subject));
    }

    #[test]
    fn a_path_pattern_is_its_reference(pattern in PATTERN, subject in SUBJECT) {
        prop_assert_eq!(PathPattern(pattern.clone()).matches(&subject), path_matches(&pattern, &subject));
    }

    #[test]
    fn what_is_covered_is_matched(have in PATTERN, other in PATTERN, subject in SUBJECT) {
        if TextPattern(have.clone()).covers(&TextPattern(other.clone())) && TextPattern(other.clone()).matches(&subject) {
            prop_assert!(TextPattern(have.clone()).matches(&subject));
        }
        if PathPattern(have.clone()).covers(&PathPattern(other.clone())) && PathPattern(other).matches(&subject) {
            prop_assert!(PathPattern(have).matches(&subject));
        }
    }

    #[test]
    fn any_text_is_taken_without_a_panic(pattern in ".{0,40}", subject in ".{0,40}") {
        let _ = TextPattern(pattern.clone()).matches(&subject);
        let _ = PathPattern(pattern.clone()).matches(&subject);
        let _ = PathPattern(pattern).fixed_prefix();
    }

    #[test]
    fn a_path_below_the_fixed_prefix_is_all_that_matches(pattern in PATTERN, subject in SUBJECT) {
        if PathPattern(pattern.clone()).matches(&subject) {
            let clean = |path: &str| path.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect::<Vec<_>>();
            prop_assert!(clean(&subject).starts_with(&clean(&PathPattern(pattern).fixed_prefix())));
        }
    }

    #[test]
    fn spelled_out_arguments_match_themselves_and_nothing_else(
        args in proptest::collection::vec("[ab*=]{0,4}", 0..4),
        others in proptest::collection::vec("[ab*=]{0,4}", 0..4),
    ) {
        let spelled = ArgumentPatterns::exactly(&args);
        prop_assert!(spelled.matches(&args));
        prop_assert_eq!(spelled.matches(&others), args == others);
        let short = ArgumentPatterns(args.iter().map(|arg| ArgumentPatterns::literal(arg)).collect());
        prop_assert!(short.matches(&args));
        prop_assert_eq!(short.matches(&others), args == others);
    }

    #[test]
    fn each_pattern_stands_for_one_argument(
        patterns in proptest::collection::vec("[ab*]{1,3}", 0..4),
        args in proptest::collection::vec("[ab/]{0,3}", 0..4),
    ) {
        let (fixed, open) = match patterns.split_last() {
            Some((last, rest)) if last == "**" => (rest, true),
            _ => (patterns.as_slice(), false),
        };
        let lengths = if open { args.len() >= fixed.len() } else { args.len() == fixed.len() };
        let one = |(pattern, arg): (&String, &String)| text_matches(&pattern.replace('*', "**"), arg);
        let expected = lengths && fixed.iter().zip(&args).all(one);
        prop_assert_eq!(ArgumentPatterns(patterns.clone()).matches(&args), expected);
    }
}
