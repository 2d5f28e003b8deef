//! What a task may do.

use super::kinds::{flag, list_of, one_of, reference, table, text, texts};
use infra_effect::{DockerVerb, HttpMethod, KubernetesVerb};
use serde_json::Value as Json;

pub(super) fn grant() -> Json {
    table(
        "What a task may do",
        vec![
            ("process", list_of("The programs that it may start", reference("process", ""))),
            ("files", reference("files", "The files that the task itself may use")),
            ("docker", list_of("What it may do through Docker", reference("docker", ""))),
            ("kubernetes", list_of("What it may do with Kubernetes clusters", reference("kubernetes", ""))),
            ("http", list_of("The servers that it may ask over HTTP", reference("http", ""))),
            ("secrets", list_of("The secrets that it may use, and where each may go", reference("secret-grant", ""))),
        ],
        &[],
    )
}

pub(super) fn secret() -> Json {
    table(
        "Where a secret may go",
        vec![
            ("name", text("The secret, by its name in `[secrets]`; a star stands for any run of characters")),
            ("from", texts("Where its text may come from: `env:DB_*`; anywhere, where nothing is said")),
            ("to", texts("Where it may go: `process:PROGRAM`, `docker:IMAGE`, `http:HOST`, `file:PATH`")),
            ("reveal", flag("Its text may be told to the task itself")),
        ],
        &["name"],
    )
}

pub(super) fn files() -> Json {
    table(
        "Files, by patterns of paths: `**` is any number of segments",
        vec![("read", texts("May be read and listed")), ("write", texts("May be read, written and removed"))],
        &[],
    )
}

pub(super) fn process() -> Json {
    table(
        "A program",
        vec![
            ("program", text("A name that is looked up in PATH, or a path")),
            (
                "args",
                texts(
                    "A pattern for each argument: `*` is any one, a last `**` all that follow, a leading `=` takes the rest to the letter",
                ),
            ),
            ("read", texts("The files that the program may read")),
            ("write", texts("The files that the program may read and write")),
            ("connect", texts("The TCP ports that it may connect to: `*:443`, or `*`")),
            ("listen", texts("The TCP ports that it may listen on: `*:3000`, or `*`")),
            ("env", texts("The variables of the runner's environment that it gets")),
            ("pure", flag("The program only reads; a plan runs it, confined to reading")),
            ("confine", flag("`false`: it starts without confinement and can do what its user can")),
        ],
        &["program"],
    )
}

pub(super) fn docker() -> Json {
    table(
        "What a task may do through Docker",
        vec![
            ("images", texts("Patterns of images: `postgres:16*`, `ghcr.io/acme/**`")),
            ("verbs", list_of("What may be done", one_of("", DockerVerb::ALL.map(|(_, word)| word)))),
            ("mounts", texts("Host paths that a container may bind; with `:ro` at the end only for reading")),
            ("ports", texts("Where a container may publish: `127.0.0.1:*`, `*:80`")),
            ("options", texts("What weakens a container's isolation, each by name: `cap-add=NET_ADMIN`")),
            ("contexts", texts("The directories that images may be built from")),
            ("foreign", texts("Containers, networks and volumes of others")),
        ],
        &[],
    )
}

pub(super) fn kubernetes() -> Json {
    table(
        "What a task may do with Kubernetes clusters",
        vec![
            ("contexts", texts("Contexts of the kubeconfig")),
            ("namespaces", texts("Namespaces")),
            ("kinds", texts("Kinds of objects")),
            ("verbs", list_of("What may be done", one_of("", KubernetesVerb::ALL.map(|(_, word)| word)))),
            ("cluster", texts("Objects outside of all namespaces, by kind")),
            ("secrets", texts("Secrets that may be read")),
            ("ports", texts("Ports of this machine that may be forwarded")),
        ],
        &[],
    )
}

pub(super) fn http() -> Json {
    table(
        "What a task may do over HTTP",
        vec![
            ("hosts", texts("`api.example.com`, `*.internal:8080`, `127.0.0.1:*`, `10.0.0.0/8`")),
            (
                "methods",
                list_of("How they may be asked; `GET` includes `HEAD`", one_of("", HttpMethod::ALL.map(|(_, word)| word))),
            ),
            ("paths", texts("Patterns of paths: `/v1/**`; all where it is missing")),
            ("connect", texts("The places whose TCP ports may be looked at: `127.0.0.1:5432`")),
        ],
        &[],
    )
}
