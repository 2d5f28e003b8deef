use crate::{Location, Template, parse_duration, parse_size};
use proptest::prelude::*;

const SEED: &str = include_str!("../../../../Infrafile.toml");

/// Pieces of Infrafiles in any order come further than random text does.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,20}",
        "[a-z\\[\\]{}=\"'$.,#\n ]{0,30}",
        proptest::sample::select(SEED.split_inclusive('\n').collect::<Vec<_>>()).prop_map(str::to_owned),
        proptest::sample::select(vec![
            "[tasks.a]\n",
            "[tasks.b]\n",
            "run = ",
            "uses = ",
            "needs = ",
            "steps = ",
            "with = ",
            "when = ",
            "matrix = ",
            "env = ",
            "retries = ",
            "limits = ",
            "service = ",
            "include = ",
            "preconditions = ",
            "allow = ",
            "params = ",
            "aliases = ",
            "[\"a\"]\n",
            "[\"b\", \"é${x}\"]\n",
            "\"${needs.a.b}\"\n",
            "1\n",
            "-9223372036854775808\n",
            "99999999999999999999\n",
            "nan\n",
            "{ a = 1 }\n",
            "{ task = \"a\", with = { x = \"${\" } }\n",
            "1979-05-27\n",
            "\"\"\"\né\r\n${\"\"\"\n",
            "[[include]]\n",
            "[profile.x]\n",
            "extends = \"x\"\n",
            "[params]\n",
            "PROFILE = \"x\"\n",
            "[grants.g]\n",
            "[[grants.g.docker]]\n",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn loading(text in pieces()) {
        if let Err(problems) = super::loaded(&text, &[("PROFILE", "x")]) {
            prop_assert!(!problems.render(true).is_empty());
        }
    }

    #[test]
    fn templates(text in "[\\PC${}.:]{0,40}", start in 0usize..10) {
        let _ = Template::parse(&text, &Location { file: 0, span: start..start + text.len() });
        let _ = Template::parse(&text, &Location::default());
    }

    #[test]
    fn durations_and_sizes(text in "[0-9a-zA-Zé .-]{0,24}") {
        let _ = parse_duration(&text);
        let _ = parse_size(&text);
    }
}
