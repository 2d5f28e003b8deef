use super::history::open;
use crate::Global;
use crate::param_text::plain;
use crate::project::{load, root};
use infra_infrafile::{Param, ParamKind};
use infra_report::clean_message;

/// How many runs are offered.
const RUNS: usize = 20;

/// A word that a shell may complete, with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The word.
    pub word: String,
    /// What it is.
    pub about: String,
}

impl Candidate {
    fn new(word: &str, about: &str) -> Self {
        // A line for each: what stands in a file cannot make another one.
        let line = |text: &str| clean_message(text).lines().collect::<Vec<_>>().join(" ");
        Self { word: line(word), about: line(about) }
    }
}

/// The tasks, and the parameters that may stand behind these words. Nothing is built and nothing is run; where something is wrong there are none.
#[must_use]
pub fn complete_tasks(global: &Global, before: &[String]) -> Vec<Candidate> {
    let Ok(infrafile) = load(global, vec![]) else { return vec![] };
    let mut candidates = Vec::new();
    for task in infrafile.tasks.values().filter(|task| !task.private) {
        let help = task.help.as_deref().unwrap_or_default();
        candidates.push(Candidate::new(&task.name, help));
        candidates.extend(task.aliases.iter().map(|alias| Candidate::new(alias, help)));
    }
    let own = before.iter().filter_map(|word| infrafile.task(word)).flat_map(|task| &task.params);
    for param in own.chain(&infrafile.params) {
        if !before.iter().any(|word| word.split('=').next() == Some(&param.name)) {
            candidates.push(Candidate::new(&format!("{}=", param.name), param.help.as_deref().unwrap_or_default()));
        }
    }
    candidates
}

/// The values of a parameter, as `NAME=VALUE`. In a list, the elements that may follow.
#[must_use]
pub fn complete_values(global: &Global, before: &[String], name: &str, begun: &str) -> Vec<Candidate> {
    let Ok(infrafile) = load(global, vec![]) else { return vec![] };
    let own = before.iter().filter_map(|word| infrafile.task(word)).flat_map(|task| &task.params);
    let Some(param) = own.chain(&infrafile.params).find(|param| param.name == name) else { return vec![] };
    let values = values(param);
    let lead = match (&param.kind, begun.rsplit_once(',')) {
        (ParamKind::List, Some((lead, _))) => format!("{lead},"),
        _ => String::new(),
    };
    let taken: Vec<&str> = lead.split(',').collect();
    let free = values.iter().filter(|value| !taken.contains(&value.as_str()));
    free.map(|value| Candidate::new(&format!("{name}={lead}{value}"), "")).collect()
}

fn values(param: &Param) -> Vec<String> {
    if !param.choices.is_empty() {
        return param.choices.iter().map(plain).collect();
    }
    match (&param.kind, &param.default) {
        (ParamKind::Boolean, _) => vec!["true".to_owned(), "false".to_owned()],
        (_, Some(default)) => vec![plain(default)],
        _ => vec![],
    }
}

/// The last runs.
#[must_use]
pub fn complete_runs(global: &Global) -> Vec<Candidate> {
    let runs = root(global).and_then(|root| Ok(open()?.runs(&root, RUNS)?)).unwrap_or_default();
    let mut candidates: Vec<Candidate> =
        runs.iter().map(|run| Candidate::new(run.run.as_str(), &format!("{} {}", run.tasks.join(" "), run.outcome))).collect();
    if let Some(last) = candidates.first() {
        candidates.push(Candidate { word: "last".to_owned(), about: last.about.clone() });
    }
    candidates
}
