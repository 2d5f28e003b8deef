//! `infra report`: a run as a page. Where Chromium is installed, it is drawn too.

use infra_tests::Project;
use std::process::Command;

const INFRAFILE: &str = r#"
[project]
name = "demo </title><script>alert(1)</script>"

[params]
WHO = { default = "</script><b>you" }

[tasks.hello]
sh = 'echo "</script><script>document.title=1</script> $WHO"; echo "<img src=x onerror=alert(1)>" >&2'

[tasks.fails]
needs = ["hello"]
run = ["false"]
"#;

fn page() -> (Project, String) {
    let project = Project::new(INFRAFILE);
    project.infra(&["run", "fails"]).output().expect_code(1);
    let told = project.infra(&["report", "last", "--html", "out/run.html"]).output().expect_success();
    assert_eq!(told.stderr, "Wrote out/run.html\n");
    let page = project.read("out/run.html");
    (project, page)
}

#[test]
fn a_run_becomes_one_page_in_which_all_is_text() {
    let (project, page) = page();
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (2, 2), "{page}");
    assert!(page.contains("u003c/script>") && !page.contains("<img"), "{page}");
    assert_eq!(project.infra(&["report", "--html", "-"]).output().expect_success().stdout.trim_end(), page.trim_end());
}

#[test]
fn what_cannot_be_written_or_is_not_there_is_said() {
    let project = Project::new(INFRAFILE);
    let none = project.infra(&["report", "--html", "run.html"]).output().expect_code(64);
    assert!(none.stderr.contains("nothing has run here yet"), "{}", none.stderr);
    assert!(!project.has("run.html"));
    project.infra(&["run", "hello"]).output().expect_success();
    let failed = project.infra(&["report", "--html", "Infrafile.toml/run.html"]).output().expect_code(74);
    assert!(failed.stderr.contains("the page ") && failed.stderr.contains("name another file"), "{}", failed.stderr);
}

#[test]
fn a_browser_shows_it_where_there_is_one() {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()));
    let Some(browser) = found else { return };
    let (project, _) = page();
    let home = tempfile::tempdir().expect("there is room");
    let drawn = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--timeout=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", home.path().join("profile").display()))
        .arg(format!("file://{}", project.root().join("out/run.html").display()))
        .env("HOME", home.path())
        .output()
        .expect("it starts");
    let drawn = String::from_utf8_lossy(&drawn.stdout);
    assert!(drawn.contains("class=\"row done") && drawn.contains("class=\"row failed"), "{drawn}");
    // What the tasks wrote is text, and none of it was run.
    assert!(drawn.contains("&lt;/title&gt;&lt;script&gt;alert(1)"), "{drawn}");
    assert!(!drawn.contains("<title>1</title>") && !drawn.contains("<img"), "{drawn}");
}
