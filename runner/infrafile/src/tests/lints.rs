use super::{project, request};
use crate::{Infrafile, check, fixed, format, lints, masked};
use std::path::Path;

fn read(text: &str) -> Vec<Infrafile> {
    check(&request(&project(&[("Infrafile.toml", text)]), &[])).unwrap_or_else(|problems| panic!("{problems}"))
}

/// All that is told of a file.
fn told(text: &str) -> String {
    let infrafiles = read(text);
    let lints = lints(&infrafiles);
    let sources = masked(&infrafiles[0].sources, &lints);
    lints.iter().map(|lint| lint.render(&sources, false)).collect::<Vec<_>>().join("\n\n")
}

fn names(text: &str) -> Vec<&'static str> {
    lints(&read(text)).iter().map(|lint| lint.name).collect()
}

/// The file with everything taken away that can be.
fn repaired(text: &str) -> String {
    let infrafiles = read(text);
    let fixes: Vec<_> = lints(&infrafiles).into_iter().filter_map(|lint| lint.fix).collect();
    fixed(&infrafiles[0], &fixes).unwrap().remove(0).text
}

#[test]
fn parameters_that_nothing_uses() {
    insta::assert_snapshot!(told(r#"
[params]
PROFILE = { default = "a", choices = ["a", "b"] }
USED = "x"
IN_SCRIPT = "x"
IN_PROFILE = "x"
NEVER = { default = "x", help = "Nothing takes it" }

[profile.b]
tasks.a.env = { X = "${IN_PROFILE}" }

[tasks.a]
params = { OWN = "x", IDLE = "x" }
run = ["echo", "${USED}", "${OWN}"]

[tasks.b]
sh = "echo $IN_SCRIPT"
"#), @r#"
    warning[unused-param]: no task uses the parameter `NEVER`
     --> Infrafile.toml:7:1
      |
    7 | NEVER = { default = "x", help = "Nothing takes it" }
      | ^^^^^ never used
      |
      = help: take it away, or use it as `${NEVER}`

    warning[unused-param]: the task `a` does not use its parameter `IDLE`
      --> Infrafile.toml:13:23
       |
    13 | params = { OWN = "x", IDLE = "x" }
       |                       ^^^^ never used
       |
       = help: take it away, or use it as `${IDLE}`
    "#);
    // A script of the repository may read any of them.
    assert!(names("params = { A = 1 }\n[tasks.a]\nsh = './deploy'\n").is_empty());
    assert_eq!(names("params = { PROFILE = 'a' }\n[tasks.a]\nrun = ['true']\n"), ["unused-param"]);
}

#[test]
fn tasks_that_nothing_reaches() {
    insta::assert_snapshot!(told(r#"
[params]
PROFILE = { default = "a", choices = ["a", "b"] }

[profile.b]
tasks.open.needs = ["by-profile"]

[tasks.open]
run = ["true"]
finally = ["after"]

[tasks.after]
private = true
needs = ["deeper"]

[tasks.deeper]
private = true
run = ["true"]

[tasks.by-profile]
private = true
run = ["true"]

[tasks.one]
private = true
needs = ["other"]

[tasks.other]
private = true
run = ["true"]
"#), @"
    warning[unreachable-task]: nothing calls the private task `one`
      --> Infrafile.toml:24:8
       |
    24 | [tasks.one]
       |        ^^^ cannot be reached
       |
       = help: take it away, call it, or take `private` away

    warning[unreachable-task]: nothing calls the private task `other`
      --> Infrafile.toml:28:8
       |
    28 | [tasks.other]
       |        ^^^^^ cannot be reached
       |
       = help: take it away, call it, or take `private` away
    ");
}

const GRANTS: &str = r#"
[grants.used]
files = { read = ["a"] }

# Nobody has it.
[grants.never]
files = { read = ["b"] }

[tasks.a]
run   = ["true"]
allow = ["used", "used", { files = { read = ["c", "c"] } }]

[tasks.b]
steps = ["a"]
allow = ["used"]
"#;

#[test]
fn grants_that_nothing_uses_and_what_stands_twice() {
    insta::assert_snapshot!(told(GRANTS), @r#"
    warning[unused-grant]: nothing is allowed the grant `never`
     --> Infrafile.toml:6:9
      |
    6 | [grants.never]
      |         ^^^^^ never used
      |
      = help: take it away, or name it in an `allow`

    warning[repeated]: the same stands twice in `allow`
      --> Infrafile.toml:11:18
       |
    11 | allow = ["used", "used", { files = { read = ["c", "c"] } }]
       |                  ^^^^^^ again
       |
      ::: Infrafile.toml:11:10
       |
    11 | allow = ["used", "used", { files = { read = ["c", "c"] } }]
       |          ------ first here
       |
       = help: take one of them away

    warning[repeated]: the same stands twice in `read`
      --> Infrafile.toml:11:51
       |
    11 | allow = ["used", "used", { files = { read = ["c", "c"] } }]
       |                                                   ^^^ again
       |
      ::: Infrafile.toml:11:46
       |
    11 | allow = ["used", "used", { files = { read = ["c", "c"] } }]
       |                                              --- first here
       |
       = help: take one of them away

    warning[unused-grant]: the task `b` does nothing itself, so what it is allowed is never used
      --> Infrafile.toml:15:1
       |
    15 | allow = ["used"]
       | ^^^^^ never used
       |
       = help: what its steps may do stands in their own `allow`
    "#);
}

#[test]
fn what_is_taken_away_changes_nothing_else() {
    let repaired = repaired(GRANTS);
    insta::assert_snapshot!(repaired, @r#"

    [grants.used]
    files = { read = ["a"] }

    [tasks.a]
    run   = ["true"]
    allow = ["used", { files = { read = ["c"] } }]

    [tasks.b]
    steps = ["a"]
    "#);
    let (before, after) = (read(GRANTS).remove(0), read(&repaired).remove(0));
    assert!(names(&repaired).is_empty());
    assert_eq!(before.tasks["a"].work, after.tasks["a"].work);
    let only = "[grants.never]\nfiles = { read = ['a'] }\n[tasks.a]\nrun = ['true']\n";
    assert_eq!(format(Path::new("x"), &self::repaired(only)).unwrap(), "[tasks.a]\nrun = ['true']\n");
}

#[test]
fn secrets_are_found_and_not_shown() {
    let text = told(
        r#"
[params]
DB_PASSWORD = { default = "hunter22", help = "password" }
TOKEN = { required = true, env = "TOKEN" }
EMPTY_SECRET = ""

[tasks.a]
env = { API_KEY = "abcdef", KEY_FILE = "abcdef", PASSWORD = "${DB_PASSWORD}", OTHER_TOKEN = "/run/secrets/token" }
run = ["psql", "postgres://me:letmein@db/x", "--password=letmein", "${TOKEN}${EMPTY_SECRET}"]

[tasks.b]
sh = '''
export SECRET=letmein
echo AKIAABCDEFGHIJKLMNOP "$TOKEN"
'''
"#,
    );
    insta::assert_snapshot!(text, @r#"
    warning[plain-secret]: the value of `DB_PASSWORD` stands in the file as it is
     --> Infrafile.toml:3:28
      |
    3 | DB_PASSWORD = { default = "********", help = "password" }
      |                            ^^^^^^^^ readable for all
      |
      = help: declare it in `[secrets]` as `NAME = "env:NAME"`, and write `${secrets.NAME}`

    warning[plain-secret]: the value of `API_KEY` stands in the file as it is
     --> Infrafile.toml:8:20
      |
    8 | env = { API_KEY = "******", KEY_FILE = "abcdef", PASSWORD = "${DB_PASSWORD}", OTHER_TOKEN = "/run/secrets/token" }
      |                    ^^^^^^ readable for all
      |
      = help: declare it in `[secrets]` as `NAME = "env:NAME"`, and write `${secrets.NAME}`

    warning[plain-secret]: what looks like a secret stands in the file as it is
     --> Infrafile.toml:9:31
      |
    9 | run = ["psql", "postgres://me:*******@db/x", "--password=*******", "${TOKEN}${EMPTY_SECRET}"]
      |                               ^^^^^^^ readable for all
      |
      = help: declare it in `[secrets]` as `NAME = "env:NAME"`, and write `${secrets.NAME}`

    warning[plain-secret]: a secret stands in the file as it is
     --> Infrafile.toml:9:58
      |
    9 | run = ["psql", "postgres://me:*******@db/x", "--password=*******", "${TOKEN}${EMPTY_SECRET}"]
      |                                                          ^^^^^^^ readable for all
      |
      = help: declare it in `[secrets]` as `NAME = "env:NAME"`, and write `${secrets.NAME}`

    warning[plain-secret]: a secret stands in the file as it is
      --> Infrafile.toml:13:15
       |
    13 | export SECRET=*******
       |               ^^^^^^^ readable for all
       |
       = help: declare it in `[secrets]` as `NAME = "env:NAME"`, and write `${secrets.NAME}`

    warning[plain-secret]: what looks like a secret stands in the file as it is
      --> Infrafile.toml:14:6
       |
    14 | echo ******************** "$TOKEN"
       |      ^^^^^^^^^^^^^^^^^^^^ readable for all
       |
       = help: declare it in `[secrets]` as `NAME = "env:NAME"`, and write `${secrets.NAME}`
    "#);
    for secret in ["hunter22", "abcdef\"", "letmein", "AKIA"] {
        assert!(!text.replace("KEY_FILE = \"abcdef\"", "").contains(secret), "{secret}");
    }
}

#[test]
fn images_without_a_version_are_found() {
    insta::assert_snapshot!(told(r#"
[tasks.a]
uses = "std/process"
with = { argv = ["docker", "run", "registry.example:5000/team/web:latest"] }
allow = [{ docker = [{ images = ["postgres:latest", "postgres:16", "web"], verbs = ["pull"] }] }]
help = "Not nginx:latest"

[tasks.b]
run = ["echo", "the latest"] # infra: allow(latest-tag)

[tasks.c]
# infra: allow(latest-tag)
run = ["docker", "pull", "redis:latest"]
"#), @r#"
    warning[latest-tag]: `registry.example:5000/team/web:latest` is another image tomorrow
     --> Infrafile.toml:4:36
      |
    4 | with = { argv = ["docker", "run", "registry.example:5000/team/web:latest"] }
      |                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the tag `latest`
      |
      = help: name a version, or a digest

    warning[latest-tag]: `postgres:latest` is another image tomorrow
     --> Infrafile.toml:5:35
      |
    5 | allow = [{ docker = [{ images = ["postgres:latest", "postgres:16", "web"], verbs = ["pull"] }] }]
      |                                   ^^^^^^^^^^^^^^^ the tag `latest`
      |
      = help: name a version, or a digest
    "#);
}
