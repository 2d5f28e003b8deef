//! The action for GitHub, and the workflow that shows how to use it.

use infra_tests::{Project, binary};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it has one").to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap_or_else(|error| unreachable!("{path}: {error}"))
}

fn yaml(text: &str) -> Value {
    let mut documents = infra_yaml::documents(text).unwrap_or_else(|error| unreachable!("{error}"));
    documents.remove(0).value
}

fn errors(schema: &str, value: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(&read(&format!("tests/fixtures/schemas/{schema}"))).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn workflow() -> Value {
    let page = read("docs/pipelines.md");
    let block = page.split("```yaml workflow\n").nth(1).and_then(|rest| rest.split("\n```").next());
    yaml(block.expect("the page shows a workflow"))
}

#[test]
fn the_action_and_the_workflow_are_what_their_schemas_say() {
    assert_eq!(errors("github-actions.json", &yaml(&read("action.yml"))), [""; 0]);
    assert_eq!(errors("github-workflows.json", &workflow()), [""; 0]);
}

#[test]
fn a_mistake_in_them_would_be_found() {
    let mut action = yaml(&read("action.yml"));
    action["runs"]["steps"][1].as_object_mut().expect("it is a step").remove("shell");
    assert!(!errors("github-actions.json", &action).is_empty());
    let mut workflow = workflow();
    workflow["jobs"]["deploy"]["runs_on"] = json!("x");
    assert!(!errors("github-workflows.json", &workflow).is_empty());
}

#[test]
fn the_workflow_gives_the_action_what_it_takes_and_reads_what_it_gives() {
    let (action, workflow) = (yaml(&read("action.yml")), workflow());
    let step = &workflow["jobs"]["deploy"]["steps"][1];
    for name in step["with"].as_object().expect("it has arguments").keys() {
        assert!(action["inputs"].get(name).is_some(), "{name}");
    }
    let text = workflow.to_string();
    for name in text.split("steps.deploy.outputs.").skip(1) {
        let name: String = name.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
        assert!(action["outputs"].get(&name).is_some(), "{name}");
    }
    // All that infra gives is given on.
    let page = read("docs/pipelines.md");
    let outputs = action["outputs"].as_object().expect("it has outputs");
    assert!(outputs.keys().all(|name| page.contains(&format!("| `{name}` |"))), "{outputs:?}");
}

/// Runs the step `run` of the action as GitHub does, with this input.
fn run_action(project: &Project, words: &str) -> (Option<i32>, String) {
    let action = yaml(&read("action.yml"));
    let step = &action["runs"]["steps"][2];
    assert_eq!((step["id"].as_str(), step["shell"].as_str()), (Some("run"), Some("bash")));
    let place = project.root().join("action/target/release");
    std::fs::create_dir_all(&place).expect("it can be made");
    std::os::unix::fs::symlink(binary(), place.join("infra")).expect("it can be made");
    let script = step["run"].as_str().expect("it is a script");
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(project.root())
        .env("HOME", project.home())
        .env("XDG_CACHE_HOME", binary().with_file_name("test-cache"))
        .env("CI", "true")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_ACTION_PATH", project.root().join("action"))
        .env("GITHUB_OUTPUT", project.root().join("output"))
        .env("INFRA_WORDS", words)
        .output()
        .expect("it starts");
    let shown = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&shown).into_owned())
}

#[test]
fn the_action_runs_the_tasks_and_no_shell_sees_their_words() {
    let project = Project::new("[params]\nWHO = 'you'\n[tasks.hello]\nrun = ['echo', 'hello ${WHO}']\n");
    let (code, shown) = run_action(&project, "hello\n  WHO=$(id);`id`\n");
    assert_eq!((code, shown.contains("hello $(id);`id`")), (Some(0), true), "{shown}");
    let outputs = project.read("output");
    assert!(outputs.contains("outcome") && outputs.contains("succeeded"), "{outputs}");
}

#[test]
fn the_action_ends_with_the_code_of_the_run() {
    let project = Project::new("[tasks.wrong]\nrun = ['sh', '-c', 'exit 7']\n");
    assert_eq!(run_action(&project, "wrong").0, Some(7));
}
