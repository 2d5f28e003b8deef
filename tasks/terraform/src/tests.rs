use super::*;
use infra::Error;
use infra::testing::TestHost;
use serde_json::json;

fn call(host: &TestHost, args: Value) -> Result<Value> {
    host.run(|| terraform(Terraform::from_json(args)?))
}

const INIT: &str = "terraform init -input=false -no-color";
const PLAN: &str = "terraform plan -json -input=false -lock-timeout=60s -detailed-exitcode -out=infra.tfplan";
const APPLY: &str = "terraform apply -json -input=false -lock-timeout=60s infra.tfplan";

fn lines(all: &[Value]) -> String {
    all.iter().map(|line| format!("{line}\n")).collect()
}

fn planned() -> String {
    lines(&[
        json!({ "type": "version", "terraform": "1.11.4" }),
        json!({ "type": "planned_change", "change": { "resource": { "addr": "terraform_data.a" }, "action": "create" } }),
        json!({ "type": "change_summary", "changes": { "add": 1, "change": 0, "import": 0, "remove": 0, "operation": "plan" } }),
    ])
}

#[test]
fn a_plan_tells_its_summary_and_where_it_is() {
    let host = TestHost::new().command(INIT, 0, "").command(PLAN, 2, &planned());
    let told = call(&host, json!({ "dir": "infra" })).unwrap_or_default();
    assert_eq!(
        told,
        json!({ "plan": "infra.tfplan", "changes": true, "add": 1, "change": 0, "remove": 0,
            "resources": [{ "address": "terraform_data.a", "action": "create" }] })
    );
}

#[test]
fn the_plan_that_was_made_is_applied_and_no_other() {
    let applied = lines(&[
        json!({ "type": "apply_complete", "@message": "a: done", "hook": { "resource": { "addr": "terraform_data.a" } } }),
        json!({ "type": "change_summary", "changes": { "add": 1, "change": 0, "remove": 0, "operation": "apply" } }),
    ]);
    let outputs = r#"{"url":{"sensitive":false,"type":"string","value":"http://a"},"key":{"sensitive":true,"type":"string","value":"hunter2"}}"#;
    let host = TestHost::new().command(INIT, 0, "").command(PLAN, 2, &planned()).command(APPLY, 0, &applied).command(
        "terraform output -json",
        0,
        outputs,
    );
    let both = call(&host, json!({ "action": "apply" })).unwrap_or_default();
    assert_eq!(both, json!({ "added": 1, "changed": 0, "removed": 0, "outputs": { "url": "http://a", "key": "***" } }));
    let made = host.calls().len();
    assert!(call(&host, json!({ "action": "apply", "planned": "infra.tfplan", "init": false })).is_ok());
    assert_eq!(host.calls()[made..], [format!("process.start {APPLY}"), "process.run terraform output -json".to_owned()]);
}

#[test]
fn nothing_to_do_applies_nothing() {
    let host = TestHost::new().command(INIT, 0, "").command(PLAN, 0, "").command("terraform output -json", 0, "{}");
    let told = call(&host, json!({ "action": "apply" }));
    assert_eq!(told, Ok(json!({ "added": 0, "changed": 0, "removed": 0, "outputs": {} })));
    assert!(!host.calls().iter().any(|call| call.contains("terraform apply")), "{:?}", host.calls());
}

#[test]
fn what_terraform_complains_of_is_the_error() {
    let wrong = lines(&[json!({ "type": "diagnostic", "diagnostic": { "severity": "error", "summary": "Unsupported argument",
        "detail": "An argument named \"x\"\n  is not expected here.", "range": { "filename": "main.tf", "start": { "line": 3 } } } })]);
    let host = TestHost::new().command(INIT, 0, "").command(PLAN, 1, &wrong);
    let error = call(&host, json!({})).err().unwrap_or_else(|| Error::failed("it passed"));
    assert_eq!(
        error.message,
        "`terraform plan` ended with exit code 1: main.tf:3: Unsupported argument: An argument named \"x\" is not expected here."
    );
    assert_eq!(error.details, Some(json!({ "exit_code": 1 })));
    let locked = lines(&[
        json!({ "type": "diagnostic", "diagnostic": { "severity": "error", "summary": "Error acquiring the state lock" } }),
    ]);
    let host = TestHost::new().command(INIT, 0, "").command(PLAN, 1, &locked);
    let hint = call(&host, json!({})).err().and_then(|error| error.hint).unwrap_or_default();
    assert!(hint.contains("lock-timeout"), "{hint}");
}

#[test]
fn workspaces_are_selected_and_listed() {
    let host = TestHost::new().command(INIT, 0, "").command("terraform workspace select -or-create=true dev", 0, "").command(
        "terraform workspace list",
        0,
        "  default\n* dev\n",
    );
    let told = call(&host, json!({ "action": "workspaces", "workspace": "dev" }));
    assert_eq!(told, Ok(json!([{ "workspace": "default", "selected": false }, { "workspace": "dev", "selected": true }])));
}

#[test]
fn a_configuration_is_validated_by_itself() {
    let told = json!({ "valid": false, "error_count": 1, "diagnostics": [{ "severity": "error", "summary": "Missing name" }] });
    let host = TestHost::new().command(INIT, 0, "").command("terraform validate -json", 1, &told.to_string());
    let error = call(&host, json!({ "action": "validate" })).err().map(|error| error.message);
    assert_eq!(error.as_deref(), Some("`terraform validate` ended with exit code 1: Missing name"));
}
