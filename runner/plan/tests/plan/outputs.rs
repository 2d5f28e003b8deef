use crate::project::{Known, find, plan, wrong};
use infra_event::Value;
use serde_json::json;

const TEXT: &str = "
[tasks.cluster]
uses = 'std/x'

[tasks.app]
uses  = 'std/x'
needs = ['cluster']
with  = { context = '${needs.cluster.context}', url = 'http://${needs.cluster.hosts.1.name}:${needs.cluster.port}', all = '${needs.cluster}', hosts = '${needs.cluster.hosts:json}' }

[tasks.tool]
run   = ['tool', '--port', '${needs.cluster.port}']
dir   = '${needs.cluster.dir}'
env   = { HOST = '${needs.cluster.host}' }
needs = ['cluster']

[tasks.script]
sh     = 'echo $LIST'
params = { LIST = { type = 'list', required = true } }

[tasks.both]
steps = ['cluster', { task = 'script', with = { LIST = '${needs.cluster.list}' } }]
";

#[test]
fn outputs_reach_the_arguments_with_their_types() {
    let plan = plan(TEXT, &["app", "tool"]);
    let output =
        json!({ "context": { "a": 1 }, "hosts": [{ "name": "x" }, { "name": "y" }], "port": 80, "dir": "sub", "host": "h" });
    let known = Known::of(&plan, [("cluster", output.clone())]);
    let app = find(&plan, "app").prepare(&known).unwrap().args;
    let expected = json!({
        "context": { "a": 1 }, "url": "http://y:80", "all": output, "hosts": "[{\"name\":\"x\"},{\"name\":\"y\"}]",
    });
    assert_eq!(app, Value::Json(expected));
    let tool = find(&plan, "tool").prepare(&known).unwrap();
    assert_eq!(tool.args.to_json()["argv"], json!(["tool", "--port", "80"]));
    assert_eq!((tool.dir.as_str(), tool.env["HOST"].as_str()), ("sub", "h"));
}

#[test]
fn before_the_run_they_are_unknown_with_their_origin() {
    let plan = plan(TEXT, &["app", "tool"]);
    let app = find(&plan, "app").prepare(&Known::default()).unwrap();
    assert_eq!(app.args.unknown(), Some("needs.cluster.context"));
    let tool = find(&plan, "tool").prepare(&Known::default()).unwrap_err().to_string();
    assert!(tool.contains("known only when its task has run"), "{tool}");
}

#[test]
fn what_an_output_does_not_have_is_told_with_what_it_has() {
    let plan = plan(TEXT, &["app", "tool"]);
    let missing =
        |output: serde_json::Value| find(&plan, "app").prepare(&Known::of(&plan, [("cluster", output)])).unwrap_err().to_string();
    let text = missing(json!({ "name": "x" }));
    assert!(text.contains("no `context`") && text.contains("`name`"), "{text}");
    let text = missing(json!({ "context": 1, "hosts": [{}] }));
    assert!(text.contains("no `1`") && text.contains("1 elements"), "{text}");
    let text = missing(json!("plain"));
    assert!(text.contains("not a table"), "{text}");
    let skipped = find(&plan, "app").prepare(&Known::of(&plan, [])).unwrap_err().to_string();
    assert!(skipped.contains("the task was not done"), "{skipped}");
}

#[test]
fn a_list_inside_a_text_or_an_argument_says_how() {
    let plan = plan(TEXT, &["tool"]);
    let known = Known::of(&plan, [("cluster", json!({ "port": [1, 2], "dir": ".", "host": "h" }))]);
    let refused = find(&plan, "tool").prepare(&known).unwrap_err().to_string();
    assert!(refused.contains("is a list") && refused.contains(":csv"), "{refused}");
}

#[test]
fn a_script_gets_lists_as_text_also_where_they_come_from_outputs() {
    let plan = plan(TEXT, &["both"]);
    let known = Known::of(&plan, [("cluster", json!({ "list": ["a", "b c"] }))]);
    assert_eq!(find(&plan, "script").prepare(&known).unwrap().env["LIST"], "a,b c");
}

#[test]
fn only_what_was_done_before_may_be_asked() {
    let text = "
    [tasks]
    a = { uses = 'std/x' }
    b = { uses = 'std/x', with = { x = '${needs.a.y}' } }
    c = { steps = [{ task = 'b', with = { x = '${needs.a.y}' } }, 'a'] }
    ";
    let refused = wrong(text, &["b"]);
    assert!(refused.contains("needs.a.y") && refused.contains("`needs`"), "{refused}");
    assert_eq!(refused.matches("names nothing that is known here").count(), 2, "{refused}");
}
