use super::{loaded, wrong};
use crate::{Request, load};

#[test]
fn errors_of_syntax_are_told_together() {
    insta::assert_snapshot!(wrong("[project\nname = \"x\"\n[tasks.a]\nrun = [\"x\"\n[tasks.b]\nhelp = 'x\n"));
}

#[test]
fn all_that_is_wrong_is_told_in_one_go() {
    insta::assert_snapshot!(wrong(
        r#"
[project]
nam = "x"
sandbox = "requird"

[taks.a]

[grants.g]
fles = { read = ["x"] }
docker = [{ verbs = ["pul"], image = ["x"] }]
process = [{ args = ["x"] }]

[tasks.deploy]
hlep = "x"
run = ["x", 5]
allow = ["gg", { files = { raed = ["x"] } }]
timeout = "30"
retries = { attempts = 0, backof = "1s" }
limits = { memory = "64XB", memry = 1 }
private = "yes"
aliases = ["deploy"]
service = { restart = "always", ready = "http://x" }
preconditions = [{ message = "x" }]
env = { A = [1] }
matrix = { os = [] }
"#
    ));
}

#[test]
fn a_file_that_is_not_there() {
    let request = Request { file: "/nowhere/Infrafile.toml".into(), ..Request::default() };
    insta::assert_snapshot!(load(&request).unwrap_err().render(false));
}

#[test]
fn a_file_is_found_from_below() {
    let directory = super::project(&[("Infrafile.toml", ""), ("a/b/x", "")]);
    let root = directory.path().canonicalize().unwrap();
    assert_eq!(crate::find(&root.join("a/b")), Some(root.join("Infrafile.toml")));
}

#[test]
fn a_deep_key_is_refused_before_it_is_walked() {
    let text = format!("{} = 1", vec!["a"; 200_000].join("."));
    assert!(loaded(&text, &[]).is_err());
    let key = vec!["a"; 30].join(".");
    let nested = format!("{}1{}", format!("{{\n{key} = ").repeat(70), "}".repeat(70));
    assert!(wrong(&format!("[tasks.a]\nuses = \"std/x\"\nwith = {nested}\n")).contains("too deep"));
    assert!(loaded(&format!("[tasks.a]\nsh = \"\"\"\n{}\n\"\"\"", ".".repeat(500)), &[]).is_ok());
}

#[test]
fn dots_count_only_where_a_key_can_be() {
    let dots = "a.b ".repeat(200);
    for quotes in ["\"\"\"", "'''"] {
        assert!(loaded(&format!("[tasks.a]\nsh = {quotes}\nar x {dots}\n{quotes}\n"), &[]).is_ok(), "{quotes}");
    }
    assert!(loaded(&format!("# {dots}\n[tasks.a]\nsh = \"{dots}\" # {dots}\n"), &[]).is_ok());
    // What hides a key from a careless reader.
    let deep = vec!["a"; 200_000].join(".");
    for before in
        ["\"\\\"\".", "x = '''y'''''\n", "x = \"\"\"\\\"\"\"\"\n", "\"\\\n", "'\n", "x = \"y\\\\\"\n", "x = { y = '''z'''', "]
    {
        assert!(wrong(&format!("{before}{deep} = 1\n")).contains("too many parts"), "{before}");
    }
}

#[test]
fn a_long_chain_of_tasks_is_walked() {
    let tasks: String = (0..5_000).map(|n| format!("[tasks.t{n}]\nneeds = [\"t{}\"]\n", n + 1)).collect();
    assert!(loaded(&format!("{tasks}[tasks.t5000]\nsh = \"x\"\n"), &[]).is_ok());
}
