use super::{block_on, print};
use crate::Global;
use crate::build_crates::build_crate;
use crate::directories::Directories;
use crate::error::{SessionError, end};
use crate::{project, rooms};
use infra_components::{Source, parse};
use infra_event::{ExitCode, TaskError};
use infra_infrafile::Work;
use std::collections::BTreeSet;

/// Builds the named crates, or all that the Infrafile uses.
#[must_use]
pub fn build(global: &Global, tasks: &[String]) -> ExitCode {
    end(global, block_on(build_all(global, tasks)))
}

async fn build_all(global: &Global, tasks: &[String]) -> Result<ExitCode, SessionError> {
    let infrafile = project::load(global, vec![])?;
    let host = rooms::open(&infrafile, &Directories::find()?, 1)?;
    let named =
        tasks.iter().map(|path| if path.starts_with('.') || path.starts_with('/') { path.clone() } else { format!("./{path}") });
    let used = infrafile.tasks.values().filter_map(|task| match &task.work {
        Work::Uses { component, .. } => Some(component.value.clone()),
        _ => None,
    });
    let uses: BTreeSet<String> = if tasks.is_empty() { used.collect() } else { named.collect() };
    let mut built = 0;
    for uses in uses {
        let source = parse(&uses, &infrafile.root).map_err(|error| SessionError::from(TaskError::from(error)))?;
        if let Source::Crate(directory) = source {
            let output = build_crate(&host, &directory).await?;
            print(&host.world().paths.shown(&output).unwrap_or_default());
            built += 1;
        }
    }
    if built == 0 {
        eprintln!("There is nothing to build: no task uses a crate of the project.");
    }
    Ok(ExitCode::Done)
}
