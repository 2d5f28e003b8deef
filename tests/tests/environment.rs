//! What programs find in their environment.

use infra_tests::Project;

const INFRAFILE: &str = r#"
[project]
name = "demo"

[params]
ENV = { default = "dev", help = "Environment" }

[tasks.tell]
sh = 'echo "env is <$ENV>"'

[tasks.ask]
sh = 'sh -i -c "echo asked" </dev/null'

[tasks.own]
env = { ENV = "prod" }
run = ["printenv", "ENV"]
"#;

fn told(project: &Project, words: &[&str]) -> String {
    let output = project.infra(&[&["run"], words].concat()).output().expect_success();
    output.stdout + &output.stderr
}

#[test]
fn a_parameter_called_env_reaches_a_script() {
    let project = Project::new(INFRAFILE);
    let shown = told(&project, &["tell"]);
    assert!(shown.contains("env is <dev>"), "{shown}");
    let shown = told(&project, &["tell", "ENV=stage,qa"]);
    assert!(shown.contains("env is <stage,qa>"), "{shown}");
    let shown = told(&project, &["own"]);
    assert!(shown.contains("prod"), "{shown}");
}

#[test]
fn env_that_names_a_file_or_a_command_is_refused() {
    let project = Project::new(INFRAFILE);
    project.file("evil.sh", "touch ran\n");
    for value in ["ENV=./evil.sh", "ENV=$(touch ran)", "ENV=`touch ran`"] {
        let output = project.infra(&["run", "ask", value]).output();
        assert_ne!(output.code, Some(0), "{value}: {}", output.stderr);
        assert!(output.stderr.contains("`ENV` with this value"), "{value}: {}", output.stderr);
        assert!(!project.has("ran"), "{value}");
    }
}
