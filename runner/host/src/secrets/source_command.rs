use super::Exchanger;
use super::fetch::LARGEST;
use crate::State;
use crate::bindings::infra::task::process::{Command, Destination};
use futures_util::future::BoxFuture;
use infra_effect::{Grants, ProcessGrant};
use infra_event::{ErrorCode, Event, Invocation, TaskError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How much of what a failed program wrote is told.
const LAST_LINES: usize = 5;

/// What a program writes to its standard output. It passes the gate with its own grant, and gets nothing of the task's.
pub(super) fn run(exchanger: Exchanger, argv: Vec<String>, grant: ProcessGrant) -> BoxFuture<'static, Result<String, TaskError>> {
    Box::pin(async move {
        let Exchanger { world, gate, invocation, .. } = exchanger;
        let Some((program, args)) = argv.split_first() else {
            return Err(TaskError::new(ErrorCode::INVALID, "it names no program"));
        };
        let grants = Arc::new(world.at_home(&Grants { process: vec![grant], ..Grants::default() }));
        let step = Arc::clone(&gate);
        let events = Arc::new(move |event: Event| step.emit(event));
        let own = gate.gate().step(gate.step(), grants, events);
        let invocation = Invocation { env: BTreeMap::new(), dir: ".".to_owned(), interactive: false, ..(*invocation).clone() };
        let command = Command {
            program: program.clone(),
            args: args.to_vec(),
            env: vec![],
            dir: None,
            stdout: Destination::Task,
            stderr: Destination::Task,
            input: false,
            interactive: false,
            options: None,
        };
        let completed = State::new(world, Arc::clone(&own), Arc::new(invocation)).complete(command).await;
        own.settle().await;
        let completed = completed?;
        if completed.status.code != Some(0) {
            let how = match (completed.status.code, completed.status.signal) {
                (Some(code), _) => format!("ended with exit code {code}"),
                (None, signal) => format!("was ended by signal {}", signal.unwrap_or_default()),
            };
            let said = String::from_utf8_lossy(&completed.stderr);
            let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
            let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("; ");
            let said = if last.is_empty() { String::new() } else { format!(": {last}") };
            return Err(TaskError::new(ErrorCode::FAILED, format!("`{program}` {how}{said}"))
                .hint(format!("try it by itself: `{}`", argv.join(" "))));
        }
        if completed.truncated || completed.stdout.len() > LARGEST {
            return Err(TaskError::new(ErrorCode::INVALID, format!("`{program}` writes more than 1 MiB")));
        }
        String::from_utf8(completed.stdout)
            .map_err(|_| TaskError::new(ErrorCode::INVALID, format!("what `{program}` writes is not UTF-8 text")))
    })
}
