use infra_effect::{ArgumentPatterns, Grants, PathPattern, TextPattern};

/// What of `wanted` is not covered by `have`, in words. It is strict: what is not clearly covered is not covered.
pub(crate) fn uncovered(have: &Grants, wanted: &Grants) -> Vec<String> {
    let mut all = Vec::new();
    let paths = |have: &[PathPattern], wanted: &PathPattern| have.iter().any(|have| have.covers(wanted));
    let reading = [have.files.read.as_slice(), have.files.write.as_slice()].concat();
    for path in wanted.files.read.iter().filter(|path| !paths(&reading, path)) {
        all.push(format!("files = {{ read = [\"{path}\"] }}"));
    }
    for path in wanted.files.write.iter().filter(|path| !paths(&have.files.write, path)) {
        all.push(format!("files = {{ write = [\"{path}\"] }}"));
    }
    for grant in &wanted.process {
        if !have.process.iter().any(|other| other.covers(grant)) {
            all.push(format!("process = [{{ program = \"{}\", … }}]", grant.program));
        }
    }
    for grant in &wanted.docker {
        if !have.docker.iter().any(|other| other.covers(grant)) {
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
    for grant in &wanted.http {
        if !have.http.iter().any(|other| other.covers(grant)) {
            all.push(grant.line());
        }
    }
    all
}

/// Whether a program with these arguments may be started; `None` stands for an argument that is not known yet.
pub(crate) fn program(have: &Grants, program: &str, args: &[Option<String>]) -> bool {
    have.process.iter().any(|grant| grant.program.matches(program) && grant.args.match_known(args))
}

/// Whether a program may be started with any arguments.
pub(crate) fn any_arguments(have: &Grants, program: &str) -> bool {
    have.process.iter().any(|grant| grant.program.matches(program) && grant.args == ArgumentPatterns::any())
}
