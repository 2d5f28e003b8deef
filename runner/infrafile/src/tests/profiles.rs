use super::{loaded, wrong};
use serde_json::json;

const TEXT: &str = r#"
[params]
PROFILE = "local"
A = "1"
B = "2"
[tasks.t]
uses = "std/x"
with = { list = [1, 2], inner = { a = 1, b = 2 } }
[profile.base]
params = { A = "base", B = "base" }
tasks.t.skip = "base"
tasks.t.with.inner.a = 10
[profile.derived]
extends = "base"
params = { B = "derived" }
tasks.t.with.list = [3]
"#;

#[test]
fn a_profile_lies_on_those_that_it_extends() {
    let infrafile = loaded(TEXT, &[("PROFILE", "derived")]).unwrap();
    assert_eq!(infrafile.values["A"].value, json!("base"));
    assert_eq!(infrafile.values["B"].value, json!("derived"));
    let task = &infrafile.tasks["t"];
    assert_eq!(task.skip.as_deref(), Some("base"));
    let crate::Work::Uses { with, .. } = &task.work else { panic!("{task:?}") };
    assert_eq!(*with, crate::Template::Literal(json!({ "list": [3], "inner": { "a": 10, "b": 2 } })));
    assert_eq!(loaded(TEXT, &[]).unwrap().tasks["t"].skip, None);
}

#[test]
fn profiles_are_checked_also_when_they_are_not_chosen() {
    insta::assert_snapshot!(wrong(
        r#"
[params]
PROFILE = { default = "local", choices = ["local", "cloud"] }
[tasks.deploy]
run = ["x"]
[profile.cloud]
allow = []
params = { PROFILE = "x", MISSING = "y" }
tasks.deploi.skip = "no"
tasks.deploy.confine = false
tasks.deploy.allow = [{ files = { read = ["**"] } }]
[profile.clowd]
extends = "clod"
"#
    ));
}

#[test]
fn profiles_that_extend_each_other_are_refused() {
    insta::assert_snapshot!(wrong(
        r#"
[params]
PROFILE = "a"
[profile.a]
extends = "b"
[profile.b]
extends = "c"
[profile.c]
extends = "a"
"#
    ));
}

#[test]
fn every_profile_is_checked() {
    let text = r#"
[params]
PROFILE = { default = "local", choices = ["local", "one", "two"] }
[tasks.t]
run = ["x"]
[profile.one]
tasks.t.timeout = "soon"
[profile.two]
tasks.t.retries = "often"
"#;
    let directory = super::project(&[("Infrafile.toml", text)]);
    assert!(crate::load(&super::request(&directory, &[])).is_ok());
    insta::assert_snapshot!(crate::check(&super::request(&directory, &[])).unwrap_err().render(false));
}
