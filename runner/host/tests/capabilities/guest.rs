//! The components that these tests run: one that makes the calls that a test writes down, and hostile ones in text.

use infra_event::Digest;
use infra_host::CONTRACT;
use infra_sandbox::{Allocation, Component, LoadError, Sandbox};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

pub fn sandbox() -> Arc<Sandbox> {
    static SANDBOX: OnceLock<Arc<Sandbox>> = OnceLock::new();
    Arc::clone(SANDBOX.get_or_init(|| Arc::new(Sandbox::new(Allocation::OnDemand, CONTRACT, None).unwrap())))
}

/// Makes the calls of its argument `calls`.
pub fn scripted() -> Component {
    static SCRIPTED: OnceLock<Component> = OnceLock::new();
    SCRIPTED.get_or_init(|| load(&build()).unwrap()).clone()
}

pub fn load(bytes: &[u8]) -> Result<Component, LoadError> {
    sandbox().load(Digest::of(bytes), || Ok(bytes.to_vec()))
}

fn build() -> Vec<u8> {
    let crate_of_it = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripted");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scripted");
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--quiet", "--release", "--locked", "--target", "wasm32-wasip2", "--target-dir"]);
    command.arg(&target).current_dir(&crate_of_it).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    assert!(command.status().unwrap().success(), "the scripted guest does not compile");
    std::fs::read(target.join("wasm32-wasip2/release/scripted.wasm")).unwrap()
}

/// A component in text whose `requires` and `run` are bodies of core functions, which return what `$answer` or `$refuse` give.
/// `imports` stands at the beginning of the component, `core` in its module, and `with` passes imports to it.
pub struct Text {
    pub imports: &'static str,
    pub with: &'static str,
    pub core: &'static str,
    pub requires: String,
    pub run: String,
}

/// Answers this JSON: the text lies at 1,024.
pub fn answer(json: &str) -> String {
    format!("(call $ok (i32.const {}))", json.len())
}

impl Default for Text {
    fn default() -> Self {
        Self { imports: "", with: "", core: "", requires: answer("{}"), run: answer("{}") }
    }
}

impl Text {
    /// The bytes, with this text in its memory.
    pub fn bytes(&self, text: &str) -> Vec<u8> {
        let Self { imports, with, core, requires, run } = self;
        let data: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
        let source = format!(
            r#"(component
  (type $types-type (instance
    (type $text (option string))
    (type $error' (record (field "code" string) (field "message" string) (field "hint" $text) (field "retryable" bool) (field "details" $text)))
    (export "error" (type (eq $error')))))
  (import "infra:task/types@0.1.0" (instance $types (type $types-type)))
  (alias export $types "error" (type $error))
  {imports}
  (core module $main
    {core}
    (memory (export "memory") 40)
    (data (i32.const 1024) "{data}")
    (global $next (mut i32) (i32.const 1048576))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 15)) (i32.const -16))))
    (func $ok (param $length i32) (result i32)
      (i32.store8 (i32.const 16) (i32.const 0))
      (i32.store (i32.const 20) (i32.const 1024))
      (i32.store (i32.const 24) (local.get $length))
      (i32.const 16))
    (func (export "requires") (param i32 i32) (result i32) {requires})
    (func (export "run") (param i32 i32) (result i32) {run}))
  (core instance $i (instantiate $main {with}))
  (type $call (func (param "args" string) (result (result string (error $error)))))
  (func $requires (type $call) (canon lift (core func $i "requires") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (func $run (type $call) (canon lift (core func $i "run") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "requires" (func $requires))
  (export "run" (func $run)))"#
        );
        wat::parse_str(&source).unwrap_or_else(|error| panic!("{error}\n{source}"))
    }

    pub fn component(&self, text: &str) -> Component {
        load(&self.bytes(text)).unwrap()
    }
}
