//! What a task may do after the import.

use crate::text::{task, with_files};

#[test]
fn programs_that_only_read_stay_confined() {
    assert!(!task("x:\n\tdate +%s\n", "x").contains("allow"));
    assert!(task("x:\n\tgrep -c a b\n", "x").contains("allow = [\"project\"]"));
    assert!(task("x:\n\tgrep a b | sort\n", "x").contains("allow = [\"project\"]"));
    assert!(task("x:\n\tmkdir -p out/$(APP)\n", "x").contains("allow = [{ files = { write = [\"out/**\"] } }]"));
}

#[test]
fn others_say_that_they_are_not_and_are_counted() {
    let (text, counts) = with_files("x:\n\tterraform plan\n\t./go.sh\n\tpython3 tools/a.py\n\tmkdir -p ../x\n\ta | b\n", &[]);
    assert!(
        text.contains("[grants.terraform]\nprocess = [{ program = \"terraform\", env = [\"**\"], confine = false }]"),
        "{text}"
    );
    assert_eq!(counts.own_scripts.iter().collect::<Vec<_>>(), ["./go.sh", "tools/a.py"]);
    assert_eq!(counts.unconfined.iter().collect::<Vec<_>>(), ["a", "b", "mkdir", "sh", "terraform"]);
}
