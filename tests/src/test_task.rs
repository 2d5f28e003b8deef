use crate::platform::repository;
use crate::prototype;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The component of the crate `tests/tasks/exec`, built once, with what the platform's own task is made with.
#[must_use]
pub fn exec_task() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            prototype::make_ready();
            let target = repository().join("platform/tasks/endpoints/target");
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut command = Command::new(cargo);
            command.args(["build", "--release", "--quiet", "--locked", "--target", "wasm32-wasip2"]);
            command.current_dir(repository().join("tests/tasks/exec")).env("CARGO_TARGET_DIR", &target);
            command.env("CARGO_ENCODED_RUSTFLAGS", "");
            let built = command.output().unwrap();
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            target.join("wasm32-wasip2/release/exec.wasm")
        })
        .clone()
}
