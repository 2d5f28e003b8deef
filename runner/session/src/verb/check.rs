use super::print;
use crate::Global;
use crate::OutputMode;
use crate::error::{SessionError, end};
use crate::project::request;
use crate::status;
use crate::write_file::replace;
use infra_event::ExitCode;
use infra_infrafile::{Fix, Infrafile, Lint, Origin, ParamKind, ParamValue, Sources, fixed, lints, masked};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// `infra check`
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckRequest {
    /// Take away what is hardly meant and changes nothing.
    pub fix: bool,
    /// Fail where there are warnings.
    pub strict: bool,
}

/// Finds every error in the Infrafile, with each profile, and what is hardly meant.
#[must_use]
pub fn check(global: &Global, asked: &CheckRequest) -> ExitCode {
    end(global, checked(global, asked))
}

fn checked(global: &Global, asked: &CheckRequest) -> Result<ExitCode, SessionError> {
    let mut infrafiles = read(global)?;
    let mut found = lints(&infrafiles);
    let fixes: Vec<Fix> = found.iter().filter(|_| asked.fix).filter_map(|lint| lint.fix.clone()).collect();
    if !fixes.is_empty() {
        fix(global, &infrafiles, &fixes)?;
        infrafiles = read(global)?;
        found = lints(&infrafiles);
    }
    let Some(infrafile) = infrafiles.first() else { return Ok(ExitCode::Done) };
    tell(global, &found, &infrafile.sources);
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let mut text = format!("{}: {}", infrafile.project, count(infrafile.tasks.len(), "task"));
    let _ = write!(text, ", {}, no errors", count(infrafile.profiles.len(), "profile"));
    if !found.is_empty() {
        let _ = write!(text, ", {}", count(found.len(), "warning"));
    }
    print(&text);
    let fixable = found.iter().filter(|lint| lint.fix.is_some()).count();
    if fixable > 0 && global.output != OutputMode::Json {
        eprintln!("`infra check --fix` takes {fixable} of them away.");
    }
    Ok(if asked.strict && !found.is_empty() { ExitCode::Failed } else { ExitCode::Done })
}

/// The Infrafile with each of its profiles, where nothing is wrong in it.
fn read(global: &Global) -> Result<Vec<Infrafile>, SessionError> {
    let mut infrafiles = infra_infrafile::check(&request(global, vec![])?)?;
    for infrafile in &mut infrafiles {
        stand_in(infrafile);
        let infrafile = &*infrafile;
        let names: Vec<String> = infrafile.tasks.values().filter(|task| !task.private).map(|task| task.name.clone()).collect();
        // A task whose own parameters have no default can only be planned with them.
        for name in names {
            let needs_values = infrafile.task(&name).is_some_and(|task| task.params.iter().any(|param| param.default.is_none()));
            if !needs_values {
                let plan = infra_plan::build(infrafile, std::slice::from_ref(&name))?;
                crate::components::sources(infrafile, &plan)?;
            }
        }
    }
    Ok(infrafiles)
}

/// Takes away what the fixes name. Where the file would be wrong without it, nothing is written.
fn fix(global: &Global, infrafiles: &[Infrafile], fixes: &[Fix]) -> Result<(), SessionError> {
    let Some(infrafile) = infrafiles.first() else { return Ok(()) };
    let files = fixed(infrafile, fixes)?;
    let mut written = Vec::new();
    for source in &files {
        let path = infrafile.root.join(&source.path);
        let before = infrafile.sources.0.iter().find(|one| one.path == source.path).map(|one| one.text.as_str());
        replace(&path, &source.text)?;
        written.push((path, before.unwrap_or_default()));
    }
    if let Err(wrong) = read(global) {
        for (path, before) in written {
            replace(&path, before)?;
        }
        return Err(wrong);
    }
    let count = fixes.len();
    status::say(global, format!("Fixed {count} {}.", if count == 1 { "warning" } else { "warnings" }));
    Ok(())
}

fn tell(global: &Global, found: &[Lint], sources: &Sources) {
    let (color, masked) = (global.status_style().color, masked(sources, found));
    for lint in found {
        if global.output == OutputMode::Json {
            status::warn(global, in_one_line(lint, sources));
        } else {
            eprintln!("{}\n", lint.render(&masked, color));
        }
    }
}

/// `Infrafile.toml:12: no task uses the parameter `X` (unused-param)`
fn in_one_line(lint: &Lint, sources: &Sources) -> String {
    let place = lint.diagnostic.labels.first().and_then(|(at, _)| {
        let source = sources.0.get(at.file)?;
        let line = source.text.get(..at.span.start)?.matches('\n').count() + 1;
        Some(format!("{}:{line}: ", source.path.display()))
    });
    format!("{}{} ({})", place.unwrap_or_default(), lint.diagnostic.message, lint.name)
}

/// Gives parameters that nothing gives a value one that stands for any, so that what uses them can be planned.
fn stand_in(infrafile: &mut Infrafile) {
    for param in infrafile.params.iter().filter(|param| !infrafile.values.contains_key(&param.name)).cloned().collect::<Vec<_>>()
    {
        let one = param.choices.first().cloned();
        let value = match param.kind {
            ParamKind::String => one.unwrap_or_else(|| Json::from(param.name.to_lowercase())),
            ParamKind::Integer => one.unwrap_or_else(|| json!(1)),
            ParamKind::Boolean => json!(false),
            ParamKind::List => one.into_iter().collect(),
        };
        infrafile.values.insert(param.name, ParamValue { value, origin: Origin::Default });
    }
}
