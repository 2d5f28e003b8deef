use crate::node::Value;
use crate::task_reading::Reader;
use crate::{Diagnostic, Template, UpToDate};

const KEYS: [&str; 3] = ["inputs", "outputs", "cache"];

/// `inputs`, `outputs` and `cache`.
pub(crate) fn up_to_date(reader: &mut Reader<'_>) -> Option<UpToDate> {
    let first = KEYS.iter().filter_map(|key| reader.table.entry(key)).min_by_key(|entry| entry.key_at.span.start)?;
    let inputs = patterns(reader, "inputs", input_problem);
    let cache = reader.problems.boolean(reader.table, "cache").unwrap_or(false);
    let outputs = patterns(reader, "outputs", if cache { cached_output_problem } else { output_problem });
    check_task(reader, cache);
    let at = first.key_at.clone();
    (reader.table.get("inputs").is_some() || reader.table.get("outputs").is_some()).then_some(UpToDate {
        inputs,
        outputs,
        cache,
        at,
    })
}

/// What is wrong with a pattern of `inputs`.
#[must_use]
pub fn input_problem(pattern: &str) -> Option<&'static str> {
    if pattern.is_empty() {
        return Some("it is empty");
    }
    if pattern.contains('\0') {
        return Some("it holds a zero byte");
    }
    pattern.split('/').any(|segment| segment == "..").then_some("it holds `..`")
}

/// What is wrong with a pattern of `outputs`.
#[must_use]
pub fn output_problem(pattern: &str) -> Option<&'static str> {
    input_problem(pattern).or_else(|| pattern.starts_with(['/', '~']).then_some("outputs lie in the project"))
}

/// What is wrong with a pattern of `outputs` of a cached task, whose outputs are removed and replaced.
#[must_use]
pub fn cached_output_problem(pattern: &str) -> Option<&'static str> {
    output_problem(pattern).or_else(|| {
        let first = pattern.split('/').find(|segment| !segment.is_empty() && *segment != ".");
        let whole = first.is_none_or(|segment| segment.contains('*'));
        whole.then_some("with `cache` an output starts with a name, for what it matches is replaced")
    })
}

fn patterns(reader: &mut Reader<'_>, key: &str, problem: fn(&str) -> Option<&'static str>) -> Vec<Template> {
    let mut all = Vec::new();
    for node in reader.problems.array(reader.table, key, "texts: patterns of paths") {
        let Some(text) = reader.problems.text_of(node, key) else { continue };
        // What a reference stands for is checked when it is known.
        let known = text.split("${").next().unwrap_or_default();
        let wrong = if known.len() == text.len() { problem(&text) } else { None };
        if let Some(wrong) = wrong {
            let message = format!("the pattern `{}` of `{key}` is wrong: {wrong}", text.escape_debug());
            let wrong = Diagnostic::at(&node.at, message, "not a pattern here");
            reader.problems.push(wrong.help("write paths relative to the project: `src/**`, `build/*.css`"));
        }
        all.push(node.template(reader.problems));
    }
    all
}

/// What a task that is not always run cannot be.
fn check_task(reader: &mut Reader<'_>, cache: bool) {
    let table = reader.table;
    for entry in KEYS.iter().filter_map(|key| table.entry(key)) {
        if !["uses", "run", "sh"].iter().any(|key| table.get(key).is_some()) {
            let message = format!("`{}` goes only with `uses`, `run` and `sh`", entry.key);
            let problem = Diagnostic::at(&entry.key_at, message, "this task only calls others");
            reader.problems.push(problem.help("put it into the tasks that do the work"));
        }
        if let Some(service) = table.entry("service").filter(|service| !matches!(service.node.value, Value::Boolean(false))) {
            let message = format!("`{}` does not go with `service`", entry.key);
            let mut problem = Diagnostic::at(&entry.key_at, message, "a service is never up to date: it lives");
            problem.labels.push((service.key_at.clone(), "a service".into()));
            reader.problems.push(problem);
        }
    }
    let Some(entry) = table.entry("cache").filter(|_| cache) else { return };
    if table.get("inputs").is_none() && table.get("outputs").is_none() {
        let problem = Diagnostic::at(&entry.key_at, "`cache` needs `inputs` or `outputs`", "nothing says what to look at");
        reader.problems.push(problem.help("a task that reads no file says `inputs = []`"));
    }
    let contrary = [
        ("interactive", true, "what a person types is in no input"),
        ("confine", false, "a program without confinement may read and write anything"),
    ];
    for (key, value, label) in contrary {
        if let Some(other) = table.entry(key).filter(|other| matches!(other.node.value, Value::Boolean(said) if said == value)) {
            let mut problem = Diagnostic::at(&entry.key_at, format!("`cache` does not go with `{key} = {value}`"), label);
            problem.labels.push((other.key_at.clone(), "said here".into()));
            reader.problems.push(problem);
        }
    }
}
