//! Any text is an Infrafile or an error.

use infra_import::{Request, import};

#[test]
fn every_beginning_and_every_loss_of_a_makefile_is_survived() {
    let whole = include_str!("../../../../tests/fixtures/makefile/Makefile");
    for length in (0..whole.len()).step_by(401).filter(|length| whole.is_char_boundary(*length)) {
        let _ = import(&Request { makefile: whole[..length].to_owned(), ..Request::default() });
    }
    let lines: Vec<&str> = whole.lines().collect();
    for gone in (0..lines.len()).step_by(31) {
        let rest: Vec<&str> = lines.iter().enumerate().filter(|(index, _)| *index != gone).map(|(_, line)| *line).collect();
        let _ = import(&Request { makefile: rest.join("\n"), ..Request::default() });
    }
}

#[test]
fn odd_makefiles_are_survived() {
    for text in [
        "",
        "x",
        ":",
        "x:\n\t$",
        "x:\n\t$(",
        "a = $(a)\nx: $(a)\n\t$(a)\n",
        "x: x\n\tt\n",
        "$(A): $(B)\n",
        "x:\n\t'\n",
        "x:\n\t${}\n",
        "define a\n",
        "ifeq (a\nx:\n",
        "x:\n\t@-+\n",
        "x:\n\tfor\n",
        "x:\n\tif\n",
        "x:\n\t((((((((((((((((((((((((((((((((((((((((\n",
        "x:\n\t$(call x,$(call x,$(call x)))\n",
        "é:\n\tü $(ä)\n",
    ] {
        let _ = import(&Request { makefile: text.to_owned(), ..Request::default() });
    }
}

#[test]
fn a_makefile_without_targets_is_refused() {
    let refused = import(&Request { makefile: "A = 1\n".to_owned(), ..Request::default() });
    assert!(refused.is_err_and(|error| error.to_string().contains("no targets")));
}
