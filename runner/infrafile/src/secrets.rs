use crate::node::{Entry, Node, Table};
use crate::problems::Problems;
use crate::secret_addresses::{kubernetes, vault};
use crate::template_parse::is_name;
use crate::{Diagnostic, Location, Sources, suggest};
use infra_effect::{PathPattern, ProcessGrant, SecretDeclaration, SecretSource, TextPattern};
use infra_event::SecretHandle;

/// How a source is written.
const FORMS: &str = "write `env:VARIABLE`, `file:PATH`, `vault://MOUNT/PATH#KEY`, `kubernetes:NAMESPACE/NAME/KEY`, `prompt:TEXT`, or \
                     `{ cmd = [\"PROGRAM\", \"ARGUMENT\"] }`";
/// The kinds that are written as a text.
const KINDS: [&str; 5] = ["env", "file", "vault", "kubernetes", "prompt"];

/// The table `[secrets]`.
pub(crate) fn secrets(table: &Table, sources: &Sources, problems: &mut Problems) -> Vec<SecretDeclaration> {
    table.0.iter().filter_map(|entry| secret(entry, sources, problems)).collect()
}

fn secret(entry: &Entry, sources: &Sources, problems: &mut Problems) -> Option<SecretDeclaration> {
    let name = &entry.key;
    if !is_name(name) {
        let message = format!("`{name}` cannot be the name of a secret");
        problems.at(&entry.key_at, message, "letters, digits, `_` and `-`, with a letter first");
        return None;
    }
    let place = place(&entry.key_at, sources);
    let source = match (entry.node.text(), entry.node.table()) {
        (Some(text), _) => source(name, &place, text, &entry.node, problems)?,
        (None, Some(table)) if table.get("kubernetes").is_some() => of_cluster(name, table, &entry.node, problems)?,
        (None, Some(table)) => command(name, table, &entry.node, problems)?,
        (None, None) => {
            let message = format!("the secret `{name}` must be a text or a table, not {}", entry.node.noun());
            problems.push(Diagnostic::at(&entry.node.at, message, "where it comes from").help(FORMS));
            return None;
        }
    };
    Some(SecretDeclaration { name: name.clone(), handle: SecretHandle::new(name, b""), source, place })
}

fn source(name: &str, place: &str, text: &str, node: &Node, problems: &mut Problems) -> Option<SecretSource> {
    let mut wrong = |message: String, help: &str| {
        problems.push(Diagnostic::at(&node.at, message, "where it comes from").help(help));
        None
    };
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    match (kind, rest) {
        // The text itself may be the secret, so it is not repeated.
        _ if kind != "cmd" && !KINDS.contains(&kind) => {
            // Nor is its line: it has no place that would show it.
            let known = suggest(kind, KINDS).filter(|_| text.contains(':'));
            let message = format!("the secret `{name}` ({place}) does not say where it comes from");
            problems.push(Diagnostic::new(message).help(known.unwrap_or_else(|| FORMS.to_owned())));
            None
        }
        ("cmd", _) => wrong(
            format!("the secret `{name}` has its command as a text, and no shell reads it"),
            "write each word for itself: `{ cmd = [\"sops\", \"--decrypt\", \"secrets.yaml\"], read = [\"secrets.yaml\"] }`",
        ),
        (_, "") => wrong(format!("the secret `{name}` says nothing behind `{kind}:`"), FORMS),
        ("env", rest) if rest.contains(['=', '\0']) => {
            wrong(format!("`{rest}` cannot be the name of an environment variable"), "write `env:VARIABLE`")
        }
        ("env", rest) => Some(SecretSource::Env(rest.to_owned())),
        ("file", rest) => Some(SecretSource::File(rest.to_owned())),
        ("vault", rest) => {
            let why = |why: &str| format!("the secret `{name}` names no key in a Vault: {why}");
            vault(rest).map_or_else(|no| wrong(why(no), "write `vault://MOUNT/PATH#KEY`"), Some)
        }
        ("kubernetes", rest) => {
            let why = |why: &str| format!("the secret `{name}` names no key of a Secret in a cluster: {why}");
            kubernetes(rest).map_or_else(|no| wrong(why(no), "write `kubernetes:NAMESPACE/NAME/KEY`"), Some)
        }
        (_, rest) => Some(SecretSource::Prompt(rest.to_owned())),
    }
}

fn command(name: &str, table: &Table, node: &Node, problems: &mut Problems) -> Option<SecretSource> {
    problems.unknown_keys(table, &["cmd", "read", "connect", "env", "confine"], &format!("the secret `{name}`"));
    let argv = problems.texts(table, "cmd");
    let Some((program, args)) = argv.split_first().filter(|(program, _)| !program.is_empty()) else {
        let message = format!("the secret `{name}` names no program");
        problems.push(Diagnostic::at(&node.at, message, "no program").help("write `{ cmd = [\"PROGRAM\", \"ARGUMENT\"] }`"));
        return None;
    };
    if program.contains('*') {
        problems.at(&node.at, format!("`{program}` cannot be the name of a program here"), "without `*`");
        return None;
    }
    let grant = ProcessGrant {
        read: problems.texts(table, "read").into_iter().map(PathPattern).collect(),
        connect: problems.texts(table, "connect"),
        env: problems.texts(table, "env").into_iter().map(TextPattern).collect(),
        confine: problems.boolean(table, "confine").unwrap_or(true),
        ..ProcessGrant::exactly(program, args)
    };
    Some(SecretSource::Cmd { argv, grant })
}

/// `{ kubernetes = "NAMESPACE/NAME/KEY", context = "CONTEXT" }`
fn of_cluster(name: &str, table: &Table, node: &Node, problems: &mut Problems) -> Option<SecretSource> {
    problems.unknown_keys(table, &["kubernetes", "context"], &format!("the secret `{name}`"));
    let place = problems.text(table, "kubernetes")?;
    let named = problems.text(table, "context");
    match kubernetes(&place) {
        Ok(SecretSource::Kubernetes { namespace, name, key, .. }) => {
            Some(SecretSource::Kubernetes { context: named, namespace, name, key })
        }
        Ok(other) => Some(other),
        Err(why) => {
            let message = format!("the secret `{name}` names no key of a Secret in a cluster: {why}");
            problems.push(Diagnostic::at(&node.at, message, "where it comes from").help("write `NAMESPACE/NAME/KEY`"));
            None
        }
    }
}

/// `Infrafile.toml:12`
fn place(at: &Location, sources: &Sources) -> String {
    let Some(source) = sources.0.get(at.file) else { return String::new() };
    let line = source.text.get(..at.span.start).map_or(1, |before| before.matches('\n').count() + 1);
    format!("{}:{line}", source.path.display())
}
