use infra_effect::{ArgumentPatterns, DockerGrant, Grants, PathPattern, PortPattern, ProcessGrant, TextPattern};

/// What of `wanted` is not covered by `have`, in words. It is strict: what is not clearly covered is not covered.
pub(crate) fn uncovered(have: &Grants, wanted: &Grants) -> Vec<String> {
    let mut all = Vec::new();
    let reading = [have.files.read.as_slice(), have.files.write.as_slice()].concat();
    for path in wanted.files.read.iter().filter(|path| !paths(&reading, path)) {
        all.push(format!("files = {{ read = [\"{path}\"] }}"));
    }
    for path in wanted.files.write.iter().filter(|path| !paths(&have.files.write, path)) {
        all.push(format!("files = {{ write = [\"{path}\"] }}"));
    }
    for grant in &wanted.process {
        if !have.process.iter().any(|other| process(other, grant)) {
            all.push(format!("process = [{{ program = \"{}\", … }}]", grant.program));
        }
    }
    for grant in &wanted.docker {
        if !have.docker.iter().any(|other| docker(other, grant)) {
            let words = |list: &[TextPattern]| list.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ");
            let verbs: Vec<String> = grant.verbs.iter().map(|verb| format!("\"{}\"", verb.word())).collect();
            all.push(format!("docker = [{{ images = [{}], verbs = [{}], … }}]", words(&grant.images), verbs.join(", ")));
        }
    }
    for grant in &wanted.kubernetes {
        if !have.kubernetes.iter().any(|other| other.covers(grant)) {
            all.push(grant.line());
        }
    }
    all
}

/// Whether a program with these arguments may be started; `None` stands for an argument that is not known yet.
pub(crate) fn program(have: &Grants, program: &str, args: &[Option<String>]) -> bool {
    have.process.iter().any(|grant| grant.program.matches(program) && arguments(&grant.args, args))
}

/// Whether a program may be started with any arguments.
pub(crate) fn any_arguments(have: &Grants, program: &str) -> bool {
    have.process.iter().any(|grant| grant.program.matches(program) && grant.args == ArgumentPatterns::any())
}

/// An argument that is not known yet needs a pattern that takes anything.
fn arguments(have: &ArgumentPatterns, args: &[Option<String>]) -> bool {
    let (patterns, open) = match have.0.split_last() {
        Some((last, rest)) if last == "**" => (rest, true),
        _ => (have.0.as_slice(), false),
    };
    let fits = if open { args.len() >= patterns.len() } else { args.len() == patterns.len() };
    fits && patterns.iter().zip(args).all(|(pattern, arg)| match arg {
        Some(arg) => ArgumentPatterns(vec![pattern.clone()]).matches(std::slice::from_ref(arg)),
        None => pattern == "*",
    })
}

fn process(have: &ProcessGrant, wanted: &ProcessGrant) -> bool {
    let literal = |pattern: &String| match pattern.strip_prefix('=') {
        Some(literal) => Some(literal.to_owned()),
        None => (!pattern.contains('*')).then(|| pattern.clone()),
    };
    let known: Option<Vec<Option<String>>> = wanted.args.0.iter().map(|pattern| literal(pattern).map(Some)).collect();
    let args = have.args == wanted.args
        || have.args == ArgumentPatterns::any()
        || known.is_some_and(|known| arguments(&have.args, &known));
    let reading = [have.read.as_slice(), have.write.as_slice()].concat();
    text(&have.program, &wanted.program)
        && args
        && wanted.read.iter().all(|path| paths(&reading, path))
        && wanted.write.iter().all(|path| paths(&have.write, path))
        && wanted.connect.iter().all(|port| have.connect.iter().any(|other| other == port || other == "*"))
        && wanted.listen.iter().all(|port| have.listen.iter().any(|other| other == port || other == "*"))
        && wanted.env.iter().all(|name| texts(&have.env, name))
        && (have.pure || !wanted.pure)
        && (!have.confine || wanted.confine)
}

fn docker(have: &DockerGrant, wanted: &DockerGrant) -> bool {
    wanted.verbs.iter().all(|verb| have.verbs.contains(verb))
        && wanted.images.iter().all(|image| texts(&have.images, image))
        && wanted.options.iter().all(|option| texts(&have.options, option))
        && wanted.foreign.iter().all(|name| texts(&have.foreign, name))
        && wanted.contexts.iter().all(|path| paths(&have.contexts, path))
        && wanted.mounts.iter().all(|mount| have.mounts.iter().any(|other| mounts(other, mount)))
        && wanted.ports.iter().all(|port| have.ports.iter().any(|other| ports(other, port)))
}

fn paths(have: &[PathPattern], wanted: &PathPattern) -> bool {
    have.iter().any(|have| path(have, wanted))
}

fn path(have: &PathPattern, wanted: &PathPattern) -> bool {
    if have == wanted {
        return true;
    }
    // The gate puts the home directory for the tilde only after this.
    if have.0.starts_with('~') != wanted.0.starts_with('~') {
        return false;
    }
    if wanted.0.contains("**") {
        // Only a whole directory holds what any number of segments can reach.
        let Some(directory) = have.0.strip_suffix("**").filter(|lead| lead.is_empty() || lead.ends_with('/')) else {
            return false;
        };
        return !directory.contains('*') && have.matches(&wanted.fixed_prefix());
    }
    have.matches(&wanted.0)
}

fn mounts(have: &PathPattern, wanted: &PathPattern) -> bool {
    let bare = |pattern: &PathPattern| match pattern.0.strip_suffix(":ro") {
        Some(bare) => (PathPattern(bare.to_owned()), true),
        None => (pattern.clone(), false),
    };
    let ((have, only_reading), (wanted, wants_reading)) = (bare(have), bare(wanted));
    (!only_reading || wants_reading) && path(&have, &wanted)
}

fn ports(have: &PortPattern, wanted: &PortPattern) -> bool {
    let (address, port) = wanted.0.rsplit_once(':').unwrap_or(("127.0.0.1", &wanted.0));
    let address = address.trim_start_matches('[').trim_end_matches(']');
    have == wanted || (address != "*" && port.parse().is_ok_and(|port| have.matches(address, port)))
}

fn texts(have: &[TextPattern], wanted: &TextPattern) -> bool {
    have.iter().any(|have| text(have, wanted))
}

fn text(have: &TextPattern, wanted: &TextPattern) -> bool {
    if have == wanted {
        return true;
    }
    if wanted.0.contains("**") {
        let Some(lead) = have.0.strip_suffix("**") else { return false };
        return !lead.contains('*') && wanted.0.starts_with(lead);
    }
    have.matches(&wanted.0)
}
