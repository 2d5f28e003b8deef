use super::*;

/// Forms that some readers of URLs take for another host than they seem to name, or for more than a URL.
const ATTACKS: [&str; 50] = [
    "http://user@127.0.0.1/",
    "http://user:password@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1#@example.com:80@evil/",
    "http://@example.com/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.1./",
    "http://example.com./",
    "http://0/",
    "http://00000.0.0.0/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%2f@example.com/",
    "http://127.0.0.1%00.example.com/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://ｅxample.com/",
    "http://bücher.example/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[fe80::1%25eth0]/",
    "http://[::1/",
    "http://[127.0.0.1]/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:80:80/",
    "http://example.com\\@127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http:/127.0.0.1/",
    "http:127.0.0.1/",
    "http:///127.0.0.1/",
    "//127.0.0.1/",
    "127.0.0.1",
    "localhost/",
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://127.0.0.1:6379/_INFO",
    "javascript:alert(1)",
    "http://example.com/a b",
    " http://example.com/",
    "http://exam\tple.com/",
    "http://example.com/\r\nx-injected: 1",
    "http://1.2.3.4.5/",
    "",
];

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    for text in ATTACKS {
        let error = Location::parse(text).expect_err(text);
        assert_eq!(error.code, "invalid", "{text}");
        assert!(error.hint.is_some(), "{text}");
        assert!(!error.message.contains("password@"), "{error}");
        assert!(!error.message.contains(['\r', '\n', '\t']), "{error:?}");
    }
}

#[test]
fn a_plain_url_is_taken_as_it_is() {
    for (text, host, port, target) in [
        ("http://example.com", "example.com", 80, "/"),
        ("HTTPS://Example.COM/A", "example.com", 443, "/A"),
        ("https://example.com:8443/a/../b?x=%2e&y#z", "example.com", 8443, "/b?x=%2e&y"),
        ("http://127.0.0.1:81/", "127.0.0.1", 81, "/"),
        ("http://[::1]:81/", "::1", 81, "/"),
        ("http://[2001:DB8:0:0::1]/", "2001:db8::1", 80, "/"),
        ("http://a_b.internal/%2e%2e/x", "a_b.internal", 80, "/x"),
        ("http://example.com?x=a@b", "example.com", 80, "/?x=a@b"),
        ("http://xn--bcher-kva.example/", "xn--bcher-kva.example", 80, "/"),
    ] {
        let location = Location::parse(text).unwrap();
        assert_eq!((location.host.as_str(), location.port, location.target.as_str()), (host, port, target), "{text}");
    }
    assert_eq!(Location::parse("http://[::1]:81/x?secret").unwrap().url(), "http://[::1]:81/x");
    assert!(Location::parse(&format!("http://a.io/{}", "x".repeat(9000))).is_err());
}

#[test]
fn a_redirect_is_read_as_strictly() {
    let base = Location::parse("https://a.io:8443/x/y?q").unwrap();
    for (to, url) in [
        ("z", "https://a.io:8443/x/z"),
        ("/z?k", "https://a.io:8443/z"),
        ("?k", "https://a.io:8443/x/y"),
        ("../../../z", "https://a.io:8443/z"),
        ("//b.io/z", "https://b.io/z"),
        ("http://b.io", "http://b.io/"),
        ("./a:b", "https://a.io:8443/x/a:b"),
    ] {
        assert_eq!(base.join(to).unwrap().url(), url, "{to}");
    }
    for to in [
        "\\\\b.io/",
        "/\\b.io/",
        "https:/b.io/",
        "https:b.io",
        "https://u@b.io/",
        "//u:p@b.io/",
        "http://2130706433/",
        "file:///etc/passwd",
        "javascript:x",
        "https://b.io./",
        "/a b",
        "http://[::ffff:169.254.169.254]/",
        "///b.io",
        "https:///b.io",
        "http://0x7f.1/",
    ] {
        let error = base.join(to).expect_err(to);
        assert_eq!((error.code.as_str(), &error.details.unwrap()["cause"]), ("failed", &serde_json::json!("redirect")), "{to}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,60}|https?://[a-z0-9.:@/\\\\\\[\\]%#?-]{0,40}") {
        if let Ok(location) = Location::parse(&text) {
            proptest::prop_assert_eq!(Location::parse(&location.whole()), Ok(location));
        }
    }

    #[test]
    fn a_relative_redirect_stays_where_it_is(to in "[a-z0-9./?#@:%-]{0,30}") {
        let base = Location::parse("https://a.io/x/").unwrap();
        if let Ok(location) = base.join(&to) {
            let absolute = to.starts_with("//") || to.contains(':');
            proptest::prop_assert!(absolute || location.same_origin(&base), "{} {:?}", to, location);
        }
    }
}
