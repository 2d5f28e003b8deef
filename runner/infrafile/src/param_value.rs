use crate::{Diagnostic, Param, ParamKind, suggest};
use regex::Regex;
use serde_json::Value as Json;

impl ParamKind {
    /// The words of `type` in an Infrafile.
    pub(crate) const ALL: [(Self, &'static str); 4] =
        [(Self::String, "string"), (Self::Integer, "integer"), (Self::Boolean, "boolean"), (Self::List, "list")];

    /// What a value of this kind is, for people.
    const fn noun(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Integer => "a whole number",
            Self::Boolean => "`true` or `false`",
            Self::List => "a list of texts",
        }
    }
}

impl Param {
    /// The value that a text from the command line, the environment or `.env` stands for.
    pub fn parse(&self, text: &str) -> Result<Json, Diagnostic> {
        let value = match self.kind {
            ParamKind::String => Some(Json::from(text)),
            ParamKind::Integer => text.trim().parse::<i64>().ok().map(Json::from),
            ParamKind::Boolean => text.trim().parse::<bool>().ok().map(Json::from),
            ParamKind::List => Some(text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()),
        };
        self.accept(&value.ok_or_else(|| self.wrong_kind(&Json::from(text)))?)
    }

    /// The value, where it is one that the parameter may have.
    pub fn accept(&self, value: &Json) -> Result<Json, Diagnostic> {
        let right = match self.kind {
            ParamKind::String => value.is_string(),
            ParamKind::Integer => value.is_i64() || value.is_u64(),
            ParamKind::Boolean => value.is_boolean(),
            ParamKind::List => value.as_array().is_some_and(|list| list.iter().all(Json::is_string)),
        };
        if !right {
            return Err(self.wrong_kind(value));
        }
        match value.as_array() {
            Some(list) => list.iter().try_for_each(|element| self.accept_one(element))?,
            None => self.accept_one(value)?,
        }
        Ok(value.clone())
    }

    /// Checks a value, or an element of a list, against the choices and the pattern.
    pub(crate) fn accept_one(&self, value: &Json) -> Result<(), Diagnostic> {
        let name = &self.name;
        if !self.choices.is_empty() && !self.choices.contains(value) {
            let choices: Vec<String> = self.choices.iter().map(plain).collect();
            let listed = choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
            let text = plain(value);
            let message = format!("`{name}` cannot be `{text}`: it is one of {listed}");
            return Err(Diagnostic::new(message).maybe_help(suggest(&text, choices.iter().map(String::as_str))));
        }
        if let (Some(pattern), Some(text)) = (&self.pattern, value.as_str())
            && !whole(pattern).is_ok_and(|regex| regex.is_match(text))
        {
            let help = self.help.as_ref().map(|help| format!("{name}: {help}"));
            return Err(Diagnostic::new(format!("`{name}` cannot be `{text}`: it must match `{pattern}`")).maybe_help(help));
        }
        Ok(())
    }

    fn wrong_kind(&self, value: &Json) -> Diagnostic {
        let message = format!("`{}` cannot be `{}`: it must be {}", self.name, plain(value), self.kind.noun());
        let choices: Vec<String> = self.choices.iter().map(plain).collect();
        let help = (!choices.is_empty()).then(|| format!("it is one of {}", choices.join(", ")));
        Diagnostic::new(message).maybe_help(help)
    }
}

/// The pattern as an expression for a whole text.
pub(crate) fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!(r"\A(?:{pattern})\z"))
}

/// A value without the quotes of JSON.
pub(crate) fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
