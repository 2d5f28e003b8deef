mod grants;
mod kinds;

use infra_event::Limits;
use kinds::{flag, list_of, map_of, number, one_of, reference, scalar, table, text, texts, value};
use serde_json::{Value as Json, json};

/// The JSON Schema of an Infrafile, for editors: every key with its kind and what it is.
///
/// It says what a file may look like. What depends on other parts of the file (a task that is called, a parameter that is named) is looked at by
/// [`check`](crate::check).
#[must_use]
pub fn schema() -> Json {
    let mut whole = table(
        "",
        vec![
            ("project", reference("project", "The project")),
            ("params", map_of("Parameters, by their names", reference("param", ""))),
            ("secrets", map_of("Secrets, by their names", reference("secret", ""))),
            ("profile", map_of("Profiles, by their names; the parameter PROFILE chooses one", reference("profile", ""))),
            ("grants", map_of("Named grants", reference("grant", ""))),
            ("tasks", map_of("Tasks, by their names", reference("task", ""))),
            ("include", list_of("Other files with tasks", reference("include", ""))),
        ],
        &[],
    );
    if let Json::Object(whole) = &mut whole {
        whole.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        whole.insert("title".to_owned(), json!("Infrafile"));
        whole.insert("description".to_owned(), json!("The tasks of an infrastructure repository"));
        whole.insert("$defs".to_owned(), definitions());
    }
    whole
}

fn definitions() -> Json {
    json!({
        "project": project(),
        "param": param(),
        "secret": secret(),
        "value": value("A value"),
        "profile": profile(),
        "task": task(),
        "call": call(),
        "when": when(),
        "precondition": precondition(),
        "retries": retries(),
        "limits": limits(),
        "service": service(),
        "include": include(),
        "allow": { "anyOf": [text("The name of a grant"), reference("grant", "")] },
        "grant": grants::grant(),
        "secret-grant": grants::secret(),
        "files": grants::files(),
        "process": grants::process(),
        "docker": grants::docker(),
        "kubernetes": grants::kubernetes(),
        "http": grants::http(),
    })
}

fn project() -> Json {
    table(
        "The project",
        vec![
            ("name", text("What containers, networks and volumes are labelled with; else the directory's name")),
            (
                "sandbox",
                one_of("`required` refuses to start programs that the kernel cannot confine fully", ["auto", "required"]),
            ),
            ("protect", texts("Contexts of Kubernetes for whose names a run asks before it starts")),
        ],
        &[],
    )
}

fn param() -> Json {
    let declared = table(
        "A parameter",
        vec![
            ("type", one_of("What its values are; else what the default is", ["string", "integer", "boolean", "list"])),
            ("default", value("The value where nothing gives one")),
            ("choices", list_of("The only values; for a list, of its elements", value(""))),
            ("pattern", text("A regular expression that the whole text must match; for a list, each element")),
            ("required", flag("There is no default, and a value must be given")),
            ("env", text("The environment variable that gives the value")),
            ("help", text("One line for people")),
        ],
        &[],
    );
    json!({ "description": "A parameter, or just its default", "anyOf": [scalar(), texts("Its default"), declared] })
}

fn secret() -> Json {
    let command = table(
        "What a program writes to its standard output",
        vec![
            ("cmd", texts("The program and its arguments")),
            ("read", texts("The files that the program may read")),
            ("connect", texts("The TCP ports that it may connect to: `*:443`, or `*`")),
            ("env", texts("The variables of the runner's environment that it gets")),
            ("confine", flag("`false`: it starts without confinement and can do what its user can")),
        ],
        &["cmd"],
    );
    let written = json!({
        "type": "string",
        "pattern": "^((env|file|prompt):.|vault://[^/]+/.+#.|kubernetes:[^/]+/[^/]+/[^/]+$)",
        "description": "`env:VARIABLE`, `file:PATH`, `vault://MOUNT/PATH#KEY`, `kubernetes:NAMESPACE/NAME/KEY` or `prompt:TEXT`",
    });
    let cluster = table(
        "A key of a Secret in a cluster",
        vec![
            ("kubernetes", text("`NAMESPACE/NAME/KEY`")),
            ("context", text("The context of the kubeconfig; the current one where nothing is said")),
        ],
        &["kubernetes"],
    );
    json!({ "description": "Where the secret comes from", "anyOf": [written, command, cluster] })
}

fn profile() -> Json {
    table(
        "Other values, chosen by the parameter PROFILE. It never widens what is allowed",
        vec![
            ("extends", text("The profile that this one starts from")),
            ("params", map_of("Other values of parameters", value(""))),
            ("tasks", map_of("Other values of keys of tasks", json!({ "type": "object" }))),
        ],
        &[],
    )
}

fn task() -> Json {
    let calls = |about: &str| list_of(about, reference("call", ""));
    table(
        "A task: one of `uses`, `run`, `sh` and `steps`, or only `needs`",
        vec![
            ("help", text("One line for people")),
            ("group", text("The heading that lists put it under")),
            ("aliases", texts("Other names")),
            ("private", flag("Not listed, and not to be named on the command line")),
            ("params", map_of("Parameters of its own", reference("param", ""))),
            ("uses", text("A component: `std/NAME`, `./path/to/crate`, `./path/to/file.wasm`")),
            (
                "with",
                json!({ "type": "object", "description": "The component's arguments; `infra inspect std/NAME` shows what it takes" }),
            ),
            ("run", texts("One program and its arguments, each a text. No shell sees it")),
            ("sh", text("A script for `sh -eu`. It is never interpolated: parameters reach it as environment variables")),
            ("steps", calls("Tasks, in this order")),
            ("needs", calls("Tasks that must be done before, in any order")),
            ("finally", calls("Tasks that are done after it, also after a failure or an interruption")),
            ("when", reference("when", "Conditions, all of which must hold")),
            ("matrix", map_of("Lists: the task is done once for each combination", json!({ "type": "array" }))),
            ("serial", flag("The rows of the matrix go one after the other, and a failure ends them")),
            ("env", map_of("The environment of its programs", scalar())),
            ("dir", text("Where its programs start, relative to the project's root")),
            ("allow", list_of("What it may do: names of grants, and grants", reference("allow", ""))),
            ("confine", flag("`false`: the program of `run` or `sh` runs without confinement")),
            ("locks", texts("Names that no two tasks hold at once, also in two runs of the project")),
            ("retries", reference("retries", "How often it is tried")),
            ("timeout", text("The longest that an attempt may take: `250ms`, `30s`, `1h30m`")),
            ("limits", reference("limits", "What its component may use")),
            ("confirm", text("The word that a person must type before anything runs; `--yes` answers it")),
            ("preconditions", list_of("What must be there before anything runs", reference("precondition", ""))),
            ("interactive", flag("Its program gets the terminal")),
            ("service", reference("service", "The task lives on after the run")),
            ("inputs", texts("Patterns of the files that it is made from: it is not run while they are as they were")),
            ("outputs", texts("Patterns of the files that it makes: it is not run while they are as it left them")),
            ("cache", flag("What it makes is kept, and brought back where the same is asked for again")),
            ("skip", text("A reason not to do it; meant for profiles")),
        ],
        &[],
    )
}

fn call() -> Json {
    let with = json!({ "type": "object", "description": "Values for parameters of the task and of the project" });
    let called = table("A call with values", vec![("task", text("The task")), ("with", with)], &["task"]);
    json!({ "description": "A task, or a call of it with values", "anyOf": [text("The task"), called] })
}

fn when() -> Json {
    let condition = json!({ "anyOf": [scalar(), { "type": "array", "items": scalar() }, { "type": "object" }] });
    json!({
        "type": "object",
        "description": "Each parameter, or axis as `matrix.NAME`, has one of these values; under `not`, none of them",
        "additionalProperties": condition,
    })
}

fn precondition() -> Json {
    table(
        "A path that must be there",
        vec![
            ("exists", text("The path, relative to the project's root")),
            ("message", text("What is wrong where it is missing")),
            ("hint", text("What to do then")),
        ],
        &["exists"],
    )
}

fn retries() -> Json {
    let whole = table(
        "How often it is tried",
        vec![
            ("attempts", number("How many, with the first", 1)),
            ("backoff", text("The wait before the second attempt; it doubles, with jitter")),
            ("limit", text("The longest wait")),
        ],
        &[],
    );
    json!({ "description": "A number of attempts, or a table", "anyOf": [number("How many attempts, with the first", 1), whole] })
}

fn limits() -> Json {
    let default = Limits::default();
    let size = |about: &str, default: u64| json!({ "description": format!("{about}: bytes, or a text like `256MiB`"), "type": ["integer", "string"], "minimum": 0, "default": default });
    let count = |about: &str, default: u64| {
        let mut schema = number(about, 0);
        schema["default"] = json!(default);
        schema
    };
    table(
        "What a component may use",
        vec![
            ("memory", size("All memories of the component", default.memory)),
            ("table-elements", count("Elements in each table", default.table_elements)),
            ("instances", count("Core instances, memories and tables, each", default.instances.into())),
            ("host-calls", count("Calls of host functions", default.host_calls)),
            ("log", size("The log; more is counted and dropped", default.log)),
            ("message", size("One argument or result", default.message)),
            ("handles", count("Processes, streams and progress lines at once", default.handles.into())),
        ],
        &[],
    )
}

fn service() -> Json {
    let whole = table(
        "A task that lives on",
        vec![
            ("ready", text("`tcp://HOST:PORT`, which accepts a connection when it is ready")),
            ("restart", one_of("Whether it is started again when its program fails", ["no", "on-failure"])),
        ],
        &[],
    );
    json!({ "description": "`true`, or a table", "anyOf": [flag("It lives on"), whole] })
}

fn include() -> Json {
    table(
        "Another file with tasks; they get at most what is allowed here",
        vec![
            ("path", text("The file, relative to the project's root")),
            ("namespace", text("What its tasks' names start with")),
            ("allow", list_of("The most that its tasks may be allowed", reference("allow", ""))),
        ],
        &["path", "namespace"],
    )
}
