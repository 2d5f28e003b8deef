//! Which secret goes where.

use super::{SECRET, check, from, run, with_policy};
use infra_tests::Project;

#[test]
fn a_component_needs_a_grant_that_says_where_the_secret_goes() {
    let infrafile = |grant: &str| {
        format!(
            "[secrets]\nPW = 'env:THE_SECRET'\n[tasks.use]\nuses = 'std/process'\nallow = [{{ process = [{{ program = 'sh' }}]{grant} }}]\n\
             with = {{ argv = ['sh', '-c', '''{}'''], env = {{ PW = '${{secrets.PW}}' }} }}\n",
            check("PW").replace('$', "$$")
        )
    };
    let project = Project::new(&infrafile(""));
    let refused = run(&project, &["use"]).expect_code(77);
    let line = r#"secrets = [{ name = "PW", to = ["process:sh"] }]"#;
    assert!(refused.stderr.contains("nothing was run") && refused.stderr.contains(line), "{}", refused.stderr);
    project.file("Infrafile.toml", infrafile(", secrets = [{ name = 'PW', to = ['process:psql', 'file:**'] }]"));
    run(&project, &["use"]).expect_code(77);
    project.file("Infrafile.toml", infrafile(&format!(", {line}")));
    run(&project, &["use"]).expect_success();
}

#[test]
fn a_policy_says_which_secret_goes_where_and_where_it_comes_from() {
    let project = from("'env:THE_SECRET'");
    let with = |secrets: &str| {
        project.file("policy.toml", format!("process = [{{ program = 'sh' }}]\n{secrets}"));
        with_policy(&project).output()
    };
    with("secrets = [{ name = 'PW', from = ['env:THE_*'], to = ['process:sh'] }]").expect_success();
    for secrets in [
        "",
        "secrets = [{ name = 'PW', from = ['file:**'], to = ['process:sh'] }]",
        "secrets = [{ name = 'PW', to = ['process:psql'] }]",
    ] {
        let refused = with(secrets).expect_code(77);
        assert!(
            refused.stderr.contains("secret.use PW to process:sh is not allowed by the policy"),
            "{secrets}: {}",
            refused.stderr
        );
    }
}

#[test]
fn explain_shows_where_a_secret_comes_from_and_never_the_secret() {
    let project = from("'env:THE_SECRET'");
    for args in
        [&["explain", "use"][..], &["explain", "use", "--json"], &["plan", "use"], &["graph", "use"], &["list"], &["check"]]
    {
        let output = project.infra(args).env("THE_SECRET", SECRET).output().expect_success();
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(!all.contains("s3cr3t"), "{args:?}: {all}");
        if args[0] == "explain" {
            assert!(all.contains("env:THE_SECRET") && all.contains("Infrafile.toml:2"), "{all}");
        }
    }
}
