use crate::arguments::{Arguments, Global};
use clap::{Arg, ArgAction, Args, Command, CommandFactory as _};
use infra_session::{Candidate, ExitCode};

/// `infra complete`: what the scripts of `infra completions` ask. A line for each candidate: the word, a tab, what it is.
#[derive(Args, Debug)]
pub struct Complete {
    /// The words behind `infra`; the last one is completed
    #[arg(last = true)]
    pub words: Vec<String>,
}

/// What the words before the last one mean.
struct Place<'c> {
    global: infra_session::Global,
    /// The verb, and the words behind it that are no flags.
    verb: Option<&'c Command>,
    before: Vec<String>,
    /// The flag whose value is completed.
    flag: Option<&'c Arg>,
}

impl Complete {
    pub fn call(self, global: &Global) -> ExitCode {
        let mut command = Arguments::command();
        command.build();
        let (current, before) = self.words.split_last().map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
        let place = place(&command, before, global);
        let found = candidates(&command, &place, current);
        let fitting = found.into_iter().filter(|candidate| candidate.word.starts_with(current));
        let lines: Vec<String> = fitting.map(|candidate| format!("{}\t{}", candidate.word, candidate.about)).collect();
        if lines.is_empty() {
            return ExitCode::Done;
        }
        infra_session::write_result(&global.into(), &lines.join("\n"))
    }
}

fn place<'c>(root: &'c Command, words: &[String], global: &Global) -> Place<'c> {
    let mut place = Place { global: global.into(), verb: None, before: vec![], flag: None };
    for word in words {
        if let Some(flag) = place.flag.take() {
            match flag.get_id().as_str() {
                "directory" => place.global.directory = Some(word.into()),
                "file" => place.global.file = Some(word.into()),
                _ => {}
            }
        } else if word.starts_with('-') {
            place.flag = flag(place.verb.unwrap_or(root), word).filter(|flag| takes_value(flag));
        } else if place.verb.is_none() {
            place.verb = root.find_subcommand(word);
        } else {
            place.before.push(word.clone());
        }
    }
    place
}

/// The flag of this name.
fn flag<'c>(command: &'c Command, word: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|arg| match word.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => word.chars().count() == 2 && arg.get_short() == word.chars().nth(1),
    })
}

fn takes_value(flag: &Arg) -> bool {
    matches!(flag.get_action(), ArgAction::Set | ArgAction::Append)
}

fn candidates(root: &Command, place: &Place<'_>, current: &str) -> Vec<Candidate> {
    if let Some(flag) = place.flag {
        return possible(flag, "");
    }
    let command = place.verb.unwrap_or(root);
    if let Some((name, _)) = current.split_once('=').filter(|_| current.starts_with("--")) {
        return flag(command, name).map_or_else(Vec::new, |flag| possible(flag, &format!("{name}=")));
    }
    if current.starts_with('-') {
        let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
        return shown.filter_map(|arg| Some(candidate(&format!("--{}", arg.get_long()?), arg.get_help()))).collect();
    }
    let Some(verb) = place.verb else {
        let shown = root.get_subcommands().filter(|verb| !verb.is_hide_set());
        return shown.map(|verb| candidate(verb.get_name(), verb.get_about())).collect();
    };
    match (verb.get_name(), current.split_once('=')) {
        ("run" | "watch" | "plan" | "explain" | "graph" | "grants", Some((name, begun))) => {
            infra_session::complete_values(&place.global, &place.before, name, begun)
        }
        ("run" | "watch" | "plan" | "explain" | "graph" | "grants", None) => {
            infra_session::complete_tasks(&place.global, &place.before)
        }
        ("show" | "diff" | "report" | "resume" | "logs", _) if place.before.is_empty() => {
            let mut words = infra_session::complete_runs(&place.global);
            if verb.get_name() == "logs" {
                words.extend(tasks(&place.global));
            }
            words
        }
        ("diff", _) => infra_session::complete_runs(&place.global),
        ("logs", _) => tasks(&place.global),
        _ => verb.get_positionals().nth(place.before.len()).map_or_else(Vec::new, |positional| possible(positional, "")),
    }
}

fn tasks(global: &infra_session::Global) -> Vec<Candidate> {
    let mut tasks = infra_session::complete_tasks(global, &[]);
    tasks.retain(|candidate| !candidate.word.ends_with('='));
    tasks
}

/// The values that a flag lists.
fn possible(arg: &Arg, lead: &str) -> Vec<Candidate> {
    let values = arg.get_possible_values();
    let shown = values.iter().filter(|value| !value.is_hide_set());
    shown.map(|value| candidate(&format!("{lead}{}", value.get_name()), value.get_help())).collect()
}

fn candidate(word: &str, about: Option<&clap::builder::StyledStr>) -> Candidate {
    let about = about.map(ToString::to_string).unwrap_or_default();
    Candidate { word: word.to_owned(), about: about.lines().next().unwrap_or_default().to_owned() }
}
