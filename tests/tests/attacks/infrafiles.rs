//! Infrafiles, and what they include.

use crate::{refused, run};
use infra_tests::Project;
use std::os::unix::fs::symlink;

const SECRET: &str = "xyzzy-secret-of-others";

fn check(text: &str) -> infra_tests::Output {
    Project::new(text).infra(&["check"]).output()
}

#[test]
fn a_file_that_is_nested_without_an_end_is_an_error() {
    let nested = |depth: usize, open: &str, close: &str| {
        format!(
            "[tasks.a]\nuses = 'std/process'\nwith = {{ argv = ['true'], x = {}1{} }}\n",
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    for (open, close) in [("[", "]"), ("{a=", "}"), ("[{a=", "}]")] {
        assert_eq!(check(&nested(5, open, close)).code, Some(0), "{open}");
        for depth in [1_000, 100_000] {
            let wrong = check(&nested(depth, open, close)).expect_code(78);
            assert!(wrong.stderr.len() < 100_000, "{open} {depth}: {} bytes", wrong.stderr.len());
        }
    }
    let dotted = |depth: usize| format!("[tasks.a]\nrun = ['true']\n{}x = 1\n", "a.".repeat(depth));
    check(&dotted(100_000)).expect_code(78);
    let tables: String = (0..20_000).map(|number| format!("[tasks.t{number}]\nrun = ['true']\n")).collect();
    check(&tables).expect_success();
}

#[test]
fn a_few_lines_make_no_plan_without_an_end() {
    let doubling = |levels: usize| {
        let mut text = "[tasks.t0]\nparams = { A = '' }\nrun = ['true']\n".to_owned();
        for level in 1..=levels {
            let below = level - 1;
            text.push_str(&format!(
                "[tasks.t{level}]\nparams = {{ A = '' }}\nneeds = [{{ task = 't{below}', with = {{ A = '${{A}}1' }} }}, {{ task = 't{below}', with = {{ A = '${{A}}2' }} }}]\n"
            ));
        }
        text
    };
    Project::new(&doubling(4)).infra(&["plan", "t4"]).output().expect_success();
    let wrong = Project::new(&doubling(40)).infra(&["plan", "t40"]).output().expect_code(78);
    assert!(wrong.stderr.contains("calls of tasks"), "{}", wrong.stderr);
    let matrix = |axes: usize| {
        let axes: Vec<String> = (0..axes).map(|axis| format!("A{axis} = [1, 2, 3, 4, 5, 6, 7, 8]")).collect();
        format!("[tasks.m]\nmatrix = {{ {} }}\nrun = ['true']\n", axes.join(", "))
    };
    Project::new(&matrix(2)).infra(&["plan", "m"]).output().expect_success();
    let wrong = Project::new(&matrix(12)).infra(&["plan", "m"]).output();
    refused(&wrong, SECRET);
}

#[test]
fn a_pattern_of_a_parameter_takes_neither_all_memory_nor_all_time() {
    let with = |pattern: &str| {
        Project::new(&format!("[tasks.a]\nparams = {{ P = {{ required = true, pattern = '{pattern}' }} }}\nrun = ['true']\n"))
    };
    refused(&with("((a{1000}){1000}){1000}").infra(&["check"]).output(), SECRET);
    // A pattern that takes other engines for ever.
    let slow = with("^(a+)+$");
    let (long, wrong) = (format!("P={}", "a".repeat(50_000)), format!("P={}b", "a".repeat(50_000)));
    run(&slow, &["a", &long]).expect_success();
    run(&slow, &["a", &wrong]).expect_code(64);
}

#[test]
fn a_value_with_a_second_line_is_not_what_its_first_line_is() {
    let project =
        Project::new("[tasks.a]\nparams = { APP = { required = true, pattern = '^[a-z]+$' } }\nrun = ['echo', '${APP}']\n");
    run(&project, &["a", "APP=web"]).expect_success();
    for value in ["web\n", "web\n../../x", "\nweb", "web\r", "web\0", "../web", "WEB", "web\u{202e}"] {
        if !value.contains('\0') {
            run(&project, &["a", &format!("APP={value}")]).expect_code(64);
        }
    }
}

#[test]
fn what_leads_out_of_the_project_is_not_read_out_in_an_error() {
    const ROOT: &str = "include = [{ path = 'team.toml', namespace = 'team' }]\n[tasks.a]\nrun = ['true']\n";
    let project = Project::new(ROOT);
    project.file("../key", format!("{SECRET} = [[[\n{SECRET}\n"));
    project.file("sub/x", "");
    project.file("team.toml", "[tasks.b]\nuses = 'std/doctor'\n");
    run(&project, &["a"]).expect_success();
    for path in ["../key", "./sub/../../key", &project.root().join("../key").display().to_string(), "/dev/zero", "/etc/hostname"]
    {
        project.file("Infrafile.toml", ROOT.replace("team.toml", path));
        let output = project.infra(&["check"]).output().expect_code(78);
        refused(&output, SECRET);
        assert!(output.stderr.contains("leads out of the project"), "{path}: {}", output.stderr);
    }
    project.file("Infrafile.toml", ROOT);
    for name in ["team.toml", ".env", "Infrafile.toml"] {
        let own = project.root().join(name);
        let before = std::fs::read(&own).ok();
        let _ = std::fs::remove_file(&own);
        for outside in ["../key", "/dev/zero"] {
            symlink(outside, &own).unwrap();
            let output = project.infra(&["check"]).output().expect_code(78);
            refused(&output, SECRET);
            // A device is no Infrafile to begin with.
            let said = output.stderr.contains("leads out of the project") || output.stderr.contains("there is no Infrafile");
            assert!(said, "{name} -> {outside}: {}", output.stderr);
            std::fs::remove_file(&own).unwrap();
        }
        // A link that stays inside is followed.
        if let Some(before) = before {
            project.file("real", before);
            symlink("real", &own).unwrap();
            run(&project, &["a"]).expect_success();
            std::fs::remove_file(&own).unwrap();
            std::fs::copy(project.root().join("real"), &own).unwrap();
        }
    }
}

#[test]
fn an_included_file_takes_no_ones_name_and_calls_no_one_with_other_values() {
    let project = Project::new(
        "[[include]]\npath = 'team.toml'\nnamespace = 'team'\nallow = [{ process = [{ program = 'echo' }], files = { read = ['team/**'] } }]\n\
         [tasks.deploy]\nuses = 'std/process'\nwith = { argv = ['echo', 'the-own-one'] }\nallow = [{ process = [{ program = 'touch' }, { program = 'echo' }], files = { write = ['**'] } }]\n",
    );
    project.file("team.toml", "[tasks.deploy]\nrun = ['echo', 'the-other-one']\n[tasks.all]\nneeds = ['deploy']\n");
    let own = run(&project, &["deploy"]).expect_success();
    assert!(own.stderr.contains("the-own-one") && !own.stderr.contains("the-other-one"), "{}", own.stderr);
    let theirs = run(&project, &["team:all"]).expect_success();
    assert!(theirs.stderr.contains("the-other-one") && !theirs.stderr.contains("the-own-one"), "{}", theirs.stderr);
    for hostile in [
        // With the grants of the project's task, and arguments of its own.
        "[tasks.evil]\nsteps = [{ task = 'deploy', with = { argv = ['touch', 'made'] } }]\n",
        "[tasks.'deploy:x']\nrun = ['echo', 'x']\n",
        "[tasks.evil]\nrun = ['echo', 'x']\nallow = ['platform']\n",
        "[tasks.evil]\nrun = ['touch', 'made']\n",
        "[tasks.evil]\nuses = 'std/doctor'\nallow = [{ files = { read = ['**'] } }]\n",
        "[tasks.evil]\nrun = ['echo', 'x']\nconfine = false\n",
        "[project]\nsandbox = 'optional'\n",
        "[[include]]\npath = 'more.toml'\nnamespace = 'more'\n",
        "[profile.local]\ntasks.deploy.skip = 'x'\n",
    ] {
        project.file("team.toml", hostile);
        let output = run(&project, &["deploy"]);
        assert_eq!(output.code, Some(78), "{hostile}: {}", output.stderr);
        let _evil = run(&project, &["team:evil"]);
        assert!(!project.has("made"), "{hostile}");
    }
}
