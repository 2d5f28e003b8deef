use super::{good, loaded, wrong};
use crate::Template;
use serde_json::json;

fn literals(templates: &[Template]) -> Vec<serde_json::Value> {
    let literal = |template: &Template| match template {
        Template::Literal(value) => value.clone(),
        _ => json!("reference"),
    };
    templates.iter().map(literal).collect()
}

#[test]
fn a_task_says_what_it_is_made_from_and_what_it_makes() {
    let infrafile = good(
        "params = { NAME = 'a' }\n[tasks.a]\nrun = ['true']\ninputs = ['src/**', '${NAME}/x']\noutputs = ['build/*.o']\ncache = true\n\
         [tasks.b]\nrun = ['true']\n[tasks.c]\nrun = ['true']\noutputs = ['**']\n",
    );
    let made = infrafile.tasks["a"].up_to_date.as_ref().unwrap();
    assert_eq!(literals(&made.inputs), [json!("src/**"), json!("reference")]);
    assert_eq!((literals(&made.outputs), made.cache), (vec![json!("build/*.o")], true));
    assert_eq!(infrafile.tasks["b"].up_to_date, None);
    assert!(!infrafile.tasks["c"].up_to_date.as_ref().unwrap().cache);
}

#[test]
fn a_profile_puts_other_patterns_in_their_place() {
    let text = "params = { PROFILE = { default = 'a', choices = ['a', 'b'] } }\n[profile.b]\ntasks.a = { inputs = ['other'], cache = true }\n\
                [tasks.a]\nrun = ['true']\ninputs = ['one', 'two']\n";
    let patterns = |profile| {
        let task = loaded(text, &[("PROFILE", profile)]).unwrap().tasks["a"].up_to_date.clone().unwrap();
        (literals(&task.inputs), task.cache)
    };
    assert_eq!(patterns("a"), (vec![json!("one"), json!("two")], false));
    assert_eq!(patterns("b"), (vec![json!("other")], true));
}

#[test]
fn what_cannot_be_is_shown_at_its_place() {
    for (task, message, at) in [
        ("run = ['true']\ninputs = 'src'", "`inputs` must be a list of texts: patterns of paths, not a text", "2:10"),
        ("run = ['true']\ninputs = [1]", "`inputs` must be a text", "2:11"),
        ("run = ['true']\ninputs = ['../x']", "the pattern `../x` of `inputs` is wrong: it holds `..`", "2:11"),
        ("run = ['true']\noutputs = ['']", "the pattern `` of `outputs` is wrong: it is empty", "2:12"),
        ("run = ['true']\noutputs = ['/etc/x']", "outputs lie in the project", "2:12"),
        ("run = ['true']\noutputs = ['**']\ncache = true", "an output starts with a name", "2:12"),
        ("run = ['true']\noutputs = ['./*.o']\ncache = true", "an output starts with a name", "2:12"),
        ("run = ['true']\ncache = true", "`cache` needs `inputs` or `outputs`", "2:1"),
        ("run = ['true']\ninputs = []\ncache = 1", "`cache` must be `true` or `false`", "3:9"),
        ("run = ['true']\ninputs = []\ncache = true\ninteractive = true", "`cache` does not go with `interactive = true`", "3:1"),
        ("run = ['true']\ninputs = []\ncache = true\nconfine = false", "`cache` does not go with `confine = false`", "3:1"),
        ("run = ['true']\ninputs = []\nservice = true", "`inputs` does not go with `service`", "2:1"),
        ("needs = ['b']\ninputs = []", "`inputs` goes only with `uses`, `run` and `sh`", "2:1"),
        ("run = ['true']\ninputs = ['${NOWHERE}/x']", "`${NOWHERE}` names nothing that is known here", "2:12"),
    ] {
        let text = wrong(&format!("tasks.b.run = ['true']\n[tasks.a]\n{task}\n"));
        let (line, column) = at.split_once(':').unwrap();
        let at = format!("{}:{column}", line.parse::<usize>().unwrap() + 2);
        assert!(text.contains(message) && text.contains(&format!("Infrafile.toml:{at}")), "{task}: {text}");
    }
}
