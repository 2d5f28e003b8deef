//! What components say about themselves.

use infra_components::{ComponentError, built_ins, descriptor, find, parse};
use infra_event::Digest;
use std::borrow::Cow;
use std::path::Path;
use wasm_encoder::{Component, CustomSection, Module, ModuleSection};

const GOOD: &str = r#"{"name":"x","summary":"s","wit":"0.1.0","version":"1.0.0","params":{"type":"object"}}"#;

fn section(data: &[u8]) -> CustomSection<'_> {
    CustomSection { name: "infra:task".into(), data: Cow::Borrowed(data) }
}

/// A component with these sections, each in a module of its own.
fn nested(sections: &[&str]) -> Vec<u8> {
    let mut component = Component::new();
    for data in sections {
        let mut module = Module::new();
        module.section(&section(data.as_bytes()));
        component.section(&ModuleSection(&module));
    }
    component.finish()
}

fn refused(bytes: &[u8]) -> String {
    match descriptor(bytes) {
        Err(ComponentError::Descriptor(cause)) => cause,
        other => format!("not refused: {other:?}"),
    }
}

#[test]
fn the_standard_tasks_describe_themselves() {
    let mut names = Vec::new();
    for (name, bytes, digest) in built_ins() {
        let found = descriptor(bytes).unwrap().unwrap();
        assert_eq!(found.name, name);
        assert_eq!(found.wit, "0.1.0");
        assert!(!found.summary.is_empty() && !found.version.is_empty(), "{found:?}");
        assert_eq!(found.params["type"], "object");
        // The digest was made when the runner was built: it is that of the bytes.
        assert_eq!(digest, Digest::of(bytes));
        let found = find(&parse(&format!("std/{name}"), Path::new(".")).unwrap()).unwrap();
        assert_eq!(found.digest, digest);
        assert!(matches!(found.bytes(), Ok(Cow::Borrowed(same)) if same == bytes));
        names.push(name);
    }
    assert_eq!(
        names,
        [
            "argocd",
            "backup",
            "check",
            "cluster",
            "doctor",
            "helm",
            "images",
            "kubernetes",
            "process",
            "restore",
            "seal",
            "services",
            "status",
            "terraform"
        ]
    );
}

#[test]
fn a_description_is_found_in_the_component_and_in_its_modules() {
    let mut component = Component::new();
    component.section(&section(GOOD.as_bytes()));
    assert_eq!(descriptor(&component.finish()).unwrap().unwrap().name, "x");
    assert_eq!(descriptor(&nested(&[GOOD])).unwrap().unwrap().version, "1.0.0");
    assert_eq!(descriptor(&nested(&[GOOD, GOOD])).unwrap().unwrap().version, "1.0.0");
    assert_eq!(descriptor(&nested(&[])), Ok(None));
}

#[test]
fn a_lying_description_is_refused() {
    for data in [
        "",
        "{",
        "null",
        "[]",
        "\u{0}",
        r#"{"name":"x"}"#,
        r#"{"name":1,"summary":"s","wit":"0.1.0","version":"1","params":{}}"#,
        r#"{"name":"x","summary":"s","wit":"0.1.0","version":"1","params":[]}"#,
        &"[".repeat(100_000),
    ] {
        let cause = refused(&nested(&[data]));
        assert!(!cause.starts_with("not refused"), "{data:.60}: {cause}");
    }
    let mut component = Component::new();
    component.section(&section(b"\xff\xfe"));
    assert!(!refused(&component.finish()).starts_with("not refused"));
}

#[test]
fn a_description_without_an_end_is_refused() {
    assert!(refused(&nested(&[&" ".repeat((1 << 20) + 1)])).contains("may have 1048576"));
}

#[test]
fn two_descriptions_that_differ_are_refused() {
    let other = GOOD.replace("1.0.0", "2.0.0");
    assert!(refused(&nested(&[GOOD, &other])).contains("differ"));
    let mut component = Component::new();
    component.section(&section(GOOD.as_bytes()));
    let mut module = Module::new();
    module.section(&section(other.as_bytes()));
    component.section(&ModuleSection(&module));
    assert!(refused(&component.finish()).contains("differ"));
}

#[test]
fn what_is_no_component_is_refused_without_a_panic() {
    for (_, bytes, _) in built_ins() {
        for length in (0..bytes.len()).step_by(997) {
            // Some prefixes end between sections: these are whole as far as they go.
            let _ = descriptor(&bytes[..length]);
        }
    }
    for bytes in [&b""[..], b"\0asm", b"#!/bin/sh\n", &[0xff; 64]] {
        assert!(refused(bytes).contains("damaged"), "{bytes:?}");
    }
}
