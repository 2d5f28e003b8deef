//! `std/terraform` with the real terraform, its local backend and `terraform_data`. Where there is no terraform, this says so and passes.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use infra_tests::{Output, Project, Running, wait_for};
use serde_json::{Value, json};

const MAIN: &str = r#"
variable "colour" { default = "red" }
resource "terraform_data" "first" { input = var.colour }
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "test -e go || { touch started; sleep 300; }" }
}
output "colour" { value = terraform_data.first.output }
output "key" {
  value     = "hunter-two"
  sensitive = true
}
"#;

fn with_terraform() -> Option<Project> {
    let there = std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|directory| directory.join("terraform").is_file());
    if !there {
        eprintln!("terraform is not in PATH: this test is left out");
        return None;
    }
    let project = Project::new(
        r#"
[project]
name = "demo"

[grants.tf]
process = [{ program = "terraform", write = ["infra/**"] }]

[tasks.plan]
uses  = "std/terraform"
with  = { dir = "infra" }
allow = ["tf"]

[tasks.both]
uses  = "std/terraform"
needs = ["plan"]
with  = { action = "apply", dir = "infra", planned = "${needs.plan.plan}" }
allow = ["tf"]

[tasks.apply]
uses  = "std/terraform"
with  = { action = "apply", dir = "infra", lock-timeout = 0 }
allow = ["tf"]

[tasks.planned]
uses  = "std/terraform"
with  = { action = "apply", dir = "infra", planned = "infra.tfplan" }
allow = ["tf"]

[tasks.blue]
uses  = "std/terraform"
with  = { action = "apply", dir = "infra", workspace = "dev", vars = { colour = "blue" } }
allow = ["tf"]

[tasks.workspaces]
uses  = "std/terraform"
with  = { action = "workspaces", dir = "infra" }
allow = ["tf"]

[tasks.validate]
uses  = "std/terraform"
with  = { action = "validate", dir = "infra" }
allow = ["tf"]

[tasks.outputs]
uses  = "std/terraform"
with  = { action = "output", dir = "infra" }
allow = ["tf"]

[tasks.destroy]
uses    = "std/terraform"
with    = { action = "destroy", dir = "infra" }
confirm = "destroy"
allow   = ["tf"]

[tasks.reads]
uses  = "std/terraform"
with  = { action = "apply", dir = "infra" }
allow = [{ process = [{ program = "terraform", read = ["infra/**"] }] }]

[tasks.nothing]
uses = "std/terraform"
with = { dir = "infra" }
"#,
    );
    project.file("infra/main.tf", MAIN);
    project.file("infra/go", "");
    Some(project)
}

fn run(project: &Project, task: &str) -> Output {
    project.infra(&["run", task, "--json"]).output()
}

fn told(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap()
}

fn state(project: &Project) -> Value {
    serde_json::from_str(&project.read("infra/terraform.tfstate")).unwrap()
}

fn resources(project: &Project) -> Vec<String> {
    let state = state(project);
    let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
    state["resources"].as_array().unwrap().iter().filter(|one| one["instances"][0]["status"] != "tainted").map(name).collect()
}

#[test]
fn a_plan_has_its_summary_and_that_very_plan_is_applied() {
    let Some(project) = with_terraform() else { return };
    let planned = told(&run(&project, "plan").expect_success());
    assert_eq!((&planned["add"], &planned["changes"], &planned["plan"]), (&json!(2), &json!(true), &json!("infra.tfplan")));
    assert_eq!(planned["resources"][0], json!({ "address": "terraform_data.first", "action": "create" }));
    assert!(!project.has("infra/terraform.tfstate"), "a plan makes nothing");
    // What is written since is not what was planned.
    project.file("infra/main.tf", MAIN.replace("red", "green"));
    let applied = told(&run(&project, "planned").expect_success());
    assert_eq!((&applied["added"], &applied["outputs"]), (&json!(2), &json!({ "colour": "red", "key": "***" })));
    let stale = run(&project, "planned").expect_code(1);
    assert!(stale.stderr.contains("Saved plan is stale") && stale.stderr.contains("plan again"), "{}", stale.stderr);

    let both = told(&run(&project, "both").expect_success());
    assert_eq!((&both["changed"], &both["outputs"]["colour"]), (&json!(1), &json!("green")));
    assert_eq!(told(&run(&project, "plan").expect_success())["changes"], false);
    let outputs = run(&project, "outputs").expect_success();
    assert_eq!(told(&outputs), json!({ "colour": "green", "key": "***" }));
    assert!(!outputs.stderr.contains("hunter-two"), "{}", outputs.stderr);

    let refused = run(&project, "destroy").expect_code(64);
    assert!(refused.stderr.contains("destroy") && resources(&project).len() == 2, "{}", refused.stderr);
    let gone = project.infra(&["run", "destroy", "--yes", "--json"]).output().expect_success();
    assert_eq!(told(&gone)["removed"], 2);
    assert_eq!(resources(&project), Vec::<String>::new());
    let again = project.infra(&["run", "destroy", "--yes", "--json"]).output().expect_success();
    assert_eq!(told(&again)["removed"], 0);
}

#[test]
fn an_apply_that_is_interrupted_leaves_its_state_whole_and_unlocked() {
    let Some(project) = with_terraform() else { return };
    std::fs::remove_file(project.root().join("infra/go")).unwrap();
    let running = Running::new(project.infra(&["run", "apply", "--output", "json"]).start(), |_, _| {});
    wait_for("the slow resource is being made", || project.has("infra/started"));
    // Meanwhile the state is locked for everybody else.
    let locked = Running::new(project.infra(&["run", "apply", "--output", "json"]).start(), |_, _| {}).end().expect_code(1);
    assert!(
        locked.stderr.contains("Error acquiring the state lock") && locked.stderr.contains("lock-timeout"),
        "{}",
        locked.stderr
    );
    running.interrupt();
    let ended = running.end().expect_code(130);
    assert!(ended.stderr.contains("\"cancelled\""), "{}", ended.stderr);
    assert_eq!(resources(&project), ["first"], "what was made is in the state, what was not is not");
    assert!(!project.has("infra/.terraform.tfstate.lock.info"));
    project.file("infra/go", "");
    let applied = told(&run(&project, "apply").expect_success());
    assert_eq!((&applied["added"], resources(&project).len()), (&json!(1), 2));
}

#[test]
fn workspaces_are_made_and_variables_are_given() {
    let Some(project) = with_terraform() else { return };
    assert_eq!(told(&run(&project, "blue").expect_success())["outputs"]["colour"], "blue");
    assert!(project.has("infra/terraform.tfstate.d/dev/terraform.tfstate"));
    let expected = json!([{ "workspace": "default", "selected": false }, { "workspace": "dev", "selected": true }]);
    assert_eq!(told(&run(&project, "workspaces").expect_success()), expected);
}

#[test]
fn a_wrong_configuration_is_told_with_its_place() {
    let Some(project) = with_terraform() else { return };
    let _valid = run(&project, "validate").expect_success();
    project.file("infra/main.tf", "output \"colour\" {\n  value = \"red\"\n  colour = 1\n}\n");
    for task in ["validate", "plan"] {
        let wrong = run(&project, task).expect_code(1);
        assert!(wrong.stderr.contains("main.tf:3: Unsupported argument"), "{task}: {}", wrong.stderr);
    }
}

#[test]
fn it_reaches_what_is_granted_and_no_more() {
    let Some(project) = with_terraform() else { return };
    let refused = run(&project, "nothing").expect_code(77);
    assert!(refused.stderr.contains("program = \"terraform\""), "{}", refused.stderr);
    let confined = run(&project, "reads").expect_code(1);
    assert!(confined.stderr.contains("permission denied") && !project.has("infra/terraform.tfstate"), "{}", confined.stderr);
}
