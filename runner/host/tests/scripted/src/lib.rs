//! Makes the calls of `calls`, one after the other, and returns what each gave: `{"ok": …}` or `{"error": …}`.

use infra::process::{Command, Destination, Output};
use infra::{Error, Grants, Params, Result, json};
use serde_json::Value;

#[derive(Params)]
struct Script {
    /// What to call, in order.
    #[param(default = Vec::<Value>::new())]
    calls: Vec<Value>,
    /// Programs that it says it needs.
    #[param(default = Vec::<String>::new())]
    needs: Vec<String>,
}

fn requires(script: &Script) -> Result<Grants> {
    if script.needs.iter().any(|need| need == "call the host") {
        infra::info!("this must not arrive");
    }
    Ok(script.needs.iter().fold(Grants::new(), |grants, program| grants.program(program)))
}

/// Makes calls.
#[infra::task(requires = requires)]
fn scripted(script: Script) -> Result<Vec<Value>> {
    let answer = |call: &Value| match perform(call) {
        Ok(value) => json!({ "ok": value }),
        Err(error) => json!({ "error": { "code": error.code, "message": error.message, "hint": error.hint } }),
    };
    let answers: Vec<Value> = script.calls.iter().map(answer).collect();
    match script.calls.last() {
        Some(last) if word(last) == "fail" => Err(Error::new("failed", text(last, "message"))),
        _ => Ok(answers),
    }
}

fn word(call: &Value) -> String {
    text(call, "call")
}

fn text(call: &Value, key: &str) -> String {
    call[key].as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn number(call: &Value, key: &str, default: u64) -> u64 {
    call[key].as_u64().unwrap_or(default)
}

fn perform(call: &Value) -> Result<Value> {
    let path = text(call, "path");
    Ok(match word(call).as_str() {
        "read" => json!(String::from_utf8_lossy(&infra::files::read(&path)?)),
        "stat" => json!(infra::files::stat(&path)?.map(|stat| format!("{:?} {} {}", stat.kind, stat.size, stat.executable))),
        "list" => json!(infra::files::list_directory(&path)?),
        "find" => json!(infra::files::find(&path)?),
        "write" if call["executable"] == true => json!(infra::files::write_executable(&path, text(call, "content"))?),
        "write" => json!(infra::files::write(&path, text(call, "content").repeat(times(call)))?),
        "create-directory" => json!(infra::files::create_directory(&path)?),
        "remove" => json!(infra::files::remove(&path)?),
        "program" => program(call)?,
        "find-secret" => json!(infra::secrets::find(&text(call, "name"))?.handle()),
        "ask" => ask(call)?,
        "reveal" => json!(infra::Secret::try_from(text(call, "handle"))?.reveal()?),
        "converse" => converse(call)?,
        "find-program" => json!(infra::process::find(&text(call, "program"))?),
        "log" => (0..times(call)).map(|_| infra::info!("{}", text(call, "text"))).collect(),
        "print" => (0..times(call)).map(|_| println!("{}", text(call, "text"))).collect(),
        "progress" => {
            let bar = infra::ui::Progress::spinner(&text(call, "text"));
            (0..times(call)).map(|_| bar.label(&text(call, "text"))).collect()
        }
        "planning" => json!(infra::context::planning()),
        "wasi" => json!({
            "environment": std::env::vars().count(),
            "arguments": std::env::args().count(),
            "files": std::fs::read_dir("/").is_ok(),
            "network": std::net::TcpStream::connect(text(call, "address")).is_ok(),
            "names": std::net::ToSocketAddrs::to_socket_addrs("localhost:80").is_ok(),
        }),
        "sleep" => {
            std::thread::sleep(std::time::Duration::from_millis(number(call, "ms", 0)));
            Value::Null
        }
        "exit" => std::process::exit(3),
        "trap" => core::arch::wasm32::unreachable(),
        "fail" => Value::Null,
        other => return Err(Error::new("invalid", format!("no such call: {other}"))),
    })
}

fn times(call: &Value) -> usize {
    number(call, "times", 1) as usize
}

fn command(call: &Value) -> Result<Command> {
    let argv = texts(&call["argv"]);
    let (program, args) = argv.split_first().ok_or_else(|| Error::new("invalid", "no argv"))?;
    let mut command = Command::new(program).args(args);
    for (name, value) in call["env"].as_object().into_iter().flatten() {
        command = command.env(name, value.as_str().unwrap_or_default());
    }
    command.dir = call["dir"].as_str().map(str::to_owned);
    command.interactive = call["interactive"] == true;
    command.input = call["input"] == true;
    let to = |key: &str| match call[key].as_str() {
        Some("log") => Destination::Log,
        Some("both") => Destination::Both,
        Some("discard") => Destination::Discard,
        _ => Destination::Task,
    };
    (command.stdout, command.stderr) = (to("stdout"), to("stderr"));
    Ok(command)
}

fn program(call: &Value) -> Result<Value> {
    let done = command(call)?.complete()?;
    let shown = |bytes: &[u8]| match call["measure"] == true {
        true => json!(bytes.len()),
        false => json!(String::from_utf8_lossy(bytes)),
    };
    Ok(json!({
        "code": done.status.code, "signal": done.status.signal, "truncated": done.truncated,
        "stdout": shown(&done.stdout), "stderr": shown(&done.stderr),
    }))
}

/// Starts a program and speaks with it.
/// How long the answer is as the task has it, and what it says.
fn ask(call: &Value) -> Result<Value> {
    let request = infra::http::get(text(call, "url"));
    let secret = || infra::Secret::try_from(text(call, "handle"));
    let request = match text(call, "as").as_str() {
        "bearer" => request.bearer(&secret()?),
        "basic" => request.basic("me", &secret()?),
        "body" => infra::http::post(text(call, "url")).body(text(call, "handle")),
        name => request.header(name, text(call, "handle")),
    };
    let response = request.send()?;
    Ok(json!({ "length": response.body.len(), "header": response.header("x-said").map(str::len), "text": response.text() }))
}

fn converse(call: &Value) -> Result<Value> {
    let _others = (1..number(call, "copies", 1)).map(|_| command(call)?.start()).collect::<Result<Vec<_>>>()?;
    let running = command(call)?.start()?;
    let mut said = vec![];
    for step in call["steps"].as_array().into_iter().flatten() {
        said.push(match word(step).as_str() {
            "write" => json!(running.write_input(text(step, "text").as_bytes())?),
            "write-secret" => json!(running.write_secret(&text(step, "text"))?),
            "close" => json!(running.close_input()?),
            "signal" => json!(running.signal(&text(step, "name"))?),
            "wait" => {
                let status = running.wait()?;
                json!([status.code, status.signal])
            }
            "next" => match running.next_output()? {
                Some(Output::Stdout(bytes)) => json!({ "out": String::from_utf8_lossy(&bytes) }),
                Some(Output::Stderr(bytes)) => json!({ "err": String::from_utf8_lossy(&bytes) }),
                None => Value::Null,
            },
            "poll" => json!(infra::wait_any(&[&running])),
            // Never comes back: the test stops it.
            _ => loop {
                std::thread::sleep(std::time::Duration::from_secs(1));
            },
        });
    }
    Ok(json!(said))
}
