//! What tasks and their programs write cannot control the terminal.

use infra_tests::Project;

/// A task whose `requires` gives a result, and whose `run` fails with a message that clears the screen.
fn hostile(requires_fails: bool) -> Vec<u8> {
    // The memory holds the code, then the message.
    let (code, message) = ("nonsense", r"\1b]0;title\07\1b[2Jcleared");
    let fail = "(i32.store8 (i32.const 0) (i32.const 1))
        (i32.store (i32.const 4) (i32.const 64)) (i32.store (i32.const 8) (i32.const 8))
        (i32.store (i32.const 12) (i32.const 72)) (i32.store (i32.const 16) (i32.const 21))
        (i32.const 0)";
    let answer = "(i32.store8 (i32.const 0) (i32.const 0))
        (i32.store (i32.const 4) (i32.const 128)) (i32.store (i32.const 8) (i32.const 2))
        (i32.const 0)";
    let requires = if requires_fails { fail } else { answer };
    let source = format!(
        r#"(component
  (type $types-type (instance
    (type $text (option string))
    (type $error' (record (field "code" string) (field "message" string) (field "hint" $text) (field "retryable" bool) (field "details" $text)))
    (export "error" (type (eq $error')))))
  (import "infra:task/types@0.1.0" (instance $types (type $types-type)))
  (alias export $types "error" (type $error))
  (core module $main
    (memory (export "memory") 17)
    (data (i32.const 64) "{code}{message}")
    (data (i32.const 128) "{{}}")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1048576))
    (func (export "requires") (param i32 i32) (result i32) {requires})
    (func (export "run") (param i32 i32) (result i32) {fail}))
  (core instance $i (instantiate $main))
  (type $call (func (param "args" string) (result (result string (error $error)))))
  (func $requires (type $call) (canon lift (core func $i "requires") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (func $run (type $call) (canon lift (core func $i "run") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "requires" (func $requires))
  (export "run" (func $run)))"#
    );
    wat::parse_str(source).expect("the component is written right")
}

#[test]
fn nothing_that_a_task_says_reaches_the_terminal_as_it_is() {
    let project = Project::new(
        r#"
        [project]
        name = "demo"

        [tasks.asks]
        uses = "./asks.wasm"

        [tasks.fails]
        uses = "./fails.wasm"

        [tasks.prints]
        sh = "printf '\\033]0;title\\007\\033[2Jcleared\\n'; printf '\\033[2Jcleared\\n' >&2; exit 1"

        [tasks.called]
        run = ["no\u001b[2J-cleared"]

        [tasks.refused]
        uses = "std/process"
        with = { argv = ["\u001b[2Jcleared"] }
        "#,
    );
    project.file("asks.wasm", hostile(true));
    project.file("fails.wasm", hostile(false));
    for task in ["asks", "fails", "prints", "called", "refused"] {
        for verb in [&["run", task][..], &["plan", task], &["-v", "run", task], &["logs"], &["history"]] {
            let output = project.infra(verb).output();
            let shown = output.stdout + &output.stderr;
            let control = |char: char| char.is_control() && char != '\n';
            assert!(!shown.contains(control), "{verb:?}: {shown:?}");
        }
        let output = project.infra(&["run", task]).output();
        assert_ne!(output.code, Some(0), "{task}");
        assert!(output.stderr.contains("cleared"), "{task}: {}", output.stderr);
    }
}

#[test]
fn a_project_cannot_draw_where_its_tasks_are_listed() {
    let project = Project::new(
        r#"
        [project]
        name = "demo"

        [params]
        P = { default = "d\u001b[2Jefault", help = "a \u001b]0;title\u0007parameter" }

        [tasks.hello]
        help = "Say \u001b[2Jhello"
        group = "Gr\u001b[2Jeetings"
        run = ["true"]
        preconditions = [{ exists = "no\u001b[2Jne", message = "m\u001b[2Jissing", hint = "h\u001b[2Jint" }]

        [tasks.destroy]
        run = ["true"]
        confirm = "des\u001b[2Jtroy"
        "#,
    );
    for verb in [
        &["list"][..],
        &["run", "hello", "--help"],
        &["explain", "hello"],
        &["graph", "hello"],
        &["plan", "hello"],
        &["run", "hello"],
        &["run", "destroy"],
        &["check"],
    ] {
        let output = project.infra(verb).output();
        let shown = output.stdout + &output.stderr;
        let control = |char: char| char.is_control() && char != '\n';
        assert!(!shown.is_empty() && !shown.contains(control), "{verb:?}: {shown:?}");
    }
}

#[test]
fn a_component_cannot_draw_where_it_is_inspected() {
    let dirty = |text: &str| format!("{text}\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\r");
    let property = serde_json::json!({ "type": dirty("string"), "default": dirty("d"), "description": dirty("about") });
    let properties = serde_json::Map::from_iter([(dirty("name"), property)]);
    let told = serde_json::json!({
        "name": dirty("task"), "summary": dirty("summary"), "wit": dirty("0.1.0"), "version": dirty("1.0.0"),
        "params": { "type": "object", "properties": properties },
    });
    let mut component = hostile(false);
    let (name, data) = ("infra:task", told.to_string());
    // A custom section: its id, its length, the length of its name, the name, the content.
    let length = |mut number: usize| {
        let mut bytes = vec![];
        while number >= 0x80 {
            bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    };
    component.push(0);
    component.extend(length(1 + name.len() + data.len()));
    component.extend(length(name.len()));
    component.extend(name.bytes());
    component.extend(data.bytes());
    let project = Project::new("[tasks.odd]\nuses = './odd.wasm'\n");
    project.file("odd.wasm", component);
    for verb in [&["inspect", "./odd.wasm"][..], &["inspect", "odd.wasm"], &["explain", "odd"], &["run", "odd", "--help"]] {
        let output = project.infra(verb).output().expect_success();
        let shown = output.stdout + &output.stderr;
        let control = |char: char| char.is_control() && char != '\n' || char == '\u{202e}';
        assert!(!shown.contains(control), "{verb:?}: {shown:?}");
        if verb[0] == "inspect" {
            assert!(shown.contains("summary") && shown.contains("about"), "{verb:?}: {shown}");
        }
    }
}
