use super::{good, wrong};
use crate::{Format, Location, Part, ReferenceName, Template, Work};
use serde_json::json;

fn parsed(text: &str) -> Result<Template, String> {
    Template::parse(text, &Location { file: 0, span: 0..text.len() })
        .map_err(|problem| format!("{} at {:?}", problem.message, problem.labels[0].0.span))
}

#[test]
fn texts_become_templates() {
    assert_eq!(parsed("plain"), Ok(Template::Literal(json!("plain"))));
    assert_eq!(parsed("$$A costs 5$ and $x"), Ok(Template::Literal(json!("$A costs 5$ and $x"))));
    assert_eq!(parsed("$${A}"), Ok(Template::Literal(json!("${A}"))));
    assert!(matches!(parsed("${A}"), Ok(Template::Reference(reference)) if reference.name == ReferenceName::Param("A".into())));
    let Ok(Template::Text(parts)) = parsed("a${matrix.os}b${L:csv}") else { panic!() };
    assert_eq!(parts.len(), 4);
    assert!(
        matches!(&parts[3], Part::Reference(reference) if reference.format == Some(Format::Csv) && reference.at.span == (14..22))
    );
    let whole = parsed("${needs.ops:db.a.0:json}").unwrap();
    let needs = ReferenceName::Needs { task: "ops:db".into(), fields: vec!["a".into(), "0".into()] };
    assert_eq!(whole.references()[0].name, needs);
    assert_eq!(whole.references()[0].format, Some(Format::Json));
}

#[test]
fn wrong_templates_say_where() {
    assert_eq!(parsed("ab${A"), Err("`${` is not closed at 2..5".into()));
    assert_eq!(parsed("é${A:cvs}"), Err("`:cvs` is not a way to write a value at 2..10".into()));
    assert_eq!(parsed("${}"), Err("`${}` is not a reference at 0..3".into()));
    assert_eq!(parsed("${a b}"), Err("`${a b}` is not a reference at 0..6".into()));
    assert_eq!(parsed("${needs.}"), Err("`${needs.}` is not a reference at 0..9".into()));
}

#[test]
fn references_are_checked_where_they_stand() {
    insta::assert_snapshot!(wrong(
        r#"
[params]
APP = "web"
[tasks.build]
run = ["make", "out/${AP}", '''${matrix.arc}''']
matrix = { arch = ["a", "${matrix.arch}"] }
[tasks.deploy]
uses = "std/x"
needs = ["build"]
env = { A = "${needs.bild.path}", B = "${needs.test.x}", C = "ok ${needs.build.path}" }
with = { deep = [{ x = "a\t${APQ}" }], open = "${APP" }
[tasks.test]
run = ["x"]
preconditions = [{ exists = "${needs.build.path}" }]
needs = ["build"]
"#
    ));
}

#[test]
fn later_steps_know_the_outputs_of_earlier_ones() {
    let text = r#"
[tasks.a]
run = ["a"]
aliases = ["first"]
[tasks.b]
uses = "std/x"
[tasks.all]
steps = ["a", { task = "b", with = { x = "${needs.first.stdout}" } }]
"#;
    let infrafile = good(text);
    let Work::Steps(steps) = &infrafile.tasks["all"].work else { panic!() };
    let name = ReferenceName::Needs { task: "a".into(), fields: vec!["stdout".into()] };
    assert_eq!(steps[1].with[0].1.references()[0].name, name);
    let swapped = text.replace("[\"a\", {", "[{").replace("} }]", "} }, \"a\"]");
    insta::assert_snapshot!(wrong(&swapped));
}

#[test]
fn a_script_is_never_interpolated() {
    let infrafile = good("[tasks.a]\nsh = \"echo ${HOME} $$\"");
    assert_eq!(infrafile.tasks["a"].work, Work::Shell("echo ${HOME} $$".into()));
}
