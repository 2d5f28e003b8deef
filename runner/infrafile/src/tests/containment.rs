use crate::containment::uncovered;
use infra_effect::{ArgumentPatterns, DockerGrant, DockerVerb, FilesGrant, Grants, PathPattern, PortPattern, ProcessGrant};

fn reads(pattern: &str) -> Grants {
    Grants { files: FilesGrant { read: vec![PathPattern(pattern.into())], write: vec![] }, ..Grants::default() }
}

fn covers(have: &str, wanted: &str) -> bool {
    uncovered(&reads(have), &reads(wanted)).is_empty()
}

#[test]
fn a_pattern_holds_what_it_matches_and_no_more() {
    for (have, wanted) in [
        ("a/**", "a/b/*"),
        ("a/**", "a/**"),
        ("a/*", "a/x"),
        ("**", "a/**"),
        ("a/**", "a/b/**/c"),
        ("*/x", "*/x"),
        ("a/*", "a/x*"),
    ] {
        assert!(covers(have, wanted), "{have} {wanted}");
    }
    for (have, wanted) in [
        ("a/*", "a/**"),
        ("a/**", "**"),
        ("a/**", "a*/**"),
        ("a/**/b", "a/**"),
        ("**", "~/.ssh/id"),
        ("**", "~/**"),
        ("**", "~"),
        ("~/**", "a"),
        ("**", "/etc/**"),
        ("a/**", "a/../b"),
        ("a/**", "a/../**"),
        ("a*/**", "a/**"),
        ("a/x", "a/*"),
        ("ab**", "abc/**"),
    ] {
        assert!(!covers(have, wanted), "{have} {wanted}");
    }
}

#[test]
fn programs_are_compared_in_every_part() {
    let grants = |grant: &ProcessGrant| Grants { process: vec![grant.clone()], ..Grants::default() };
    let git = ProcessGrant { args: ArgumentPatterns(vec!["status".into(), "*".into()]), ..ProcessGrant::exactly("git", &[]) };
    let same = ProcessGrant::exactly("git", &["status".into(), "-s".into()]);
    assert!(uncovered(&grants(&git), &grants(&same)).is_empty());
    for wider in [
        ProcessGrant { args: ArgumentPatterns::any(), ..same.clone() },
        ProcessGrant { read: vec![PathPattern("x".into())], ..same.clone() },
        ProcessGrant { connect: vec!["*:443".into()], ..same.clone() },
        ProcessGrant { listen: vec!["*:443".into()], ..same.clone() },
        ProcessGrant { pure: true, ..same.clone() },
        ProcessGrant { confine: false, ..same.clone() },
        ProcessGrant::exactly("git", &["push".into(), "x".into()]),
    ] {
        assert_eq!(uncovered(&grants(&git), &grants(&wider)).len(), 1, "{wider:?}");
    }
}

#[test]
fn one_grant_of_docker_must_hold_all_of_another() {
    let docker = |verb: DockerVerb, mount: &str, port: &str| DockerGrant {
        verbs: vec![verb],
        mounts: vec![PathPattern(mount.into())],
        ports: vec![PortPattern(port.into())],
        ..DockerGrant::default()
    };
    let grants = |docker: &[DockerGrant]| Grants { docker: docker.to_vec(), ..Grants::default() };
    let have = grants(&[docker(DockerVerb::Run, "a/**:ro", "127.0.0.1:*"), docker(DockerVerb::Exec, "b", "80")]);
    let held = |wanted: DockerGrant| uncovered(&have, &grants(&[wanted])).is_empty();
    assert!(held(docker(DockerVerb::Run, "a/x:ro", "127.0.0.1:80")));
    assert!(held(docker(DockerVerb::Run, "a/x:ro", "80")));
    assert!(!held(docker(DockerVerb::Run, "a/x", "127.0.0.1:80")));
    assert!(!held(docker(DockerVerb::Exec, "a/x:ro", "80")));
    assert!(!held(docker(DockerVerb::Run, "a/x:ro", "*:80")));
    assert!(!held(docker(DockerVerb::Run, "a/x:ro", "0.0.0.0:80")));
}
