/// The values that a help text lists: `local|aws`, where the default is one of them.
pub(crate) fn choices(help: &str, default: &str) -> Vec<String> {
    let joined = help.replace(" | ", "|");
    let listed = joined.split_whitespace().find_map(|word| {
        let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        let values: Vec<&str> = word.split('|').collect();
        let plain = |value: &&str| !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
        (values.len() > 1 && values.iter().all(plain)).then(|| values.into_iter().map(str::to_owned).collect::<Vec<_>>())
    });
    let known = |values: &Vec<String>| default.split(',').all(|default| values.iter().any(|value| value == default));
    listed.filter(known).unwrap_or_default()
}

/// The help without the list.
pub(crate) fn without(help: &str, choices: &[String]) -> String {
    let mut text = help.replace(" | ", "|").replace(&choices.join("|"), "");
    text = text.replace("()", "").replace("[]", "").replace("{}", "");
    text.trim().trim_end_matches([':', ',', '-', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_values_are_choices_where_the_default_is_one() {
        let found = choices("Infrastructure profile: local|aws", "local");
        assert_eq!(found, ["local", "aws"]);
        assert_eq!(without("Infrastructure profile: local|aws", &found), "Infrastructure profile");
        assert_eq!(without("Profile (local | aws)", &choices("Profile (local | aws)", "aws")), "Profile");
        assert!(choices("local|aws", "gcp").is_empty());
        assert!(choices("a text", "a").is_empty());
    }
}
