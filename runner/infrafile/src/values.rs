use crate::problems::Problems;
use crate::profile::{CHOOSER, Profile, chain};
use crate::text_file::read_inside;
use crate::{Diagnostic, Origin, Param, ParamValue, Request};
use std::collections::BTreeMap;
use std::path::Path;

/// Where the values of the project's parameters come from.
pub(crate) struct Givers<'r> {
    request: &'r Request,
    dotenv: BTreeMap<String, String>,
    /// The profile that is taken whatever the values say.
    forced: Option<&'r str>,
}

impl<'r> Givers<'r> {
    pub fn new(request: &'r Request, root: &Path, forced: Option<&'r str>, problems: &mut Problems) -> Self {
        Self { request, dotenv: dotenv(root, problems), forced }
    }

    /// The values of all parameters, and the profile that they choose.
    pub fn values(
        &self,
        params: &[Param],
        profiles: &[Profile],
        problems: &mut Problems,
    ) -> (BTreeMap<String, ParamValue>, Option<String>) {
        let chooser = params.iter().find(|param| param.name == CHOOSER);
        let mut chosen = chooser.and_then(|param| self.value(param, &[], &mut Problems::default()));
        if let (Some(name), Some(param)) = (self.forced, chooser) {
            chosen = param.accept(&name.into()).ok().map(|value| ParamValue { value, origin: Origin::CommandLine });
        }
        let profile = self.forced.map(str::to_owned).or_else(|| chosen.as_ref()?.value.as_str().map(str::to_owned));
        let profile = profile.filter(|name| profiles.iter().any(|profile| profile.name == *name));
        let chain = profile.as_ref().map(|name| chain(profiles, name)).unwrap_or_default();
        let mut values = BTreeMap::new();
        for param in params {
            let value = match &chosen {
                Some(value) if param.name == CHOOSER && self.forced.is_some() => Some(value.clone()),
                _ => self.value(param, &chain, problems),
            };
            values.extend(value.map(|value| (param.name.clone(), value)));
        }
        (values, profile)
    }

    fn value(&self, param: &Param, chain: &[&Profile], problems: &mut Problems) -> Option<ParamValue> {
        let name = &param.name;
        // What a file brings in by itself reads nothing of the one who runs it.
        let own = param.at.file == 0;
        let line = self.request.assignments.iter().rev().find(|(key, _)| key == name);
        let variable = param.env.as_ref().filter(|_| own).and_then(|env| Some((env, self.request.environment.get(env)?)));
        let (text, origin) = if let Some((_, text)) = line {
            (text, Origin::CommandLine)
        } else if let Some((env, text)) = variable {
            (text, Origin::Environment(env.clone()))
        } else if let Some(text) = self.dotenv.get(name).filter(|_| own) {
            (text, Origin::DotEnv)
        } else {
            let set = |profile: &&Profile| {
                let (_, value) = profile.params.iter().find(|(key, _)| key == name)?;
                Some(ParamValue { value: value.clone(), origin: Origin::Profile(profile.name.clone()) })
            };
            let default = || Some(ParamValue { value: param.default.clone()?, origin: Origin::Default });
            return chain.iter().rev().find_map(set).or_else(default);
        };
        match param.parse(text) {
            Ok(value) => Some(ParamValue { value, origin }),
            Err(mut problem) => {
                match &origin {
                    Origin::Environment(env) => problem.message += &format!(" (from the environment variable `{env}`)"),
                    Origin::DotEnv => problem.message += " (from `.env`)",
                    _ => {}
                }
                if origin == Origin::DotEnv {
                    problems.push(problem)
                } else {
                    problems.usage.push(problem)
                }
                None
            }
        }
    }
}

fn dotenv(root: &Path, problems: &mut Problems) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    if !root.join(".env").exists() {
        return all;
    }
    let text = match read_inside(root, Path::new(".env")) {
        Ok(text) => text,
        Err(reason) => {
            problems.push(Diagnostic::new(format!("`.env` cannot be read: {reason}")));
            return all;
        }
    };
    let entries = dotenvy::from_read_iter(text.as_bytes());
    let mut last = None;
    for entry in entries {
        match entry {
            Ok((key, value)) => {
                last = Some(key.clone());
                all.insert(key, value);
            }
            // The error itself holds the line, which may be a secret.
            Err(_) => {
                let where_it_is = last.map_or_else(|| "the first line".to_owned(), |key| format!("the line after `{key}`"));
                let message = format!("`.env` cannot be read: {where_it_is} is not `NAME=VALUE`");
                problems.push(Diagnostic::new(message).help("put values with spaces or `#` in quotes"));
                break;
            }
        }
    }
    all
}
