use crate::Limiter;
use infra_event::{ErrorCode, TaskError};
use wasmtime::{Trap, WasmBacktrace};

/// How many functions of the guest an error names.
const FRAMES: usize = 8;

/// What a guest's trap means.
pub(crate) fn explain(limiter: &Limiter, error: &wasmtime::Error) -> TaskError {
    let (code, message, hint) = classify(limiter, error);
    let frames: Vec<String> = error
        .downcast_ref::<WasmBacktrace>()
        .map(|trace| trace.frames().iter().filter_map(|frame| frame.func_name().map(str::to_owned)).take(FRAMES).collect())
        .unwrap_or_default();
    let failure = TaskError::new(code, message).hint(hint);
    if frames.is_empty() { failure } else { failure.details(serde_json::json!({ "backtrace": frames })) }
}

fn classify(limiter: &Limiter, error: &wasmtime::Error) -> (&'static str, String, &'static str) {
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
    let text = format!("{error:#}");
    if text.contains("fuel") || text.contains("too large") || text.contains("limit") {
        let message = format!(
            "the component passed more in one call than `limits.message` ({} MiB) allows",
            limiter.limits().message >> 20
        );
        return (ErrorCode::LIMIT, message, "pass less at once, or raise `limits.message`");
    }
    (ErrorCode::TRAP, format!("the component trapped: {text}"), "it is a defect of the task")
}
