use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

#[test]
fn secrets_are_taken_out() {
    let masker = Masker::default();
    masker.add("hunter2");
    masker.add("hunter2-long");
    masker.add("ab");
    assert_eq!(masker.mask("x hunter2-long y hunter2 ab"), "x *** y *** ab");
    let json = serde_json::json!({ "a": ["hunter2", 1], "hunter2": null });
    assert_eq!(masker.mask_json(json), serde_json::json!({ "a": ["***", 1], "***": null }));
}

#[test]
fn a_secret_is_found_in_other_forms() {
    let secret = r#"pa/ss "wörd"+&~123"#;
    let masker = Masker::default();
    masker.add(secret);
    for text in [
        serde_json::json!({ "key": secret }).to_string(),
        "pa%2Fss%20%22w%C3%B6rd%22%2B%26~123".to_owned(),
        "pa%2fss%20%22w%c3%b6rd%22%2b%26~123".to_owned(),
        "pa%2Fss+%22w%C3%B6rd%22%2B%26%7E123".to_owned(),
        STANDARD.encode(secret),
        URL_SAFE.encode(secret),
    ] {
        let masked = masker.mask(&text).into_owned();
        assert!(masked.contains(MASK), "{text}");
        assert!(!masked.contains("ss") && !masked.contains("123"), "{masked}");
    }
    for user in ["", "a:", "me:", "you:", "them:"] {
        for after in ["", "\n", "@host"] {
            let text = STANDARD.encode(format!("{user}{secret}{after}"));
            let masked = masker.mask(&text).into_owned();
            // At most the group at each end is left.
            assert!(masked.contains(MASK) && masked.len() < user.len() * 2 + after.len() * 2 + 12, "{text} {masked}");
        }
    }
}

#[test]
fn a_secret_of_several_lines_is_masked_line_by_line() {
    let masker = Masker::default();
    masker.add("-----BEGIN KEY-----\nMIIEvQIBADANBg\n}\n-----END KEY-----\n");
    assert_eq!(masker.mask("key: MIIEvQIBADANBg }"), "key: *** }");
}

#[test]
fn who_masks_too_hears_of_each_secret() {
    let masker = Masker::default();
    let heard: Arc<RwLock<Vec<String>>> = Arc::default();
    let ear = Arc::clone(&heard);
    masker.tell(move |secret| ear.write().unwrap().push(secret.to_owned()));
    masker.clone().add("hunter2");
    masker.add("abc");
    assert_eq!(*heard.read().unwrap(), ["hunter2"]);
    assert!(!format!("{masker:?}").contains("hunter2"));
}

#[test]
fn what_overlaps_leaves_nothing_of_any() {
    let masker = Masker::default();
    masker.add("abcdefgh");
    masker.add("efghijkl");
    assert_eq!(masker.mask("<abcdefghijkl>"), "<***>");
    assert_eq!(masker.mask("<abcdefghabcdefgh>"), "<******>");
}

#[test]
fn a_name_is_shown_in_the_place_of_what_stands_for_a_secret() {
    let masker = Masker::default();
    masker.name("infra-secret-A-1", "${secrets.A}");
    masker.add("hunter2");
    assert_eq!(masker.mask("x=infra-secret-A-1 hunter2"), "x=${secrets.A} ***");
}

#[test]
fn digits_are_masked_as_numbers_too() {
    let masker = Masker::default();
    masker.add("123456");
    let json = serde_json::json!({ "pin": 123_456, "other": 12 });
    assert_eq!(masker.mask_json(json), serde_json::json!({ "pin": "***", "other": 12 }));
}

#[test]
fn a_secret_is_found_however_a_stream_is_cut() {
    let masker = Masker::default();
    masker.add("hunter2");
    let text = "a hunter2 hunter hunter2hunter2 hunte";
    for cut in 0..text.len() {
        let mut stream = masker.stream();
        let mut out = stream.push(&text.as_bytes()[..cut]);
        out.extend(stream.push(&text.as_bytes()[cut..]));
        out.extend(stream.flush());
        assert_eq!(String::from_utf8(out).unwrap(), "a *** hunter ****** hunte", "{cut}");
    }
}

mod random {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Few letters, so that secrets overlap themselves and each other.
        #[test]
        fn a_stream_in_pieces_is_masked_as_the_whole(
            secrets in prop::collection::vec("[ab]{4,9}", 1..4),
            text in "[abc]{0,200}",
            cuts in prop::collection::vec(1_usize..20, 1..60),
        ) {
            let masker = Masker::default();
            secrets.iter().for_each(|secret| masker.add(secret));
            let mut stream = masker.stream();
            let (mut out, mut rest) = (vec![], text.as_bytes());
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                out.extend(stream.push(piece));
                rest = after;
            }
            out.extend(stream.push(rest));
            out.extend(stream.flush());
            let whole = masker.mask(&text).into_owned();
            prop_assert_eq!(String::from_utf8(out).unwrap(), whole.clone());
            for secret in &secrets {
                prop_assert!(!whole.contains(secret.as_str()));
            }
        }

        /// Any secret, in each of the forms that it is written in, among any neighbours.
        #[test]
        fn every_form_of_any_secret_is_found(secret in "[!-~äß\u{1f600}]{8,60}", before in "[a-z ]{0,5}", after in "[a-z ]{0,5}") {
            let masker = Masker::default();
            masker.add(&secret);
            let around = format!("{before}{secret}{after}");
            let encoded = STANDARD.encode(&around);
            for text in [around.clone(), serde_json::json!({ "a": around }).to_string(), URL_SAFE.encode(&around), encoded] {
                let masked = masker.mask(&text).into_owned();
                prop_assert!(masked.contains(MASK), "{} {}", text, masked);
                prop_assert!(!masked.contains(secret.as_str()));
            }
        }
    }
}
