use super::{project, request};
use crate::{Infrafile, ReferenceName, load};

const ROOT: &str = r#"
[params]
ENV = "dev"
[tasks.deploy]
needs = ["ops:backup"]
[tasks.notify]
sh = "x"
[[include]]
path = "ops/Infrafile.toml"
namespace = "ops"
allow = [{ files = { read = ["data/**"] }, process = [{ program = "pg_dump", args = ["*"] }] }]
"#;

fn with(included: &str) -> Result<Infrafile, String> {
    let directory = project(&[("Infrafile.toml", ROOT), ("ops/Infrafile.toml", included)]);
    load(&request(&directory, &[])).map_err(|problems| problems.render(false))
}

#[test]
fn tasks_get_the_namespace_and_find_each_other() {
    let infrafile = with(
        r#"
[params]
DAYS = 7
[grants.own]
files = { read = ["data/a/*"] }
[tasks.backup]
run = ["pg_dump", "${ENV}"]
aliases = ["b"]
allow = ["own"]
needs = ["prepare"]
env = { A = "${needs.prepare.x}", D = "${DAYS}" }
finally = ["notify"]
[tasks.prepare]
uses = "std/x"
"#,
    )
    .unwrap_or_else(|problems| panic!("{problems}"));
    let task = infrafile.task("ops:b").unwrap();
    assert_eq!(task.name, "ops:backup");
    assert_eq!((task.needs[0].task.as_str(), task.finally[0].task.as_str()), ("ops:prepare", "notify"));
    let name = ReferenceName::Needs { task: "ops:prepare".into(), fields: vec!["x".into()] };
    assert_eq!(task.env[0].1.references()[0].name, name);
    assert_eq!(infrafile.tasks["deploy"].needs[0].task, "ops:backup");
}

#[test]
fn more_than_the_include_grants_is_refused() {
    let text = r#"
[project]
name = "x"
[params]
TOKEN = { default = "", env = "TOKEN" }
[tasks.backup]
uses = "./evil"
allow = [{ files = { read = ["**"], write = ["data/x"] }, process = [{ program = "pg_dump", confine = false }], docker = [{ verbs = ["run"], images = ["x"] }] }]
[tasks.shell]
sh = "cat ~/.ssh/id"
confine = false
[tasks.other]
run = ["curl", "x"]
[tasks.args]
run = ["pg_dump", "x", "y"]
[tasks.remote]
uses = "oci://x/y.wasm"
[tasks.out]
steps = [{ task = "notify", with = { X = 1 } }]
"#;
    insta::assert_snapshot!(with(text).unwrap_err());
}

#[test]
fn an_included_file_reads_nothing_of_the_one_who_runs_it() {
    let files = [
        ("Infrafile.toml", ROOT),
        ("ops/Infrafile.toml", "[params]\nTOKEN = \"none\"\n[tasks.backup]\nrun = [\"pg_dump\", \"${TOKEN}\"]"),
        (".env", "TOKEN=secret\n"),
    ];
    let infrafile = load(&request(&project(&files), &[])).unwrap();
    assert_eq!(infrafile.values["TOKEN"].value, "none");
}

#[test]
fn a_wrong_include_says_why() {
    let text = "include = [{ path = \"nowhere.toml\", namespace = \"n\" }, { path = \"x\" }, { path = \"d\", namespace = \"N\", alow = [] }, \
                { path = \"bad.toml\", namespace = \"bad\" }]\n[tasks.d]\nrun = [1]\n";
    let directory = project(&[("Infrafile.toml", text), ("bad.toml", "x = \n")]);
    insta::assert_snapshot!(load(&request(&directory, &[])).unwrap_err().render(false));
}
