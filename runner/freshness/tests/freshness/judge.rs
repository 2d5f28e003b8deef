use crate::patterns;
use infra_effect::{
    DockerEffect, DockerObject, DockerVerb, Effect, EffectKind, FileEffect, FileVerb, Grants, PathPattern, ProcessEffect,
    ProcessGrant, Trace,
};
use infra_freshness::judge;

fn reasons(trace: &Trace, grants: &Grants, inputs: &[&str], outputs: &[&str]) -> Vec<String> {
    judge(trace, grants, &patterns(inputs), &patterns(outputs), true).reasons
}

fn files(effects: &[(FileVerb, &str)]) -> Trace {
    let effect = |(verb, path): &(FileVerb, &str)| Effect::File(FileEffect { verb: *verb, path: (*path).to_owned() });
    Trace { effects: effects.iter().map(effect).collect(), ..Trace::default() }
}

#[test]
fn a_component_reads_inputs_and_writes_outputs_or_is_not_kept() {
    use FileVerb::{CreateDirectory, List, Read, Remove, Stat, Write};
    for (verb, path, inputs, outputs, kept) in [
        (Read, "src/a", &["src/**"][..], &[][..], true),
        (Read, "other", &["src/**"], &[], false),
        // Whether it is there or not: what is looked for lies in the inputs.
        (Stat, "src/missing", &["src/**"], &[], true),
        (Stat, "src/missing", &["src/*.c"], &[], false),
        (Read, "build/x", &[], &["build/**"], true),
        (List, "src", &["src/**"], &[], true),
        (List, "src", &["src/*.c"], &[], false),
        (List, ".", &["**"], &[], true),
        (List, ".", &["src/**"], &[], false),
        (Write, "build/x", &[], &["build/**"], true),
        (Write, "src/x", &["src/**"], &["build/**"], false),
        (Remove, "build/x", &[], &["build/**"], true),
        (Remove, "x", &["**"], &["build/**"], false),
        (CreateDirectory, "build", &[], &["build/*.o"], true),
        (CreateDirectory, "building", &[], &["build/*.o"], false),
    ] {
        let found = reasons(&files(&[(verb, path)]), &Grants::default(), inputs, outputs);
        assert_eq!(found.is_empty(), kept, "{verb:?} {path} {inputs:?} {outputs:?}: {found:?}");
    }
}

#[test]
fn a_search_needs_what_it_looks_for_and_no_more() {
    let mut trace = files(&[(FileVerb::List, "src")]);
    trace.searches.push(("src".to_owned(), PathPattern("src/**/*.c".to_owned())));
    assert!(reasons(&trace, &Grants::default(), &["src/**/*.c"], &[]).is_empty());
    assert!(!reasons(&trace, &Grants::default(), &["src/*.c"], &[]).is_empty());
    // One of two was no search.
    trace.effects.extend(files(&[(FileVerb::List, "src")]).effects);
    assert!(!reasons(&trace, &Grants::default(), &["src/**/*.c"], &[]).is_empty());
}

#[test]
fn what_goes_elsewhere_is_never_kept() {
    let effect = DockerEffect {
        verb: DockerVerb::Run,
        object: DockerObject::Container("web".to_owned()),
        image: None,
        own: true,
        container: None,
        command: vec![],
        context: None,
    };
    let docker = Effect::Docker { kind: EffectKind::ContainerCreate, effect };
    let trace = Trace { effects: vec![docker], others: vec!["it asked for the run's id".to_owned()], ..Trace::default() };
    let found = reasons(&trace, &Grants::default(), &["**"], &["**"]);
    assert_eq!(found[0], "it asked for the run's id");
    assert!(found[1].contains("docker.container.create web"), "{found:?}");
}

#[test]
fn a_program_is_held_to_inputs_and_outputs_or_is_not_kept() {
    let trace = Trace {
        effects: vec![Effect::Process(ProcessEffect { program: "cc".to_owned(), ..ProcessEffect::default() })],
        ..Trace::default()
    };
    let held = ProcessGrant { read: patterns(&["src/**"]), write: patterns(&["build/**"]), ..ProcessGrant::exactly("cc", &[]) };
    let found = |grant: ProcessGrant, confined| {
        let grants = Grants { process: vec![grant], ..Grants::default() };
        judge(&trace, &grants, &patterns(&["src/**"]), &patterns(&["build/**"]), confined)
    };
    let kept = found(held.clone(), true);
    assert_eq!((kept.reasons.len(), kept.programs), (0, vec!["cc".to_owned()]));
    for (grant, confined) in [
        (held.clone(), false),
        (ProcessGrant { confine: false, ..held.clone() }, true),
        (ProcessGrant { read: patterns(&["**"]), ..held.clone() }, true),
        (ProcessGrant { write: patterns(&["src/**"]), ..held.clone() }, true),
        (ProcessGrant { connect: vec!["*:443".to_owned()], ..held.clone() }, true),
        (ProcessGrant { listen: vec!["*".to_owned()], ..held }, true),
    ] {
        assert_eq!(found(grant.clone(), confined).reasons.len(), 1, "{grant:?}");
    }
}
