//! All that is wrong with the files, told in one go.

use crate::yaml::Place;
use infra::{Error, Result};
use std::cell::RefCell;
use std::fmt::Display;

#[derive(Debug)]
struct Problem {
    place: Place,
    message: String,
    hint: Option<String>,
}

/// Collects what is wrong, so that one reading finds all of it.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(crate) fn add(&self, place: &Place, message: impl Display) {
        self.push(place, message.to_string(), None);
    }

    /// A key that is not carried out is refused, never ignored.
    pub(crate) fn unsupported(&self, place: &Place, key: &str, known: &[&str]) {
        let last = key.rsplit('.').next().unwrap_or(key);
        let hint = match nearest(last, known) {
            Some(name) => format!("did you mean `{name}`?"),
            None if known.is_empty() => "leave it out".to_owned(),
            None => {
                let mut known = known.to_vec();
                known.sort_unstable();
                format!("supported are {}; keys that start with `x-` are ignored", known.join(", "))
            }
        };
        self.push(place, format!("`{key}` is not supported"), Some(hint));
    }

    fn push(&self, place: &Place, message: String, hint: Option<String>) {
        let mut problems = self.0.borrow_mut();
        // What an anchor brings to several places is told once.
        if !problems.iter().any(|problem| problem.place == *place && problem.message == message) {
            problems.push(Problem { place: place.clone(), message, hint });
        }
    }

    /// # Errors
    /// `invalid` with everything that was found, in the order of the files.
    pub(crate) fn finish(self) -> Result<()> {
        let mut problems = self.0.into_inner();
        problems.sort_by(|one, other| one.place.cmp(&other.place));
        match problems.as_slice() {
            [] => Ok(()),
            [Problem { place, message, hint }] => {
                let error = Error::new("invalid", format!("{place}: {message}"));
                Err(match hint {
                    Some(hint) => error.hint(hint.as_str()),
                    None => error,
                })
            }
            several => {
                let mut text = format!("{} things are wrong with the Compose files:", several.len());
                for Problem { place, message, hint } in several {
                    text.push_str(&format!("\n  {place}: {message}"));
                    // A list of all that is supported, again and again, would hide the rest.
                    if let Some(hint) = hint.as_deref().filter(|hint| hint.starts_with("did you mean")) {
                        text.push_str(&format!(" ({hint})"));
                    }
                }
                Err(Error::new("invalid", text).hint("nothing was started; keys that start with `x-` are ignored"))
            }
        }
    }
}

/// The known name that differs in two places at most.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let close = known.iter().map(|known| (distance(name, known), *known)).min()?;
    (close.0 <= 2 && close.0 < name.len()).then_some(close.1)
}

fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, char) in one.chars().enumerate() {
        let mut before = row[0];
        row[0] = index + 1;
        for (column, wanted) in other.iter().enumerate() {
            let cost = before + usize::from(char != *wanted);
            before = row[column + 1];
            row[column + 1] = cost.min(before + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_at_once_in_the_order_of_their_lines() {
        let problems = Problems::default();
        problems.unsupported(&Place::new("b", 2), "services.a.imgae", &["image", "build"]);
        problems.add(&Place::new("a", 9), "wrong");
        problems.add(&Place::new("a", 9), "wrong");
        let message = problems.finish().err().map(|error| error.message).unwrap_or_default();
        let expected = "2 things are wrong with the Compose files:\n  a:9: wrong\n  \
                        b:2: `services.a.imgae` is not supported (did you mean `image`?)";
        assert_eq!(message, expected);
    }

    #[test]
    fn only_near_names_are_guessed() {
        assert_eq!(nearest("contaner_name", &["container_name", "command"]), Some("container_name"));
        assert_eq!(nearest("gpus", &["image", "build"]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
