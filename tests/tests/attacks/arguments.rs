//! Values, arguments and names of programs.

use crate::{refused, run};
use infra_tests::Project;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn a_value_is_one_argument_and_never_a_command() {
    let project = Project::new(
        "[params]\nV = ''\n\
         [tasks.words]\nrun = ['printf', '<%s>', '${V}', 'end']\n\
         [tasks.script]\nsh = 'printf \"<%s>\" \"$V\" end'\nallow = [{ files = { write = ['**'] } }]\n",
    );
    for value in [
        "a b",
        "$(touch made)",
        "`touch made`",
        "; touch made",
        "a\"; touch made; \"",
        "'; touch made; '",
        "--help\ntouch made",
        "| touch made",
        "${HOME}",
        "a\\",
    ] {
        for task in ["words", "script"] {
            let output = run(&project, &[task, &format!("V={value}")]).expect_success();
            let told: String =
                output.stderr.lines().filter_map(|line| line.strip_prefix(&format!("[{task}] "))).collect::<Vec<_>>().join("\n");
            assert!(told.contains(&format!("<{value}><end>")), "{task} {value}: {told}");
            assert!(!project.has("made"), "{task} {value}");
        }
    }
}

#[test]
fn a_program_is_reached_by_the_path_that_is_granted_and_no_other() {
    let with = |argv: &str, program: &str| {
        format!(
            "[tasks.a]\nuses = 'std/process'\nwith = {{ argv = ['{argv}'] }}\nallow = [{{ process = [{{ program = '{program}', read = ['**'] }}] }}]\n"
        )
    };
    let project = Project::new(&with("tools/good", "tools/good"));
    for (name, text) in [
        ("tools/good", "#!/bin/sh\necho good\n"),
        ("evil/evil", "#!/bin/sh\necho EVIL\n"),
        ("../outside", "#!/bin/sh\necho EVIL\n"),
    ] {
        project.file(name, text);
        std::fs::set_permissions(project.root().join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let good = run(&project, &["a"]).expect_success();
    assert!(good.stderr.contains("good"), "{}", good.stderr);
    for (argv, program) in [
        ("tools/../evil/evil", "tools/*"),
        ("tools/../evil/evil", "tools/**"),
        ("tools/../../outside", "tools/**"),
        ("evil/evil", "tools/*"),
        ("good", "tools/good"),
        ("tools/good ", "tools/good"),
        ("evil/good", "good"),
        ("./evil/../evil/evil", "evil"),
    ] {
        project.file("Infrafile.toml", with(argv, program));
        let output = run(&project, &["a"]);
        refused(&output, "EVIL");
    }
}

#[test]
fn a_zero_byte_ends_no_text_early() {
    let with = |argv: &str, env: &str| {
        format!(
            "[tasks.a]\nuses = 'std/process'\nwith = {{ argv = ['echo', {argv}] }}\n{env}allow = [{{ process = [{{ program = 'echo' }}] }}]\n"
        )
    };
    let project = Project::new(&with("'whole'", ""));
    run(&project, &["a"]).expect_success();
    for (argv, env) in [
        ("\"seen\\u0000hidden\"", ""),
        ("'x'", "env = { A = \"seen\\u0000hidden\" }\n"),
        ("'x'", "dir = \"docs\\u0000/../..\"\n"),
    ] {
        project.file("Infrafile.toml", with(argv, env));
        refused(&run(&project, &["a"]), "[a] seen");
    }
    project.file("secret", "hidden");
    project.file("Infrafile.toml", "[tasks.a]\nuses = 'std/doctor'\nwith = { files = [\"docs/a\\u0000/../../secret\"] }\nallow = [{ files = { read = ['docs/**'] } }]\n");
    refused(&run(&project, &["a"]), "panicked");
}
