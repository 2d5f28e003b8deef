use crate::node::Table;
use crate::param_declaration::placed;
use crate::problems::Problems;
use crate::{Diagnostic, Location, Param, suggest};
use serde_json::Value as Json;

/// The parameter whose value chooses the profile.
pub(crate) const CHOOSER: &str = "PROFILE";

/// A profile as it is declared.
#[derive(Debug)]
pub(crate) struct Profile {
    pub name: String,
    at: Location,
    extends: Option<(String, Location)>,
    pub params: Vec<(String, Json)>,
    pub tasks: Table,
}

/// What may stand in no profile, for it would allow more.
const WIDENING: [&str; 3] = ["allow", "grants", "confine"];

/// The table `[profile]`. `known` are the names of the tasks.
pub(crate) fn profiles(table: &Table, params: &[Param], known: &[&str], problems: &mut Problems) -> Vec<Profile> {
    let all: Vec<Profile> = table
        .0
        .iter()
        .filter_map(|entry| {
            let inner = problems.table_of(&entry.node, &entry.key)?;
            refuse_widening(inner, problems);
            let allowed: Vec<&str> = ["extends", "params", "tasks"].into_iter().chain(WIDENING).collect();
            problems.unknown_keys(inner, &allowed, &format!("the profile `{}`", entry.key));
            let extends = problems.text(inner, "extends").zip(inner.get("extends").map(|node| node.at.clone()));
            let values = problems.table(inner, "params").map(|table| values(table, params, problems)).unwrap_or_default();
            let tasks = problems.table(inner, "tasks").cloned().unwrap_or_default();
            for task in &tasks.0 {
                if !known.contains(&task.key.as_str()) {
                    let help = suggest(&task.key, known.iter().copied());
                    let message = format!("unknown task `{}` in the profile `{}`", task.key, entry.key);
                    problems.push(Diagnostic::at(&task.key_at, message, "not a task").maybe_help(help));
                } else if let Some(inner) = problems.table_of(&task.node, &task.key) {
                    refuse_widening(inner, problems);
                }
            }
            Some(Profile { name: entry.key.clone(), at: entry.key_at.clone(), extends, params: values, tasks })
        })
        .collect();
    check_chains(&all, problems);
    check_reachable(&all, params, problems);
    all
}

fn refuse_widening(table: &Table, problems: &mut Problems) {
    for entry in table.0.iter().filter(|entry| WIDENING.contains(&entry.key.as_str())) {
        let message = format!("profiles never widen: a profile may not contain `{}`", entry.key);
        let problem = Diagnostic::at(&entry.key_at, message, "not in a profile");
        problems.push(problem.help("write it in the task itself, where it holds for every profile"));
    }
}

fn values(table: &Table, params: &[Param], problems: &mut Problems) -> Vec<(String, Json)> {
    let mut all = Vec::new();
    for entry in &table.0 {
        let Some(param) = params.iter().find(|param| param.name == entry.key) else {
            let help = suggest(&entry.key, params.iter().map(|param| param.name.as_str()));
            let message = format!("unknown parameter `{}`", entry.key);
            problems.push(Diagnostic::at(&entry.key_at, message, "not a parameter of the project").maybe_help(help));
            continue;
        };
        if entry.key == CHOOSER {
            problems.at(&entry.key_at, format!("a profile cannot set `{CHOOSER}`"), "it chooses the profile");
            continue;
        }
        match param.accept(&entry.node.json()) {
            Ok(value) => all.push((entry.key.clone(), value)),
            Err(problem) => problems.push(placed(problem, &entry.node)),
        }
    }
    all
}

/// The profile and those that it extends, from the farthest to itself. A cycle ends it; it is reported elsewhere.
pub(crate) fn chain<'p>(all: &'p [Profile], name: &str) -> Vec<&'p Profile> {
    let mut chain: Vec<&Profile> = Vec::new();
    let mut next = all.iter().find(|profile| profile.name == name);
    while let Some(profile) = next {
        if chain.iter().any(|known| known.name == profile.name) {
            break;
        }
        chain.push(profile);
        next = profile.extends.as_ref().and_then(|(name, _)| all.iter().find(|profile| profile.name == *name));
    }
    chain.reverse();
    chain
}

fn check_chains(all: &[Profile], problems: &mut Problems) {
    let mut reported: Vec<&str> = Vec::new();
    for profile in all {
        let Some((name, at)) = &profile.extends else { continue };
        if !all.iter().any(|other| other.name == *name) {
            let help = suggest(name, all.iter().map(|profile| profile.name.as_str()));
            problems.push(Diagnostic::at(at, format!("unknown profile `{name}`"), "not declared").maybe_help(help));
            continue;
        }
        let mut path = vec![profile];
        while let Some((next, _)) = path.last().and_then(|last| last.extends.as_ref()) {
            let Some(next) = all.iter().find(|profile| profile.name == *next) else { break };
            if next.name == profile.name {
                if path.iter().all(|part| !reported.contains(&part.name.as_str())) {
                    let names: Vec<&str> = path.iter().chain([&profile]).map(|part| part.name.as_str()).collect();
                    let mut problem = Diagnostic::new(format!("profiles extend each other: {}", names.join(" → ")));
                    let label = |part: &&Profile| part.extends.as_ref().map(|(to, at)| (at.clone(), format!("to `{to}`")));
                    problem.labels = path.iter().filter_map(label).collect();
                    problems.push(problem);
                    reported.extend(names);
                }
                break;
            }
            if path.iter().any(|part| part.name == next.name) {
                break;
            }
            path.push(next);
        }
    }
}

/// A profile that nothing chooses is a slip of the pen.
fn check_reachable(all: &[Profile], params: &[Param], problems: &mut Problems) {
    let chooser = params.iter().find(|param| param.name == CHOOSER);
    for profile in all {
        let extended = all.iter().any(|other| other.extends.as_ref().is_some_and(|(name, _)| *name == profile.name));
        let Some(param) = chooser else {
            let problem = Diagnostic::at(&profile.at, format!("nothing chooses the profile `{}`", profile.name), "never used");
            problems.push(problem.help(format!("declare the parameter `{CHOOSER}` in `[params]`")));
            continue;
        };
        if !extended && let Err(refusal) = param.accept(&Json::from(profile.name.as_str())) {
            let message = format!("nothing chooses the profile `{}`: {}", profile.name, refusal.message);
            problems.push(Diagnostic::at(&profile.at, message, "never used").maybe_help(refusal.help));
        }
    }
}
