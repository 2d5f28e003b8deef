//! A task says what it needs without reaching anything.

use crate::guest::{Text, answer, load, scripted};
use crate::world::world;
use infra_effect::Grants;
use infra_event::{ErrorCode, TaskError};
use infra_sandbox::Component;
use serde_json::{Value, json};

async fn required(component: &Component, args: Value) -> Result<Grants, TaskError> {
    let world = world("");
    world.host.requires(component, world.invocation(args)).await
}

/// Imports one function of the contract; `requires` and `run` call it as `$call`.
const PLANNING: Text = Text {
    imports: r#"(import "infra:task/context@0.1.0" (instance $context (export "planning" (func (result bool)))))
        (core func $lowered (canon lower (func $context "planning")))
        (core instance $given (export "call" (func $lowered)))"#,
    with: r#"(with "given" (instance $given))"#,
    core: r#"(import "given" "call" (func $call (result i32)))"#,
    requires: String::new(),
    run: String::new(),
};

const LOG: Text = Text {
    imports: r#"(import "infra:task/ui@0.1.0" (instance $ui
            (type $level' (enum "debug" "info" "warning" "error"))
            (export "level" (type $level (eq $level')))
            (export "log" (func (param "level" $level) (param "message" string)))))
        (core module $empty (memory (export "memory") 1))
        (core instance $memory (instantiate $empty))
        (core func $lowered (canon lower (func $ui "log") (memory (core memory $memory "memory"))))
        (core instance $given (export "call" (func $lowered)))"#,
    with: r#"(with "given" (instance $given))"#,
    core: r#"(import "given" "call" (func $call (param i32 i32 i32)))"#,
    requires: String::new(),
    run: String::new(),
};

#[tokio::test]
async fn a_task_says_what_it_needs_for_its_arguments() {
    let needed = required(&scripted(), json!({ "needs": ["git"] })).await.unwrap();
    assert_eq!(needed.process.len(), 1);
    assert_eq!(needed.process[0].program.0, "git");
    assert_eq!(required(&scripted(), json!({})).await, Ok(Grants::default()));
    let error = required(&scripted(), json!({ "nonsense": 1 })).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::INVALID);
    let error = required(&scripted(), json!({ "needs": ["call the host"] })).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TRAP);
}

#[tokio::test]
async fn a_call_of_the_contract_traps_and_is_named() {
    let text = Text { requires: format!("(drop (call $call)) {}", answer("{}")), run: answer("{}"), ..PLANNING };
    let error = required(&text.component("{}"), json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TRAP);
    assert!(error.message.contains("`requires` may not call `infra:task/context@0.1.0#planning`"), "{error:?}");
    // Asking for something without an answer is no way around it.
    let log = "(call $call (i32.const 1) (i32.const 0) (i32.const 0))";
    let text = Text { requires: format!("{log} {}", answer("{}")), run: answer("{}"), ..LOG };
    let error = required(&text.component("{}"), json!({})).await.unwrap_err();
    assert!(error.message.contains("ui@0.1.0#log"), "{error:?}");
}

#[tokio::test]
async fn the_same_call_is_allowed_in_run() {
    let text = Text { requires: answer("{}"), run: format!("(drop (call $call)) {}", answer("{}")), ..PLANNING };
    let component = text.component("{}");
    assert_eq!(required(&component, json!({})).await, Ok(Grants::default()));
    assert_eq!(world("").run(&component, json!({})).await.result, Ok(json!({})));
}

#[tokio::test]
async fn it_may_not_take_long() {
    let text = Text { requires: "(loop br 0) unreachable".to_owned(), ..Text::default() };
    let error = required(&text.component(""), json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TIMEOUT);
}

#[tokio::test]
async fn an_answer_that_is_no_table_of_grants_is_refused() {
    let nested = "[".repeat(100_000);
    for lie in [
        "",
        "not JSON",
        "null",
        "[]",
        "\"files\"",
        r#"{"everything":true}"#,
        r#"{"files":{"raed":["**"]}}"#,
        r#"{"process":[{"program":"sh","sudo":true}]}"#,
        r#"{"process":[{}]}"#,
        r#"{"docker":[{"verbs":["own"]}]}"#,
        r#"{} {}"#,
        &nested,
    ] {
        let component = Text { requires: answer(lie), ..Text::default() }.component(lie);
        let error = required(&component, json!({})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::COMPONENT, "{lie:.40}: {error:?}");
        assert!(error.message.contains("not a table of grants") && error.hint.is_some(), "{error:?}");
    }
    let truth = r#"{"files":{"read":["a/**"]}}"#;
    let component = Text { requires: answer(truth), ..Text::default() }.component(truth);
    assert_eq!(required(&component, json!({})).await.unwrap().files.read[0].0, "a/**");
}

#[tokio::test]
async fn an_answer_that_is_no_text_or_lies_outside_its_memory_is_refused() {
    let bytes = "\u{fffd}";
    for length in [1, i32::MAX] {
        let text = Text { requires: format!("(call $ok (i32.const {length}))"), ..Text::default() };
        let error = required(&text.component(bytes), json!({})).await.unwrap_err();
        assert!(matches!(error.code.as_str(), ErrorCode::TRAP | ErrorCode::LIMIT), "{error:?}");
    }
}

#[tokio::test]
async fn a_trap_of_its_own_is_told() {
    let text = Text { requires: "unreachable".to_owned(), ..Text::default() };
    let error = required(&text.component(""), json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TRAP);
    assert!(error.message.contains("panicked or aborted"), "{error:?}");
}

#[tokio::test]
async fn a_result_that_is_not_json_is_refused() {
    for lie in ["", "{", "yes"] {
        let component = Text { run: answer(lie), ..Text::default() }.component(lie);
        let error = world("").failure(&component, json!({})).await;
        assert_eq!(error.code, ErrorCode::COMPONENT, "{lie}");
        assert!(error.message.contains("result is not JSON"), "{error:?}");
    }
}

/// One function of a WASI interface in this version.
fn with_wasi(interface: &'static str) -> Vec<u8> {
    let imports = format!(
        r#"(import "{interface}" (instance $clock (export "now" (func (result u64)))))
        (core func $lowered (canon lower (func $clock "now")))
        (core instance $given (export "call" (func $lowered)))"#
    );
    let call = format!("(drop (call $call)) {}", answer("{}"));
    Text {
        imports: imports.leak(),
        with: r#"(with "given" (instance $given))"#,
        core: r#"(import "given" "call" (func $call (result i64)))"#,
        requires: call.clone(),
        run: call,
    }
    .bytes("{}")
}

#[tokio::test]
async fn another_patch_version_of_wasi_fits() {
    for patch in [0, 3, 6, 12, 40] {
        let bytes = with_wasi(format!("wasi:clocks/monotonic-clock@0.2.{patch}").leak());
        let component = load(&bytes).unwrap();
        assert_eq!(required(&component, json!({})).await, Ok(Grants::default()), "0.2.{patch}");
        assert_eq!(world("").run(&component, json!({})).await.result, Ok(json!({})), "0.2.{patch}");
    }
}

#[tokio::test]
async fn what_the_runner_lacks_is_named() {
    for interface in ["wasi:clocks/monotonic-clock@0.3.0", "wasi:http/types@0.2.0", "acme:cloud/now@1.0.0"] {
        let component = load(&with_wasi(interface.to_owned().leak())).unwrap();
        for error in [required(&component, json!({})).await.unwrap_err(), world("").failure(&component, json!({})).await] {
            assert_eq!(error.code, ErrorCode::COMPONENT, "{error:?}");
            assert!(error.message.contains("imports what this runner does not have"), "{error:?}");
            assert!(error.message.contains(interface) && error.hint.is_some(), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_function_that_the_contract_lacks_is_named() {
    let imports = PLANNING.imports.replace("planning", "root-password");
    let text = Text { imports: imports.leak(), requires: answer("{}"), run: answer("{}"), ..PLANNING };
    let component = text.component("{}");
    let error = world("").failure(&component, json!({})).await;
    assert_eq!(error.code, ErrorCode::COMPONENT, "{error:?}");
    assert!(error.message.contains("root-password"), "{error:?}");
}

#[tokio::test]
async fn a_task_that_exits_is_told_what_it_did() {
    let error = world("").failure(&scripted(), json!({ "calls": [{ "call": "exit" }] })).await;
    assert_eq!(error.code, ErrorCode::TRAP);
    assert!(error.message.contains("called `exit`"), "{error:?}");
}

#[tokio::test]
async fn wasi_is_empty() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let found = world("").ok(json!({ "call": "wasi", "address": address })).await;
    assert_eq!(found["environment"], 0);
    for nothing in ["files", "network", "names"] {
        assert_eq!(found[nothing], false, "{nothing}");
    }
}
