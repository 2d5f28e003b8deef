use crate::grants::{NamedGrants, allow};
use crate::names::{Declared, Names};
use crate::node::Table;
use crate::problems::Problems;
use crate::{
    Location, Task, Template, call_reading, limits, matrix, param_declaration, retries, service, up_to_date, when, work,
};

const KEYS: [&str; 31] = [
    "help",
    "group",
    "aliases",
    "private",
    "params",
    "uses",
    "with",
    "run",
    "sh",
    "steps",
    "needs",
    "finally",
    "when",
    "matrix",
    "serial",
    "env",
    "dir",
    "allow",
    "confine",
    "locks",
    "retries",
    "timeout",
    "limits",
    "confirm",
    "preconditions",
    "interactive",
    "inputs",
    "outputs",
    "cache",
    "service",
    "skip",
];

/// What the keys of a task are read with.
pub(crate) struct Reader<'a> {
    /// The table of the task.
    pub table: &'a Table,
    pub name: &'a str,
    /// Where its name is written.
    pub at: &'a Location,
    /// The namespace of its file.
    pub namespace: Option<&'a str>,
    pub names: &'a Names,
    pub problems: &'a mut Problems,
}

/// Types a task. `None` only where it is no table.
pub(crate) fn task(
    declared: &Declared,
    namespace: Option<&str>,
    names: &Names,
    grants: &NamedGrants,
    problems: &mut Problems,
) -> Option<Task> {
    let table = declared.entry.node.table()?;
    let at = &declared.entry.key_at;
    problems.unknown_keys(table, &KEYS, &format!("the task `{}`", declared.name));
    let allow = allow(table, grants, problems);
    let mut reader = Reader { table, name: &declared.name, at, namespace, names, problems };
    let work = work::work(&mut reader);
    let needs = call_reading::calls(&mut reader, "needs");
    let finally = call_reading::calls(&mut reader, "finally");
    let when = when::conditions(&mut reader);
    let matrix = matrix::axes(&mut reader);
    let preconditions = service::preconditions(&mut reader);
    let service = service::service(&mut reader);
    let up_to_date = up_to_date::up_to_date(&mut reader);
    let aliases = problems.array(table, "aliases", "texts").iter().filter_map(|node| node.text()).map(|alias| match namespace {
        Some(namespace) => format!("{namespace}:{alias}"),
        None => alias.to_owned(),
    });
    Some(Task {
        name: declared.name.clone(),
        at: at.clone(),
        help: problems.text(table, "help"),
        group: problems.text(table, "group"),
        aliases: aliases.collect(),
        private: problems.boolean(table, "private").unwrap_or(false),
        params: problems.table(table, "params").map(|inner| param_declaration::params(inner, problems)).unwrap_or_default(),
        work,
        needs,
        finally,
        when,
        serial: serial(table, problems),
        matrix,
        env: env(table, problems),
        dir: text_template(table, "dir", problems),
        allow,
        confine: problems.boolean(table, "confine").unwrap_or(true),
        locks: problems.texts(table, "locks"),
        retries: retries::retries(table, problems),
        timeout: timeout(table, problems),
        limits: limits::limits(table, problems),
        confirm: problems.text(table, "confirm"),
        preconditions,
        interactive: problems.boolean(table, "interactive").unwrap_or(false),
        service,
        up_to_date,
        skip: problems.text(table, "skip"),
    })
}

fn env(table: &Table, problems: &mut Problems) -> Vec<(String, Template)> {
    let Some(inner) = problems.table(table, "env") else { return vec![] };
    for entry in &inner.0 {
        if entry.key.is_empty() || entry.key.contains(['=', '\0']) {
            let message = format!("`{}` cannot be the name of an environment variable", entry.key.escape_debug());
            problems.at(&entry.key_at, message, "without `=`");
        }
        if entry.node.table().is_some() || entry.node.array().is_some() {
            problems.wrong_kind(&entry.node, &entry.key, "a text");
        }
    }
    inner.templates(problems)
}

/// Whether the rows of the matrix go one after the other.
fn serial(table: &Table, problems: &mut Problems) -> bool {
    let serial = problems.boolean(table, "serial").unwrap_or(false);
    if let (true, None, Some(entry)) = (serial, table.get("matrix"), table.entry("serial")) {
        problems.at(&entry.key_at, "`serial` says how the rows of a `matrix` go, and there is none", "without a matrix");
    }
    serial
}

/// A text with references.
pub(crate) fn text_template(table: &Table, key: &str, problems: &mut Problems) -> Option<Template> {
    let node = table.get(key)?;
    problems.text_of(node, key)?;
    Some(node.template(problems))
}

fn timeout(table: &Table, problems: &mut Problems) -> Option<std::time::Duration> {
    let timeout = problems.duration(table, "timeout")?;
    if timeout.is_zero() {
        problems.at(&table.get("timeout")?.at, "`timeout` must be longer than nothing", "no time at all");
    }
    Some(timeout)
}
