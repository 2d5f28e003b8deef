use crate::{Limiter, LoadError};
use infra_event::{ErrorCode, TaskError};
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

/// How many functions of the guest an error names.
const FRAMES: usize = 8;

/// What a guest's trap means.
pub(crate) fn explain(limiter: &Limiter, error: &wasmtime::Error) -> TaskError {
    let text = error.to_string();
    if text.starts_with("component imports ") {
        return LoadError::Import(text).into();
    }
    let (code, message, hint) = classify(limiter, error);
    let frames: Vec<String> = error
        .downcast_ref::<WasmBacktrace>()
        .map(|trace| trace.frames().iter().filter_map(|frame| frame.func_name().map(str::to_owned)).take(FRAMES).collect())
        .unwrap_or_default();
    let mut failure = TaskError::new(code, message).hint(hint);
    failure.retryable = code == ErrorCode::UNAVAILABLE;
    if frames.is_empty() { failure } else { failure.details(serde_json::json!({ "backtrace": frames })) }
}

type Explanation = (&'static str, String, &'static str);

fn classify(limiter: &Limiter, error: &wasmtime::Error) -> Explanation {
    if let Some(hit) = limiter.hit() {
        return (
            ErrorCode::LIMIT,
            format!("the component used {hit}"),
            "raise the limit in the task's `limits`, if it needs that much",
        );
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        let (what, hint) = match trap {
            Trap::StackOverflow => ("its calls are nested too deeply", "look for a recursion without an end"),
            Trap::UnreachableCodeReached => ("it panicked or aborted", "the task's log says why; it is a defect of the task"),
            Trap::MemoryOutOfBounds | Trap::TableOutOfBounds => ("it reached outside its memory", "it is a defect of the task"),
            _ => return (ErrorCode::TRAP, format!("the component trapped: {trap}"), "it is a defect of the task"),
        };
        let code = if *trap == Trap::StackOverflow { ErrorCode::LIMIT } else { ErrorCode::TRAP };
        return (code, format!("the component trapped: {what}"), hint);
    }
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        let message = "more components run at once than the engine holds".to_owned();
        return (ErrorCode::UNAVAILABLE, message, "run fewer tasks at once with `-j`");
    }
    told_by_text(limiter, &error.root_cause().to_string())
        .unwrap_or_else(|| (ErrorCode::TRAP, format!("the component trapped: {error:#}"), "it is a defect of the task"))
}

/// Limits of the engine that have no type of their own. The sentences begin with words of the engine, so no guest can say them.
fn told_by_text(limiter: &Limiter, text: &str) -> Option<Explanation> {
    let limits = limiter.limits();
    let (message, hint) = if text.starts_with("too much data is being copied between the host and the guest") {
        (
            format!("the component passed more in one call than `limits.message` ({} MiB) allows", limits.message >> 20),
            "pass less at once, or raise `limits.message`",
        )
    } else if text.starts_with("resource limit exceeded: ") {
        (
            format!("the component has more than {} instances, memories or tables (`limits.instances`)", limits.instances),
            "raise the limit in the task's `limits`, if it needs that many",
        )
    } else if text.starts_with("cannot allocate another handle: ") {
        ("the component holds too many handles of resources at once".to_owned(), "drop what is not needed any more")
    } else {
        return None;
    };
    Some((ErrorCode::LIMIT, message, hint))
}
