use crate::choices::{choices, without};
use crate::document::Document;
use crate::toml_text::{list, table, text};
use crate::variable::{Param, Variable, Variables};
use std::collections::BTreeSet;

/// Writes the parameters that something uses, and returns the others with the reason why they are gone.
pub(crate) fn params(variables: &Variables, required: &BTreeSet<String>, document: &mut Document) -> Vec<String> {
    let used = variables.used.borrow();
    let mut gone = Vec::new();
    for name in &variables.order {
        let Some(Variable::Param(param)) = variables.known.get(name) else { continue };
        if used.contains(name) || name == "PROFILE" {
            document.params.push((name.clone(), declaration(variables, name, param, required.contains(name))));
            for (profile, value) in &param.profiles {
                let value = if variables.is_list(name) { elements(value) } else { text(value) };
                document.profiles.entry(profile.clone()).or_default().push((name.clone(), value));
            }
        } else if variables.programs.borrow().contains(name) {
            gone.push(format!("{name} ?= {}: it names a program, which is written out", param.default));
        } else {
            gone.push(format!("{name} ?= {}: nothing uses it", param.default));
        }
    }
    for name in variables.asked.borrow().iter().filter(|name| used.contains(*name)) {
        let param = Param { env: true, ..Param::default() };
        document.params.push((name.clone(), declaration(variables, name, &param, required.contains(name))));
    }
    gone
}

fn declaration(variables: &Variables, name: &str, param: &Param, required: bool) -> String {
    let mut entries = Vec::new();
    let is_list = variables.is_list(name);
    if is_list {
        entries.push(("type".to_owned(), text("list")));
    }
    let help = param.help.as_deref().unwrap_or_default();
    let mut listed = choices(help, &param.default);
    let profiles = variables
        .known
        .values()
        .filter_map(|known| if let Variable::Param(param) = known { Some(&param.profiles) } else { None });
    if name == "PROFILE" && profiles.flatten().any(|(profile, _)| !listed.contains(profile)) {
        // A profile that nothing could choose would be refused.
        listed.clear();
    }
    match (required && param.default.is_empty(), is_list) {
        (true, _) => entries.push(("required".to_owned(), "true".to_owned())),
        (false, true) => entries.push(("default".to_owned(), elements(&param.default))),
        (false, false) => entries.push(("default".to_owned(), text(&param.default))),
    }
    // Other values of profiles are choices too.
    let fits = param.profiles.iter().all(|(_, value)| listed.contains(value));
    let help = if listed.is_empty() || !fits { help.to_owned() } else { without(help, &listed) };
    if !listed.is_empty() && fits {
        entries.push(("choices".to_owned(), list(&listed.iter().map(|choice| text(choice)).collect::<Vec<_>>())));
    }
    // Make takes what `?=` sets, and what nothing sets, from the environment too.
    if param.env {
        entries.push(("env".to_owned(), text(name)));
    }
    if !help.is_empty() {
        entries.push(("help".to_owned(), text(&help)));
    }
    table(&entries)
}

fn elements(value: &str) -> String {
    let elements: Vec<String> = value.split(',').map(str::trim).filter(|one| !one.is_empty()).map(text).collect();
    format!("[{}]", elements.join(", "))
}
