use crate::stage::{BOTH, guest, plain, quiet, stage};
use infra_event::{ErrorCode, TaskError};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LOOP: &str = "(func (export \"run\") (loop br 0))";

#[track_caller]
fn assert_error(error: &TaskError, code: &str, part: &str) {
    assert_eq!(error.code, code, "{error:?}");
    assert!(error.message.contains(part), "{error:?} does not say {part:?}");
    assert!(code == ErrorCode::CANCELLED || error.hint.is_some(), "{error:?} has no hint");
}

#[tokio::test]
async fn an_endless_loop_runs_out_of_time() {
    for allocation in BOTH {
        let mut stage = stage(allocation);
        stage.time = Duration::from_millis(150);
        let start = Instant::now();
        assert_error(&stage.fails(&plain(LOOP)).await, ErrorCode::TIMEOUT, "within 0.15 s");
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn an_endless_loop_is_cancelled() {
    for allocation in BOTH {
        let stage = stage(allocation);
        let cancel = stage.cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            cancel.cancel();
        });
        let start = Instant::now();
        assert_error(&stage.fails(&plain(LOOP)).await, ErrorCode::CANCELLED, "cancelled");
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_step_that_is_cancelled_already_does_not_run_on() {
    let stage = stage(BOTH[0]);
    stage.cancel.cancel();
    assert_error(&stage.fails(&plain(LOOP)).await, ErrorCode::CANCELLED, "cancelled");
}

#[tokio::test]
async fn a_loop_while_it_is_instantiated_runs_out_of_time() {
    let mut stage = stage(BOTH[1]);
    stage.time = Duration::from_millis(100);
    let bytes = plain("(func $start (loop br 0)) (start $start) (func (export \"run\"))");
    assert_error(&stage.fails(&bytes).await, ErrorCode::TIMEOUT, "did not end");
}

#[tokio::test]
async fn time_limits_hold_again_and_again() {
    // The clock stops when nobody runs, and must start each time.
    let mut stage = stage(BOTH[1]);
    for _ in 0..30 {
        stage.time = Duration::from_millis(10);
        assert_error(&stage.fails(&plain(LOOP)).await, ErrorCode::TIMEOUT, "0.01 s");
        stage.time = Duration::from_secs(10);
        stage.run::<()>(&quiet()).await.unwrap();
    }
}

#[tokio::test]
async fn others_finish_while_a_guest_loops() {
    for allocation in BOTH {
        let mut stage = stage(allocation);
        stage.time = Duration::from_millis(400);
        let stage = Arc::new(stage);
        let looping = tokio::spawn({
            let stage = Arc::clone(&stage);
            async move { stage.fails(&plain(LOOP)).await }
        });
        tokio::task::yield_now().await;
        for _ in 0..5 {
            stage.run::<()>(&quiet()).await.unwrap();
        }
        assert!(!looping.is_finished());
        assert_error(&looping.await.unwrap(), ErrorCode::TIMEOUT, "did not end");
    }
}

#[tokio::test]
async fn a_memory_bomb_is_stopped() {
    for allocation in BOTH {
        let mut stage = stage(allocation);
        stage.limits.memory = 8 << 20;
        let bytes = plain("(memory 1) (func (export \"run\") (loop (drop (memory.grow (i32.const 16))) br 0))");
        assert_error(&stage.fails(&bytes).await, ErrorCode::LIMIT, "more than 8 MiB of memory (`limits.memory`)");
    }
}

#[tokio::test]
async fn a_memory_that_starts_too_large_is_refused() {
    for allocation in BOTH {
        let mut stage = stage(allocation);
        stage.limits.memory = 8 << 20;
        for pages in [129, 65_536] {
            let bytes = plain(&format!("(memory {pages}) (func (export \"run\"))"));
            assert_error(&stage.fails(&bytes).await, ErrorCode::LIMIT, "more than 8 MiB of memory");
        }
        stage.run::<()>(&plain("(memory 128) (func (export \"run\"))")).await.unwrap();
    }
}

#[tokio::test]
async fn many_memories_share_one_limit() {
    for allocation in BOTH {
        let mut stage = stage(allocation);
        stage.limits.memory = 8 << 20;
        // Each alone is allowed.
        let bytes = plain("(memory 64) (memory 32) (memory 64) (func (export \"run\"))");
        assert_error(&stage.fails(&bytes).await, ErrorCode::LIMIT, "more than 8 MiB of memory");
        stage.run::<()>(&plain("(memory 64) (memory 64) (func (export \"run\"))")).await.unwrap();
    }
}

#[tokio::test]
async fn a_memory_that_cannot_grow_is_not_counted() {
    let mut stage = stage(BOTH[0]);
    stage.limits.memory = 8 << 20;
    // Its own maximum stops it 1,000 times; then another memory takes what is left.
    let module = "(memory $small 1 2) (memory $other 1) (func (export \"run\") (local $i i32)
        (loop $again
            (if (i32.ne (memory.grow $small (i32.const 64)) (i32.const -1)) (then unreachable))
            (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
        (if (i32.eq (memory.grow $other (i32.const 64)) (i32.const -1)) (then unreachable)))";
    stage.run::<()>(&plain(module)).await.unwrap();
}

#[tokio::test]
async fn a_table_bomb_is_stopped() {
    for allocation in BOTH {
        let stage = stage(allocation);
        let bytes =
            plain("(table 1 funcref) (func (export \"run\") (loop (drop (table.grow (ref.null func) (i32.const 1000))) br 0))");
        assert_error(
            &stage.fails(&bytes).await,
            ErrorCode::LIMIT,
            "a table of more than 100000 elements (`limits.table-elements`)",
        );
    }
}

#[tokio::test]
async fn a_table_within_the_limit_is_had_from_a_pool_too() {
    for (allocation, part) in BOTH.into_iter().zip(["a table of more than 100000 elements", "too large to run"]) {
        let stage = stage(allocation);
        stage.run::<()>(&plain("(table 90000 funcref) (func (export \"run\"))")).await.unwrap();
        let error = stage.fails(&plain("(table 100001 funcref) (func (export \"run\"))")).await;
        assert_error(&error, ErrorCode::LIMIT, part);
    }
}

/// A component with this many core instances of an empty module.
fn instances(count: usize, module: &str) -> Vec<u8> {
    let mut text = format!("(component (core module $m {module} (func (export \"run\")))");
    for index in 0..count {
        let _ = write!(text, " (core instance $i{index} (instantiate $m))");
    }
    text.push_str(" (func (export \"run\") (canon lift (core func $i0 \"run\"))))");
    wat::parse_str(text).unwrap()
}

#[tokio::test]
async fn an_instance_bomb_is_refused() {
    for (allocation, part) in BOTH.into_iter().zip(["instances, memories or tables", "too large to run"]) {
        let stage = stage(allocation);
        for module in ["", "(memory 0)", "(table 0 funcref)"] {
            assert_error(&stage.fails(&instances(1_000, module)).await, ErrorCode::LIMIT, part);
        }
        stage.run::<()>(&instances(16, "(memory 0)")).await.unwrap();
    }
}

#[tokio::test]
async fn a_limit_of_instances_holds() {
    for allocation in BOTH {
        let mut stage = stage(allocation);
        stage.limits.instances = 3;
        stage.run::<()>(&instances(3, "")).await.unwrap();
        assert_error(&stage.fails(&instances(4, "")).await, ErrorCode::LIMIT, "`limits.instances`");
        let memories = plain("(memory 0) (memory 0) (memory 0) (memory 0) (func (export \"run\"))");
        assert_error(&stage.fails(&memories).await, ErrorCode::LIMIT, "`limits.instances`");
    }
}

fn calling(count: u32) -> Vec<u8> {
    wat::parse_str(format!(
        "(component
            (import \"tick\" (func $tick))
            (core func $tick (canon lower (func $tick)))
            (core module $m (import \"\" \"tick\" (func $tick)) (func (export \"run\") (local $i i32)
                (loop $again
                    (call $tick)
                    (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {count}))))))
            (core instance $i (instantiate $m (with \"\" (instance (export \"tick\" (func $tick))))))
            (func (export \"run\") (canon lift (core func $i \"run\"))))"
    ))
    .unwrap()
}

#[tokio::test]
async fn a_million_host_calls_are_counted() {
    let mut stage = stage(BOTH[1]);
    stage.run::<()>(&calling(1_000_000)).await.unwrap();
    stage.limits.host_calls = 999_999;
    let error = stage.fails(&calling(1_000_000)).await;
    assert_error(&error, ErrorCode::LIMIT, "more than 999999 calls of host functions (`limits.host-calls`)");
}

#[tokio::test]
async fn a_recursion_without_an_end_is_stopped() {
    for allocation in BOTH {
        let stage = stage(allocation);
        let bytes = plain("(func $down (export \"run\") (call $down))");
        assert_error(&stage.fails(&bytes).await, ErrorCode::LIMIT, "nested too deeply");
    }
}

/// Returns a string of this length.
fn returning(length: u32) -> Vec<u8> {
    let pages = (length >> 16) + 2;
    let module = format!(
        "(memory (export \"memory\") {pages}) (func (export \"run\") (result i32)
            (i32.store (i32.const 0) (i32.const 8)) (i32.store (i32.const 4) (i32.const {length})) (i32.const 0))"
    );
    guest(&module, "(result string) (canon lift (core func $i \"run\") (memory (core memory $i \"memory\")))")
}

#[tokio::test]
async fn a_huge_return_is_refused() {
    for allocation in BOTH {
        let mut stage = stage(allocation);
        stage.limits.message = 1 << 20;
        let (text,) = stage.run::<(String,)>(&returning(1 << 20)).await.unwrap();
        assert_eq!(text.len(), 1 << 20);
        let error = stage.run::<(String,)>(&returning((1 << 20) + 1)).await.unwrap_err();
        assert_error(&error, ErrorCode::LIMIT, "more in one call than `limits.message` (1 MiB) allows");
    }
}

#[tokio::test]
async fn a_return_that_is_not_there_is_a_trap() {
    let module = "(memory (export \"memory\") 1) (func (export \"run\") (result i32)
        (i32.store (i32.const 0) (i32.const 65000)) (i32.store (i32.const 4) (i32.const 10000)) (i32.const 0))";
    let bytes = guest(module, "(result string) (canon lift (core func $i \"run\") (memory (core memory $i \"memory\")))");
    let error = stage(BOTH[0]).run::<(String,)>(&bytes).await.unwrap_err();
    assert_error(&error, ErrorCode::TRAP, "out of bounds");
}

#[tokio::test]
async fn a_return_that_is_no_text_is_a_trap() {
    let module = "(memory (export \"memory\") 1) (data (i32.const 8) \"\\ff\\fe\") (func (export \"run\") (result i32)
        (i32.store (i32.const 0) (i32.const 8)) (i32.store (i32.const 4) (i32.const 2)) (i32.const 0))";
    let bytes = guest(module, "(result string) (canon lift (core func $i \"run\") (memory (core memory $i \"memory\")))");
    let error = stage(BOTH[0]).run::<(String,)>(&bytes).await.unwrap_err();
    assert_error(&error, ErrorCode::TRAP, "utf-8");
}

#[tokio::test]
async fn traps_are_told_apart() {
    let stage = stage(BOTH[1]);
    for (body, part) in [
        ("unreachable", "it panicked or aborted"),
        ("(drop (i32.load (i32.const 70000)))", "it reached outside its memory"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "divide by zero"),
        ("(call_indirect (i32.const 0))", "uninitialized element"),
    ] {
        let bytes = plain(&format!("(memory 1) (table 1 funcref) (func $culprit (export \"run\") {body})"));
        let error = stage.fails(&bytes).await;
        assert_error(&error, ErrorCode::TRAP, part);
        let frames = error.details.unwrap()["backtrace"].clone();
        assert_eq!(frames, serde_json::json!(["culprit"]), "{body}");
    }
}

#[tokio::test]
async fn a_guest_whose_own_words_name_a_limit_still_traps() {
    // The function's name is in the error's text.
    let bytes = plain("(memory 1) (func $limit_fuel_too_large (export \"run\") (drop (i32.load (i32.const 70000))))");
    assert_error(&stage(BOTH[0]).fails(&bytes).await, ErrorCode::TRAP, "outside its memory");
}

#[tokio::test]
async fn a_component_that_imports_what_is_not_there_says_so() {
    let bytes = wat::parse_str(
        "(component (import \"too:large/limit-of-fuel\" (instance $x (export \"f\" (func))))
            (core func $f (canon lower (func $x \"f\")))
            (core module $m (import \"\" \"f\" (func $f)) (func (export \"run\") (call $f)))
            (core instance $i (instantiate $m (with \"\" (instance (export \"f\" (func $f))))))
            (func (export \"run\") (canon lift (core func $i \"run\"))))",
    );
    assert_error(&stage(BOTH[0]).fails(&bytes.unwrap()).await, ErrorCode::COMPONENT, "too:large/limit-of-fuel");
}

#[tokio::test]
async fn a_pool_that_is_empty_is_not_the_guests_fault() {
    let stage = stage(BOTH[1]);
    let mut held = Vec::new();
    for _ in 0..64 {
        held.push(stage.hold(&instances(4, "(table 1 funcref)")).await.unwrap());
    }
    let error = stage.fails(&quiet()).await;
    assert_error(&error, ErrorCode::UNAVAILABLE, "at once");
    assert!(error.retryable);
    held.pop();
    stage.run::<()>(&quiet()).await.unwrap();
}

#[tokio::test]
async fn a_handle_bomb_is_stopped() {
    let bytes = wat::parse_str(
        "(component
            (type $r (resource (rep i32)))
            (core func $new (canon resource.new $r))
            (core module $m (import \"\" \"new\" (func $new (param i32) (result i32)))
                (func (export \"run\") (loop (drop (call $new (i32.const 1))) br 0)))
            (core instance $i (instantiate $m (with \"\" (instance (export \"new\" (func $new))))))
            (func (export \"run\") (canon lift (core func $i \"run\"))))",
    );
    assert_error(&stage(BOTH[1]).fails(&bytes.unwrap()).await, ErrorCode::LIMIT, "too many handles");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_outlives_all_of_them() {
    let mut stage = stage(BOTH[1]);
    stage.limits.memory = 4 << 20;
    stage.time = Duration::from_millis(300);
    let stage = Arc::new(stage);
    let hostile = || {
        [
            plain(LOOP),
            plain("(memory 1) (func (export \"run\") (loop (drop (memory.grow (i32.const 1))) br 0))"),
            plain("(func $down (export \"run\") (call $down))"),
            plain("(func (export \"run\") unreachable)"),
            calling(u32::MAX),
        ]
    };
    let mut running = Vec::new();
    for bytes in (0..8).flat_map(|_| hostile()) {
        let stage = Arc::clone(&stage);
        running.push(tokio::spawn(async move { stage.fails(&bytes).await }));
    }
    for guest in running {
        let error = guest.await.unwrap();
        let codes = [ErrorCode::TIMEOUT, ErrorCode::LIMIT, ErrorCode::TRAP];
        assert!(codes.contains(&error.code.as_str()), "{error:?}");
        stage.run::<()>(&quiet()).await.unwrap();
    }
}
