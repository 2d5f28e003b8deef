//! The environment: the runner's, that of `.env`, that of a task.

use crate::{refused, run};
use infra_tests::Project;
use std::os::unix::fs::PermissionsExt as _;

const SECRET: &str = "xyzzy-secret-of-others";

#[test]
fn what_the_runner_was_started_with_is_not_handed_on() {
    let project = Project::new(
        "[tasks.all]\nrun = ['env']\n\
         [tasks.some]\nuses = 'std/process'\nwith = { argv = ['env'] }\nallow = [{ process = [{ program = 'env', env = ['SHOWN_*'] }] }]\n",
    );
    for task in ["all", "some"] {
        let infra =
            project.infra(&["run", task]).env("SHOWN_A", "shown").env("TOKEN", SECRET).env("AWS_SECRET_ACCESS_KEY", SECRET);
        let output = infra.env("SSH_AUTH_SOCK", "/tmp/agent").env("GITHUB_TOKEN", SECRET).output().expect_success();
        for hidden in [SECRET, "SSH_AUTH_SOCK", "AWS_", "GITHUB_TOKEN"] {
            assert!(!output.stderr.contains(hidden), "{task} {hidden}: {}", output.stderr);
        }
        assert_eq!(output.stderr.contains("SHOWN_A=shown"), task == "some", "{}", output.stderr);
    }
}

#[test]
fn a_dotenv_moves_no_program_no_daemon_and_no_library() {
    let project = Project::new(
        "[params]\nNAME = ''\n[tasks.tell]\nrun = ['id', '-u']\n[tasks.named]\nrun = ['echo', '${NAME}']\n[tasks.env]\nrun = ['env']\n",
    );
    project.file("bin/id", "#!/bin/sh\necho EVIL\n");
    std::fs::set_permissions(project.root().join("bin/id"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let bin = project.root().join("bin");
    let dotenv = format!(
        "NAME=from-dotenv\nPATH={0}\nLD_PRELOAD={0}/evil.so\nDOCKER_HOST=unix://{0}/evil.sock\nKUBECONFIG={0}/evil\nHOME={0}\nINFRA_POLICY={0}/policy\nINFRA_YES=true\n",
        bin.display()
    );
    project.file(".env", dotenv);
    let named = run(&project, &["named"]).expect_success();
    assert!(named.stderr.contains("from-dotenv"), "{}", named.stderr);
    let told = run(&project, &["tell"]).expect_success();
    assert!(!told.stderr.contains("EVIL"), "{}", told.stderr);
    let env = run(&project, &["env"]).expect_success();
    assert!(!env.stderr.contains(&bin.display().to_string()) && !env.stderr.contains("LD_PRELOAD"), "{}", env.stderr);
}

#[test]
fn a_task_gives_its_programs_no_variable_that_runs_other_code() {
    let with = |name: &str| {
        format!("[tasks.a]\nenv = {{ {name} = 'out/evil' }}\nsh = 'true'\nallow = [{{ files = {{ read = ['**'] }} }}]\n")
    };
    let project = Project::new(&with("GREETING"));
    project.file("out/evil", "touch made\n");
    run(&project, &["a"]).expect_success();
    for name in [
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "LD_AUDIT",
        "BASH_ENV",
        "PROMPT_COMMAND",
        "PERL5OPT",
        "PYTHONSTARTUP",
        "NODE_OPTIONS",
        "GIT_SSH_COMMAND",
        "GCONV_PATH",
    ] {
        project.file("Infrafile.toml", with(name));
        let output = run(&project, &["a"]);
        refused(&output, "panicked");
        assert!(output.stderr.contains(name), "{name}: {}", output.stderr);
    }
}
