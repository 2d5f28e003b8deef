use super::print;
use crate::Global;
use crate::error::{SessionError, end};
use crate::grant_lines::grant_lines;
use crate::param_text::{choices, kind, plain, value};
use crate::project::load;
use crate::task_text::word;
use crate::words::Words;
use infra_event::ExitCode;
use infra_infrafile::{Call, Infrafile, Param, Task, Work};
use infra_report::{Style, clean_message, duration_text};

/// Shows what tasks are for and what they take: `infra run TASK --help`. Nothing is run and nothing is built.
#[must_use]
pub fn task_help(global: &Global, words: &[String]) -> ExitCode {
    end(global, show(global, words))
}

fn show(global: &Global, words: &[String]) -> Result<ExitCode, SessionError> {
    let words = Words::parse(words);
    let infrafile = load(global, words.assignments.clone())?;
    let mut tasks = Vec::new();
    for name in &words.tasks {
        match infrafile.task(name) {
            Some(task) => tasks.push(task),
            // The plan says that there is no such task, and which is meant.
            None => {
                return Err(infra_plan::build(&infrafile, std::slice::from_ref(name)).err().map_or_else(
                    || SessionError::usage(format!("there is no task `{name}`"), "`infra list` shows the tasks"),
                    SessionError::from,
                ));
            }
        }
    }
    let style = global.result_style();
    let texts: Vec<String> = tasks.into_iter().map(|task| help(&infrafile, task, &style)).collect();
    print(&texts.join("\n\n"));
    Ok(ExitCode::Done)
}

/// Headings, each with its lines.
struct Sections<'a> {
    text: String,
    style: &'a Style,
}

impl Sections<'_> {
    fn section(&mut self, heading: &str, lines: impl IntoIterator<Item = String>) {
        let mut lines = lines.into_iter().peekable();
        if lines.peek().is_none() {
            return;
        }
        self.text.push_str("\n\n");
        self.text.push_str(&self.style.heading(heading));
        for line in lines {
            self.text.push_str("\n  ");
            self.text.push_str(&clean_message(&line));
        }
    }
}

fn help(infrafile: &Infrafile, task: &Task, style: &Style) -> String {
    let mut head = style.heading(&task.name);
    if let Some(help) = &task.help {
        head.push_str("  ");
        head.push_str(&clean_message(help));
    }
    let mut sections = Sections { text: head, style };
    sections.section("Usage", [usage(task)]);
    sections.section("Does", work(task));
    sections.section("Parameters", task.params.iter().flat_map(param_lines));
    sections.section("Parameters of the project", infrafile.params.iter().flat_map(param_lines));
    sections.section("Needs", calls(&task.needs));
    sections.section("Afterwards, whatever happened", calls(&task.finally));
    sections.section("Rules", rules(task));
    sections.section("Grants", grants(task));
    sections.section("Examples", examples(infrafile, task));
    sections.text
}

fn usage(task: &Task) -> String {
    let mut usage = format!("infra run {}", task.name);
    for param in &task.params {
        let assignment = format!("{}=…", param.name);
        usage.push(' ');
        usage.push_str(&if param.default.is_some() { format!("[{assignment}]") } else { assignment });
    }
    usage
}

fn work(task: &Task) -> Vec<String> {
    let mut lines = match &task.work {
        Work::Nothing => vec![],
        Work::Steps(steps) => vec![format!("in this order: {}", calls(steps).join(", "))],
        Work::Uses { component, .. } => {
            vec![format!("uses {}  (infra inspect {} shows what `with` takes)", component.value, component.value)]
        }
        Work::Run(words) => vec![format!("runs {}", words.iter().map(word).collect::<Vec<_>>().join(" "))],
        Work::Shell(script) => {
            let mut lines = vec!["runs a script with sh -eu:".to_owned()];
            lines.extend(script.trim().lines().map(|line| format!("  {line}")));
            lines
        }
    };
    if let Some(reason) = &task.skip {
        lines.push(format!("is skipped: {reason}"));
    }
    lines
}

/// A parameter in two lines: `PORT  integer, default 3000`, and its help.
fn param_lines(param: &Param) -> Vec<String> {
    let mut facts = vec![kind(param).to_owned()];
    facts.push(param.default.as_ref().map_or_else(|| "required".to_owned(), |default| format!("default {}", value(default))));
    if !param.choices.is_empty() {
        facts.push(format!("one of {}", choices(param)));
    }
    if let Some(pattern) = &param.pattern {
        facts.push(format!("matches {pattern}"));
    }
    if let Some(env) = &param.env {
        facts.push(format!("from the environment variable {env}"));
    }
    let help = param.help.iter().map(|help| format!("    {help}"));
    std::iter::once(format!("{}  {}", param.name, facts.join("; "))).chain(help).collect()
}

fn calls(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.task.clone()).collect()
}

pub(crate) fn rules(task: &Task) -> Vec<String> {
    let mut rules = Vec::new();
    if !task.aliases.is_empty() {
        rules.push(format!("also called {}", task.aliases.join(", ")));
    }
    if task.private {
        rules.push("private: only other tasks call it".to_owned());
    }
    if !task.when.is_empty() {
        let names: Vec<String> = task.when.iter().map(|condition| condition.name.to_string()).collect();
        rules.push(format!("runs only when {} is as it asks", names.join(" and ")));
    }
    if !task.matrix.is_empty() {
        let axes: Vec<&str> = task.matrix.iter().map(|(axis, _)| axis.as_str()).collect();
        let order = if task.serial { ", one after the other" } else { "" };
        rules.push(format!("runs once for each {}{order}", axes.join(" × ")));
    }
    if let Some(confirm) = &task.confirm {
        rules.push(format!("asks for the word `{confirm}`"));
    }
    if task.interactive {
        rules.push("gets the terminal".to_owned());
    }
    if task.service.is_some() {
        rules.push("lives on: `infra ps` lists it, `infra stop` stops it".to_owned());
    }
    if let Some(timeout) = task.timeout {
        rules.push(format!("has {} for an attempt", duration_text(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX))));
    }
    if task.retries.attempts > 1 {
        rules.push(format!("has {} attempts", task.retries.attempts));
    }
    if !task.locks.is_empty() {
        rules.push(format!("never runs beside another that locks {}", task.locks.join(" or ")));
    }
    rules
}

fn grants(task: &Task) -> Vec<String> {
    let mut lines = grant_lines(&task.allow);
    let confined = if task.confine { "" } else { ", without confinement" };
    match &task.work {
        Work::Run(_) => lines.push(format!("its own program with exactly these arguments{confined}")),
        Work::Shell(_) => lines.push(format!("its own script{confined}")),
        Work::Nothing | Work::Steps(_) => {}
        Work::Uses { .. } if lines.is_empty() => lines.push("none: it can compute and log".to_owned()),
        Work::Uses { .. } => {}
    }
    lines
}

fn examples(infrafile: &Infrafile, task: &Task) -> Vec<String> {
    let needed: String = task.params.iter().filter(|param| param.default.is_none()).map(example).collect();
    let mut lines = vec![format!("infra run {}{needed}", task.name)];
    let own = task.params.iter().filter(|param| param.default.is_some());
    if let Some(param) = own.chain(&infrafile.params).find(|param| other_choice(param).is_some()) {
        lines.push(format!("infra run {}{needed}{}", task.name, example(param)));
    }
    lines.push(format!("infra plan {}{needed}", task.name));
    lines
}

/// ` PROFILE=aws`
fn example(param: &Param) -> String {
    let text = other_choice(param).or_else(|| param.choices.first()).map_or_else(|| "…".to_owned(), plain);
    format!(" {}={text}", param.name)
}

/// A choice that is not what is taken anyway.
fn other_choice(param: &Param) -> Option<&serde_json::Value> {
    let default = param.default.as_ref()?;
    param.choices.iter().find(|choice| *choice != default && !default.as_array().is_some_and(|list| list.contains(choice)))
}
