use super::{good, loaded, project, request, wrong};
use crate::{Origin, load};
use serde_json::json;

const TEXT: &str = r#"
[params]
PROFILE = { default = "local", choices = ["local", "cloud"] }
A = { default = "default", env = "THE_A" }
N = { type = "integer", default = 1 }
L = { type = "list", default = ["x"], choices = ["x", "y", "z"] }
SHORT = true
NEEDED = { required = true }

[profile.cloud]
params.A = "profile"
"#;

#[test]
fn the_first_of_the_givers_wins() {
    let directory = project(&[("Infrafile.toml", TEXT), (".env", "PATH=/evil\n")]);
    let mut asked = request(&directory, &[]);
    let value = |asked: &crate::Request| {
        let mut infrafile = load(asked).unwrap_or_else(|problems| panic!("{problems}"));
        let value = infrafile.values.remove("A").unwrap();
        (value.value, value.origin)
    };
    assert_eq!(value(&asked), (json!("default"), Origin::Default));
    asked.assignments = vec![("PROFILE".into(), "cloud".into())];
    assert_eq!(value(&asked), (json!("profile"), Origin::Profile("cloud".into())));
    std::fs::write(directory.path().join(".env"), "A=dotenv\nUNKNOWN=x\n").unwrap();
    assert_eq!(value(&asked), (json!("dotenv"), Origin::DotEnv));
    asked.environment.insert("THE_A".into(), "environment".into());
    assert_eq!(value(&asked), (json!("environment"), Origin::Environment("THE_A".into())));
    asked.assignments.push(("A".into(), "line".into()));
    assert_eq!(value(&asked), (json!("line"), Origin::CommandLine));
    asked.assignments.push(("A".into(), "last".into()));
    assert_eq!(value(&asked), (json!("last"), Origin::CommandLine));
}

#[test]
fn values_have_the_kind_of_their_parameter() {
    let infrafile = loaded(TEXT, &[("N", "-7"), ("L", "x, z"), ("SHORT", "false")]).unwrap();
    assert_eq!(infrafile.values["N"].value, json!(-7));
    assert_eq!(infrafile.values["L"].value, json!(["x", "z"]));
    assert_eq!(infrafile.values["SHORT"].value, json!(false));
    assert!(!infrafile.values.contains_key("NEEDED"));
}

#[test]
fn the_profile_may_come_from_dotenv() {
    let directory = project(&[("Infrafile.toml", TEXT), (".env", "PROFILE=cloud\n")]);
    let infrafile = load(&request(&directory, &[])).unwrap();
    assert_eq!(infrafile.values["A"].value, json!("profile"));
}

#[test]
fn an_unknown_type_is_the_only_thing_that_is_told() {
    insta::assert_snapshot!(wrong("[params]\nA = { type = 'int', default = 3, choices = [1, 2], pattern = 'x' }\n"), @"
    error: `int` is not a type
     --> Infrafile.toml:2:14
      |
    2 | A = { type = 'int', default = 3, choices = [1, 2], pattern = 'x' }
      |              ^^^^^ `string`, `integer`, `boolean` or `list`
    ");
}

#[test]
fn a_wrong_command_line_is_refused_in_one_go() {
    let problems = loaded(TEXT, &[("PROFILE", "clod"), ("N", "many"), ("L", "x,w"), ("SHRT", "true")]).unwrap_err();
    assert!(problems.usage);
    insta::assert_snapshot!(problems.render(false));
}

#[test]
fn values_of_tasks_are_kept_for_them() {
    let text = "[tasks.new]\nrun = [\"x\", \"${APP}\"]\nparams = { APP = { required = true, pattern = \"[a-z]+\" } }";
    let infrafile = loaded(text, &[("APP", "web")]).unwrap();
    assert_eq!(infrafile.assignments["APP"], "web");
    let param = &infrafile.tasks["new"].params[0];
    assert_eq!(param.parse("web").unwrap(), json!("web"));
    assert_eq!(param.parse("web\n").unwrap_err().message, "`APP` cannot be `web\n`: it must match `[a-z]+`");
    assert!(param.parse("Web").is_err());
}

#[test]
fn a_line_of_dotenv_that_is_no_variable_is_told_without_it() {
    let directory = project(&[("Infrafile.toml", TEXT), (".env", "A=b\nsecret stuff here\n")]);
    let problems = load(&request(&directory, &[])).unwrap_err();
    assert!(!problems.render(false).contains("secret"), "{problems}");
}

#[test]
fn declarations_are_checked() {
    insta::assert_snapshot!(wrong(
        r#"
[params]
A = { }
B = { type = "strng", default = "x" }
C = { default = "x", choices = ["y", "z"] }
D = { type = "integer", default = "x" }
E = { default = "x", pattern = "(" }
F = { default = "x", defualt = "y" }
"1x" = "y"
"#
    ));
    assert_eq!(good("[params]\nP = 8080").values["P"].value, json!(8080));
}
