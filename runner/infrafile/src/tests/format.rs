use crate::format;
use proptest::prelude::*;
use std::path::Path;

const REPOSITORY: [&str; 2] =
    [include_str!("../../../../Infrafile.toml"), include_str!("../../../session/src/template/Infrafile.toml")];

fn formatted(text: &str) -> String {
    format(Path::new("Infrafile.toml"), text).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

#[test]
fn a_file_is_written_in_the_one_way() {
    let text =
        "\n\n[project]\n\nname=\"demo\"   # ours\n[ params ]\nA='x'\n  LONGER   =  {default=[ 1,2 ,],help = 'h'}\n\n\n\n# about a
[tasks . a]
help = '''
 two
   lines'''
allow=[{files={read=[ 'a' ]}},{process=[
    # why
    {program='git' ,args=['status',
'x'],pure=true},
        ],http=[]},]
when = {}\nat   =   1979-05-27 07:32:00.5
[[list]]
";
    insta::assert_snapshot!(formatted(text), @r#"
    [project]
    name = "demo"   # ours

    [params]
    A      = 'x'
    LONGER = { default = [1, 2,], help = 'h' }

    # about a
    [tasks.a]
    help  = '''
     two
       lines'''
    allow = [{ files = { read = ['a'] } }, { process = [
      # why
      { program = 'git', args = ['status',
        'x'], pure = true },
    ], http = [] },]
    when  = {}
    at    = 1979-05-27 07:32:00.5

    [[list]]
    "#);
}

#[test]
fn what_is_no_toml_is_refused_with_its_line() {
    let wrong = format(Path::new("Infrafile.toml"), "[tasks.a]\nrun = [\n").unwrap_err().render(false);
    assert!(wrong.contains("the TOML is wrong") && wrong.contains("Infrafile.toml:"), "{wrong}");
}

#[test]
fn empty_files_and_the_files_of_the_repository_stay_what_they_are() {
    assert_eq!(formatted(""), "");
    assert_eq!(formatted("\n\n"), "");
    assert_eq!(formatted("\u{feff}a = 1"), "a = 1\n");
    for text in REPOSITORY {
        let once = formatted(text);
        assert_eq!(once, formatted(&once));
    }
}

/// A text that is TOML, in a spacing of its own.
fn document() -> impl Strategy<Value = String> {
    let blank = || proptest::sample::select(vec!["", " ", "\t", "   "]);
    let scalar = proptest::sample::select(vec![
        "1",
        "-2.5",
        "true",
        "nan",
        "'a b'",
        "\"c # d\"",
        "'''\n e\n\n'''",
        "\"\"\"f\\\n  g\"\"\"",
        "1979-05-27 07:32:00",
        "07:32:00",
        "0x1F",
    ])
    .prop_map(str::to_owned);
    let value = scalar.prop_recursive(3, 12, 3, move |inner| {
        let breaks = || proptest::sample::select(vec!["", " ", "\n", " # x\n", "\n\n\n", "\r\n  "]);
        prop_oneof![
            (proptest::collection::vec((breaks(), inner.clone(), breaks()), 0..4), any::<bool>()).prop_map(|(all, last)| {
                let all: Vec<String> = all.into_iter().map(|(a, value, b)| format!("{a}{value}{b}")).collect();
                format!("[{}{}]", all.join(","), if last && !all.is_empty() { ",\n" } else { "" })
            }),
            (proptest::collection::vec((blank(), inner, blank()), 0..3)).prop_map(|all| {
                let all: Vec<String> =
                    all.into_iter().enumerate().map(|(index, (a, value, b))| format!("{a}k{index}{b}={a}{value}{b}")).collect();
                format!("{{{}}}", all.join(","))
            }),
        ]
    });
    let line = prop_oneof![
        4 => (blank(), value, blank(), any::<bool>())
            .prop_map(|(a, value, b, comment)| format!("{a}KEY{b}={a}{value}{b}{}", if comment { "#c" } else { "" })),
        1 => blank().prop_map(str::to_owned),
        1 => blank().prop_map(|a| format!("{a}# comment{a}")),
        1 => blank().prop_map(|a| format!("{a}[{a}TABLE . inner{a}]{a}")),
        1 => blank().prop_map(|a| format!("[[ LIST{a}]] # list")),
    ];
    proptest::collection::vec(line, 0..12).prop_map(|lines| {
        let numbered = lines.iter().enumerate().map(|(number, line)| {
            line.replace("KEY", &format!("key{}", "x".repeat(number)))
                .replace("TABLE", &format!("t{number}"))
                .replace("LIST", &format!("l{number}"))
        });
        numbered.collect::<Vec<_>>().join("\n")
    })
}

proptest! {
    #[test]
    fn formatting_twice_is_formatting_once(text in document()) {
        // That values and comments stay is looked at by `format` itself, which refuses else.
        let once = formatted(&text);
        prop_assert_eq!(&formatted(&once), &once);
        prop_assert!(!once.contains("\n\n\n\n") && !once.starts_with('\n') && !once.ends_with("\n\n"), "{once}");
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z\\[\\]{}=\"'$.,#\n\r ]{0,60}") {
        let _ = format(Path::new("Infrafile.toml"), &text);
    }
}
