//! A handle is exchanged where its secret may go, and nowhere else; the secret does not come back to the task.

use crate::world::{HANDLE_KEY, plan, world};
use infra_event::{ErrorCode, SecretHandle};
use serde_json::{Value, json};

const SECRET: &str = "hunter2+hunter3";

fn handle() -> String {
    SecretHandle::new("DB", HANDLE_KEY).as_str().to_owned()
}

fn sh(script: &str) -> Value {
    json!({ "call": "program", "argv": ["sh", "-c", script], "env": { "PW": format!("<{}>", handle()) } })
}

/// Says of a text whether it is the secret, without writing it.
const IS_THE_SECRET: &str = r#"test "$(printf %s "$PW" | sha256sum | cut -c1-12)" = d8a1c5dd2e61 || exit 4"#;

fn digest_of(text: &str) -> String {
    infra_event::Digest::of(text.as_bytes()).hex()[..12].to_owned()
}

#[tokio::test]
async fn a_program_gets_the_secret_and_the_task_does_not() {
    let mut world = world(
        r#"process = [{ program = "sh" }]
        secrets = [{ name = "DB", to = ["process:sh"] }]"#,
    );
    let check = IS_THE_SECRET.replace("d8a1c5dd2e61", &digest_of(&format!("<{SECRET}>")));
    assert_eq!(world.ok(sh(&check)).await["code"], 0);
    let leaking = world.ok(sh("printf '%s' \"$PW\"; printf %s \"$PW\" | base64 >&2")).await;
    assert_eq!(leaking["stdout"], "<***>");
    assert!(!leaking["stderr"].as_str().unwrap().contains("aHVudGVyMitodW50ZXIz"), "{leaking}");
    let steps = json!([{ "call": "next" }, { "call": "next" }]);
    let mut call = sh("printf '%s' \"$PW\"");
    call["call"] = json!("converse");
    call["steps"] = steps;
    let said = world.ok(call).await.to_string();
    assert!(said.contains("***") && !said.contains("hunter"), "{said}");
}

#[tokio::test]
async fn a_secret_goes_nowhere_where_it_may_not() {
    let mut world = world(
        r#"process = [{ program = "sh" }, { program = "env" }]
        files = { write = ["out/**"] }
        secrets = [{ name = "DB", to = ["process:env"] }]"#,
    );
    let refused = world.fails(ErrorCode::DENIED, sh("true")).await;
    assert!(refused.contains(r#"secrets = [{ name = \"DB\", to = [\"process:sh\"] }]"#), "{refused}");
    let write = json!({ "call": "write", "path": "out/x", "content": handle() });
    assert!(world.fails(ErrorCode::DENIED, write).await.contains("file:out/x"));
    assert!(!world.has("out/x"));
    let argument = json!({ "call": "program", "argv": ["env", handle()] });
    assert!(world.fails(ErrorCode::DENIED, argument).await.contains("arguments"));
    assert!(!world.told().iter().any(|told| told.starts_with("process.run Performed")), "{:?}", world.told());
}

#[tokio::test]
async fn only_a_handle_of_this_runner_is_exchanged() {
    let mut world = world(
        r#"process = [{ program = "sh" }]
        secrets = [{ name = "DB", to = ["process:sh"] }]"#,
    );
    let guessed = SecretHandle::new("DB", b"").as_str().to_owned();
    let call = json!({ "call": "program", "argv": ["sh", "-c", "printf %s \"$PW\""], "env": { "PW": guessed } });
    assert_eq!(world.ok(call).await["stdout"], guessed);
}

#[tokio::test]
async fn a_secret_is_told_to_the_task_only_where_that_is_granted() {
    let reveal = json!({ "call": "reveal", "handle": handle() });
    let mut narrow = world(r#"secrets = [{ name = "DB", to = ["process:sh"] }]"#);
    let refused = narrow.fails(ErrorCode::DENIED, reveal.clone()).await;
    assert!(refused.contains(r#"secrets = [{ name = \"DB\", reveal = true }]"#), "{refused}");
    let mut wide = world(
        r#"process = [{ program = "sh" }]
        secrets = [{ name = "DB", to = ["process:sh"], reveal = true }]"#,
    );
    // What the task says of itself is masked; what it holds is not.
    assert_eq!(wide.ok(reveal).await, "***");
    let call = json!({ "call": "program", "argv": ["sh", "-c", "printf %s \"$PW\" | wc -c"], "env": { "PW": handle() } });
    assert_eq!(wide.ok(call).await["stdout"], format!("{}\n", SECRET.len()));
}

#[tokio::test]
async fn a_handle_is_found_by_its_name_where_something_is_granted() {
    let find = |name: &str| json!({ "call": "find-secret", "name": name });
    let mut world = world(r#"secrets = [{ name = "DB", to = ["process:sh"] }]"#);
    assert_eq!(world.ok(find("DB")).await, "${secrets.DB}");
    assert!(world.fails(ErrorCode::DENIED, find("OTHER")).await.contains("OTHER"));
    assert!(world.fails(ErrorCode::NOT_FOUND, find("NONE")).await.contains("[secrets]"));
}

#[tokio::test]
async fn a_program_reads_a_secret_from_its_input() {
    let mut world = world(
        r#"process = [{ program = "sh" }, { program = "cat" }]
        secrets = [{ name = "DB", to = ["process:sh"] }]"#,
    );
    let talk = |program: &str| {
        json!({ "call": "converse", "argv": [program, "-c", "wc -c"], "input": true, "steps": [
            { "call": "write-secret", "text": format!("{}\n", handle()) }, { "call": "close" }, { "call": "next" }, { "call": "wait" },
        ] })
    };
    let said = world.ok(talk("sh")).await;
    assert_eq!(said[2]["out"], format!("{}\n", SECRET.len() + 1));
    assert!(world.fails(ErrorCode::DENIED, talk("cat")).await.contains("process:cat"));
}

#[tokio::test]
async fn a_file_with_a_secret_is_its_owners_alone_and_is_not_read_back() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut world = world(
        r#"files = { write = ["out/**"] }
        secrets = [{ name = "DB", to = ["file:out/*.env"] }]"#,
    );
    world.file("out/public.env", "old");
    for path in ["out/new.env", "out/public.env"] {
        let write = json!({ "call": "write", "path": path, "content": format!("A=1\nPW={}\n", handle()) });
        world.ok(write.clone()).await;
        world.ok(write).await;
        assert_eq!(world.read(path), format!("A=1\nPW={SECRET}\n"));
        let mode = std::fs::metadata(world.root.join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path}");
        let read = world.fails(ErrorCode::DENIED, json!({ "call": "read", "path": path })).await;
        assert!(read.contains("reveal = true"), "{read}");
    }
    let elsewhere = json!({ "call": "write", "path": "out/new.txt", "content": handle() });
    assert!(world.fails(ErrorCode::DENIED, elsewhere).await.contains("file:out/new.txt"));
}

/// A server that says in a header and in the body which authorization it got; its port.
fn echo() -> u16 {
    use std::io::{BufRead as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let lines = std::io::BufReader::new(client.try_clone().unwrap()).lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let said = head.iter().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default();
            let _ = write!(client, "HTTP/1.1 200 OK\r\nx-said: {said}\r\ncontent-length: {}\r\n\r\n{said}", said.len());
        }
    });
    port
}

#[tokio::test]
async fn a_secret_goes_in_headers_alone_and_does_not_come_back() {
    let url = format!("http://127.0.0.1:{}/", echo());
    let ask = |how: &str| json!({ "call": "ask", "url": url, "as": how, "handle": handle() });
    let http = r#"http = [{ hosts = ["127.0.0.1:*"], methods = ["GET", "POST"] }]"#;
    let grants = |reveal: &str| format!("{http}\nsecrets = [{{ name = \"DB\", to = [\"http:http://127.0.0.1:*\"]{reveal} }}]");
    let (mut hidden, mut told) = (world(&grants("")), world(&grants(", reveal = true")));
    // Base64 of `me:` and the secret, which the server must have got to say it.
    let encoded = "Basic bWU6aHVudGVyMitodW50ZXIz";
    for (how, whole, shown) in [("bearer", "Bearer ".len() + SECRET.len(), "Bearer ***"), ("basic", encoded.len(), "")] {
        let answer = told.ok(ask(how)).await;
        assert_eq!((&answer["length"], &answer["header"]), (&json!(whole), &json!(whole)), "{how}: {answer}");
        let answer = hidden.ok(ask(how)).await;
        assert!(answer["length"] != json!(whole) && answer["header"] != json!(whole), "{how}: {answer}");
        assert!(answer["text"].as_str().unwrap().starts_with(shown), "{how}: {answer}");
    }
    assert!(hidden.fails(ErrorCode::DENIED, ask("body")).await.contains("body of a request"));
    let mut other = world(&format!("{http}\nsecrets = [{{ name = \"DB\", to = [\"http:127.0.0.1:*\", \"process:sh\"] }}]"));
    assert!(other.fails(ErrorCode::DENIED, ask("bearer")).await.contains("http:http://127.0.0.1"));
}

#[tokio::test]
async fn a_plan_checks_and_looks_nothing_up() {
    let mut denied = plan(r#"process = [{ program = "sh" }]"#);
    denied.fails(ErrorCode::DENIED, sh("true")).await;
    let mut allowed = plan(
        r#"process = [{ program = "sh" }]
        files = { write = ["out/**"] }
        secrets = [{ name = "*", to = ["process:sh", "file:out/**"] }]"#,
    );
    allowed.file("out/keep", "");
    allowed.fails(ErrorCode::UNKNOWN, sh("true")).await;
    // This one has no value at all, which only a run finds out.
    let other = SecretHandle::new("OTHER", HANDLE_KEY).as_str().to_owned();
    allowed.ok(json!({ "call": "write", "path": "out/x", "content": other })).await;
    assert!(!allowed.has("out/x"));
}

#[tokio::test]
async fn what_cannot_be_had_says_which_secret_from_where() {
    let mut world = world(
        r#"process = [{ program = "sh" }]
        secrets = [{ name = "*", to = ["process:sh"] }]"#,
    );
    let other = SecretHandle::new("OTHER", HANDLE_KEY).as_str().to_owned();
    let call = json!({ "call": "program", "argv": ["sh", "-c", "true"], "env": { "T": other } });
    let error = world.fails(ErrorCode::NOT_FOUND, call).await;
    for part in ["OTHER", "env:OTHER_TOKEN", "Infrafile.toml:3", "export OTHER_TOKEN="] {
        assert!(error.contains(part), "{part}: {error}");
    }
}
