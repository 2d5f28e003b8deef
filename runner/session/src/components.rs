use crate::compiling::Compiling;
use crate::error::SessionError;
use crate::{Global, OutputMode};
use infra_components::{Source, find, parse};
use infra_event::TaskError;
use infra_infrafile::{Diagnostic, Diagnostics, Infrafile};
use infra_plan::{Plan, Work};
use infra_sandbox::{Component, LoadError, Sandbox};
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;

/// The components of a plan, by what `uses` says.
pub(crate) type Components = BTreeMap<String, Component>;

/// What each `uses` of the plan names. All errors at once.
pub(crate) fn sources(infrafile: &Infrafile, plan: &Plan) -> Result<BTreeMap<String, Source>, SessionError> {
    let mut found = BTreeMap::new();
    let mut wrong = Vec::new();
    for step in plan.steps.iter().filter(|step| step.skip.is_none()) {
        let Work::Component { uses, .. } = &step.work else { continue };
        if found.contains_key(&uses.value) {
            continue;
        }
        match parse(&uses.value, &infrafile.root) {
            Ok(source) => {
                found.insert(uses.value.clone(), source);
            }
            Err(error) => {
                let diagnostic = Diagnostic::at(&uses.at, error.to_string(), "used here").help(error.hint());
                if !wrong.contains(&diagnostic) {
                    wrong.push(diagnostic);
                }
            }
        }
    }
    if wrong.is_empty() {
        Ok(found)
    } else {
        Err(Diagnostics { all: wrong, sources: infrafile.sources.clone(), usage: false }.into())
    }
}

/// Loads components, each on a thread of its own where there are several: compiling is work for the processor.
pub(crate) async fn load(
    global: &Global,
    sandbox: &Arc<Sandbox>,
    sources: &BTreeMap<String, Source>,
) -> Result<Components, SessionError> {
    if let (1, Some((uses, source))) = (sources.len(), sources.first_key_value()) {
        return Ok(Components::from([(uses.clone(), load_one(Some(global), sandbox, source, uses)?)]));
    }
    let mut loading = Vec::new();
    for (uses, source) in sources {
        let (global, sandbox, source, name) = (global.clone(), Arc::clone(sandbox), source.clone(), uses.clone());
        let load = move || load_one(Some(&global), &sandbox, &source, &name);
        loading.push((uses.clone(), tokio::task::spawn_blocking(load)));
    }
    let mut components = BTreeMap::new();
    for (uses, task) in loading {
        let component =
            task.await.map_err(|error| SessionError::input_output(format!("`{uses}` cannot be loaded: {error}")))??;
        components.insert(uses, component);
    }
    Ok(components)
}

/// Loads one. Where someone looks on, they are told what takes long.
pub(crate) fn load_one(global: Option<&Global>, sandbox: &Sandbox, source: &Source, uses: &str) -> Result<Component, TaskError> {
    let found = find(source).map_err(TaskError::from)?;
    // A log has no use for it.
    let watched = || std::io::stderr().is_terminal() && !infra_report::in_ci();
    let global = global.filter(|global| global.output == OutputMode::Auto && watched());
    let mut compiling = None;
    let loaded = sandbox.load(found.digest, || {
        compiling = global.map(|global| Compiling::start(global, uses));
        found.bytes().map(std::borrow::Cow::into_owned).map_err(|error| LoadError::Invalid(error.to_string()))
    });
    drop(compiling);
    loaded.map_err(|error| {
        let error = TaskError::from(error);
        TaskError { message: format!("`{uses}` cannot be used: {}", error.message), ..error }
    })
}
