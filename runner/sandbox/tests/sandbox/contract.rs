use crate::stage::{BOTH, CONTRACT, load, plain, quiet, sandbox};
use infra_event::{ErrorCode, TaskError};
use infra_sandbox::LoadError;
use proptest::prelude::*;

fn importing(interface: &str) -> Vec<u8> {
    wat::parse_str(format!(
        "(component
            (import \"{interface}\" (instance))
            (core module $m (func (export \"run\")))
            (core instance $i (instantiate $m))
            (func (export \"run\") (canon lift (core func $i \"run\"))))"
    ))
    .unwrap()
}

#[test]
fn a_task_is_accepted() {
    assert_eq!(CONTRACT.check(&quiet()), Ok(()));
    assert_eq!(CONTRACT.check(&importing("wasi:cli/stdout@0.2.6")), Ok(()));
}

#[test]
fn what_is_no_component_is_refused() {
    for bytes in [
        &b""[..],
        b"#!/bin/sh\necho hello\n",
        b"\x7fELF\x02\x01\x01\0\0\0",
        b"asm\0\0\0\0\0\0",
        &[0; 64],
        &[0xff; 64],
        b"(component)",
    ] {
        assert_eq!(CONTRACT.check(bytes), Err(LoadError::NotWebAssembly), "{bytes:?}");
    }
    let error = TaskError::from(CONTRACT.check(b"#!/bin/sh\n").unwrap_err());
    assert_eq!(error.code, ErrorCode::COMPONENT);
    assert_eq!(error.message, "the component cannot be used: it is not a WebAssembly component");
    assert!(error.hint.is_some());
}

#[test]
fn a_core_module_is_refused() {
    let bytes = wat::parse_str("(module (func (export \"run\")))").unwrap();
    assert_eq!(CONTRACT.check(&bytes), Err(LoadError::CoreModule));
    assert!(LoadError::CoreModule.hint().contains("wasm32-wasip2"));
}

#[test]
fn every_prefix_is_refused() {
    let sandbox = sandbox(BOTH[0], None);
    let component = plain("(memory 1) (data (i32.const 0) \"hello\") (func (export \"run\") (drop (i32.const 1)))");
    let mut truncated = 0;
    for length in 0..component.len() {
        let prefix = &component[..length];
        let checked = CONTRACT.check(prefix);
        match &checked {
            Ok(()) => {
                // Nothing but the names at the end is missing.
                load(&sandbox, prefix).unwrap();
                assert!(component[length..].windows(4).any(|name| name == b"name"), "a prefix of {length} bytes");
            }
            Err(error) => {
                assert_eq!(load(&sandbox, prefix).unwrap_err(), *error);
                truncated += usize::from(matches!(error, LoadError::Truncated(at) if *at == length));
            }
        }
    }
    // Only where a section has just ended is it not seen to be truncated.
    assert!(truncated * 10 > component.len() * 8, "{truncated} of {}", component.len());
}

#[test]
fn another_world_is_refused() {
    let bytes = wat::parse_str("(component)").unwrap();
    let error = CONTRACT.check(&bytes).unwrap_err();
    assert_eq!(error, LoadError::NoTask("run".to_owned()));
    assert_eq!(error.to_string(), "it is a component, but not a task: it has no export `run`");
    // A nested component's exports are not its own.
    let nested = wat::parse_str(
        "(component (component $c (core module $m (func (export \"run\"))) (core instance $i (instantiate $m))
            (func (export \"run\") (canon lift (core func $i \"run\")))))",
    );
    assert_eq!(CONTRACT.check(&nested.unwrap()), Err(LoadError::NoTask("run".to_owned())));
}

#[test]
fn another_version_is_refused_and_named() {
    assert_eq!(CONTRACT.check(&importing("infra:task/ui@0.1.0")), Ok(()));
    for found in ["0.0.9", "0.1.1", "0.2.0", "1.0.0", "0.1.0-rc.1", "18446744073709551616.0.0"] {
        let error = CONTRACT.check(&importing(&format!("infra:task/ui@{found}"))).unwrap_err();
        assert_eq!(error.to_string(), format!("it speaks infra:task@{found}, and this runner speaks 0.1.0"));
        assert!(error.hint().contains("this version of infra"));
    }
    let error = CONTRACT.check(&importing("infra:task/ui")).unwrap_err();
    assert!(error.to_string().contains("infra:task@no version"), "{error}");
}

#[test]
fn an_older_patch_fits_a_newer_runner() {
    let newer = infra_sandbox::Contract { version: "0.1.4", ..CONTRACT };
    for found in ["0.1.0", "0.1.4"] {
        assert_eq!(newer.check(&importing(&format!("infra:task/ui@{found}"))), Ok(()), "{found}");
    }
    assert!(newer.check(&importing("infra:task/ui@0.1.5")).is_err());
    let stable = infra_sandbox::Contract { version: "1.2.0", ..CONTRACT };
    assert_eq!(stable.check(&importing("infra:task/ui@1.1.7")), Ok(()));
    assert!(stable.check(&importing("infra:task/ui@1.2.1")).is_err());
    assert!(stable.check(&importing("infra:task/ui@0.1.0")).is_err());
}

#[test]
fn a_package_whose_name_begins_alike_is_another() {
    assert_eq!(CONTRACT.check(&importing("infra:tasks/ui@9.0.0")), Ok(()));
}

#[test]
fn what_the_check_lets_pass_the_compiler_still_refuses() {
    let sandbox = sandbox(BOTH[0], None);
    let mut bytes = plain("(func (export \"run\") (drop (i32.const 7)))");
    // `i32.const 7; drop` becomes `i32.const 7; i32.eqz`: the stack is not empty at the end.
    let at = bytes.windows(3).position(|code| code == [0x41, 7, 0x1a]).unwrap();
    bytes[at + 2] = 0x45;
    assert_eq!(CONTRACT.check(&bytes), Ok(()));
    let error = load(&sandbox, &bytes).unwrap_err();
    assert!(matches!(&error, LoadError::Compile(_)), "{error:?}");
    assert_eq!(TaskError::from(error).code, ErrorCode::COMPONENT);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(CONTRACT.check(&bytes).is_err());
    }

    #[test]
    fn random_bytes_after_a_header_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let component = [b"\0asm\x0d\0\x01\0", &bytes[..]].concat();
        prop_assert!(CONTRACT.check(&component).is_err());
    }

    #[test]
    fn mutated_components_never_panic(changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8)) {
        let mut component = importing("infra:task/ui@0.1.0");
        for (at, byte) in changes {
            let at = at.index(component.len());
            component[at] = byte;
        }
        let _ = CONTRACT.check(&component);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_components_never_panic_the_compiler(changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4)) {
        use std::sync::LazyLock;
        static SANDBOX: LazyLock<infra_sandbox::Sandbox> = LazyLock::new(|| sandbox(BOTH[0], None));
        let mut component = plain("(memory 1) (func (export \"run\") (drop (i32.load (i32.const 7))))");
        for (at, byte) in changes {
            let at = at.index(component.len());
            component[at] = byte;
        }
        let _ = load(&SANDBOX, &component);
    }
}
