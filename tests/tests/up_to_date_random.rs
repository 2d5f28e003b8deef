//! Whatever is done to files and in whatever order: after a run the outputs are those that a first run would have made.

use infra_tests::Project;
use proptest::prelude::*;

const NAMES: [&str; 5] = ["src/a", "src/b", "src/deep/a", "build/all", "build/more"];

/// What a first run makes of what is there.
fn expected(project: &Project, word: &str) -> String {
    let mut all = String::new();
    for name in &NAMES[..3] {
        if project.has(name) {
            all.push_str(&format!("{name} {}\n", project.read(name)));
        }
    }
    all + word + "\n"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn no_run_leaves_an_old_output(
        cache in any::<bool>(),
        edits in prop::collection::vec((0..NAMES.len(), 0..4_u8, 0..3_u8, any::<bool>()), 6..12),
    ) {
        let project = Project::new(&format!(
            r#"
params = {{ WORD = "w" }}
[tasks.copy]
sh      = "rm -rf build/*; for f in src/a src/b src/deep/a; do if test -f $f; then echo $f `cat $f`; fi; done > build/all; echo $WORD >> build/all; echo $WORD > build/more"
inputs  = ["src/**"]
outputs = ["build/**"]
cache   = {cache}
allow   = [{{ files = {{ read = ["src/**"], write = ["build/**"] }} }}]
"#
        ));
        for (name, content, word, run) in edits {
            let path = project.root().join(NAMES[name]);
            if content == 0 {
                let _ = std::fs::remove_file(path);
            } else if name < 3 || path.exists() {
                project.file(NAMES[name], content.to_string());
            }
            if !run {
                continue;
            }
            let word = format!("w{word}");
            let cache = project.home().join("cache");
            let ran = project.infra(&["run", "copy", &format!("WORD={word}")]).env("XDG_CACHE_HOME", cache).env("PATH", "/usr/bin:/bin");
            let said = ran.output().expect_success().stderr;
            prop_assert_eq!(project.read("build/all"), expected(&project, &word), "{}", said);
            prop_assert_eq!(project.read("build/more"), format!("{word}\n"), "{}", said);
        }
    }
}
