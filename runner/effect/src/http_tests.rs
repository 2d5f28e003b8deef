//! Grants for HTTP: what is allowed beside what is not.

use crate::{Effect, EffectKind, Grants, HostPattern, HttpEffect, HttpGrant, HttpMethod, HttpScheme, Key, TextPattern};
use proptest::prelude::*;

fn effect(method: HttpMethod, url: &str, addresses: &[&str]) -> HttpEffect {
    let (scheme, rest) = url.split_once("://").unwrap();
    let scheme = if scheme == "https" { HttpScheme::Https } else { HttpScheme::Http };
    let (place, path) = rest.split_once('/').unwrap();
    let (host, port) = match place.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
        Some((host, port)) => (host, port.parse().unwrap()),
        None => (place, scheme.port().unwrap()),
    };
    HttpEffect {
        scheme,
        method: Some(method),
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
        path: format!("/{path}"),
        query: false,
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
    }
}

fn get(url: &str, addresses: &[&str]) -> HttpEffect {
    effect(HttpMethod::Get, url, addresses)
}

fn grant(hosts: &[&str]) -> HttpGrant {
    let hosts = hosts.iter().map(|text| HostPattern::parse(text).unwrap()).collect();
    HttpGrant { hosts, methods: vec![HttpMethod::Get], ..HttpGrant::default() }
}

#[test]
fn nothing_is_allowed_by_default() {
    let wanted = get("https://api.example.com/v1", &[]);
    assert!(!HttpGrant::default().allows(&wanted));
    let no_method = HttpGrant { methods: vec![], ..grant(&["*"]) };
    assert!(!no_method.allows(&wanted));
    let refusal = Grants::default().check(&Effect::Http { kind: EffectKind::HttpRead, effect: wanted }, Key::Policy).unwrap_err();
    assert_eq!(refusal.line, r#"http = [{ hosts = ["api.example.com"], methods = ["GET"], paths = ["/v1"] }]"#);
    assert_eq!(refusal.summary, "GET https://api.example.com/v1");
}

#[test]
fn hosts_are_matched_whole() {
    for (pattern, fits, other) in [
        ("api.example.com", "https://api.example.com/", "https://api.example.com.evil.io/"),
        ("api.example.com", "http://api.example.com/", "https://evil-api.example.com/"),
        ("api.example.com", "https://api.example.com/", "https://api.example.com:8443/"),
        ("api.example.com:8443", "https://api.example.com:8443/", "https://api.example.com/"),
        ("https://api.example.com", "https://api.example.com/", "http://api.example.com/"),
        ("*.internal:8080", "http://a.b.internal:8080/", "http://internal:8080/"),
        ("*.example.com", "https://a.example.com/", "https://aexample.com/"),
        ("*:*", "http://anything.io:81/", "http://127.0.0.1:81/"),
        ("*", "https://1.1.1.1/", "https://10.0.0.1/"),
        ("127.0.0.1:*", "http://127.0.0.1:9/", "http://127.0.0.2:9/"),
        ("[::1]:80-90", "http://[::1]:88/", "http://[::1]:91/"),
        ("10.0.0.0/8", "http://10.9.9.9/", "http://11.0.0.1/"),
        ("[fd00::/8]", "http://[fd99::1]/", "http://[fe99::1]/"),
        ("169.254.169.254", "http://169.254.169.254/", "http://169.254.169.253/"),
    ] {
        assert!(grant(&[pattern]).allows(&get(fits, &[])), "{pattern} {fits}");
        assert!(!grant(&[pattern]).allows(&get(other, &[])), "{pattern} {other}");
    }
    assert!(!grant(&["169.254.0.0/16"]).allows(&get("http://169.254.169.254/", &[])), "a network does not name it");
}

#[test]
fn where_a_name_leads_is_part_of_the_grant() {
    let to = |host: &str, address: &str| get(&format!("http://{host}/"), &[address]);
    for (hosts, host, address) in [
        (&["app.example.com"][..], "app.example.com", "127.0.0.1"),
        (&["app.example.com"], "app.example.com", "10.0.0.1"),
        (&["*.internal"], "app.internal", "10.0.0.1"),
        (&["*.example.com", "10.0.0.0/8"], "app.example.com", "10.0.0.1"),
        (&["*.example.com"], "app.example.com", "93.184.216.34"),
        (&["app.example.com", "169.254.169.254"], "app.example.com", "169.254.169.254"),
        (&["app.example.com", "[fd00:ec2::254]"], "app.example.com", "fd00:ec2::254"),
    ] {
        assert!(grant(hosts).allows(&to(host, address)), "{hosts:?} {host} {address}");
    }
    for (hosts, host, address) in [
        (&["*"][..], "app.example.com", "127.0.0.1"),
        (&["*.example.com"], "app.example.com", "10.0.0.1"),
        (&["*.example.com", "10.0.0.0/8"], "app.example.com", "192.168.0.1"),
        (&["*.example.com", "10.0.0.0/8:81"], "app.example.com", "10.0.0.1"),
        (&["app.example.com"], "app.example.com", "169.254.169.254"),
        (&["app.example.com"], "app.example.com", "::ffff:169.254.169.254"),
        (&["app.example.com"], "app.example.com", "fd00:ec2::254"),
        (&["app.example.com", "169.254.0.0/16"], "app.example.com", "169.254.169.254"),
        (&["*.internal"], "app.internal", "fe80::1"),
        (&["*.internal"], "app.internal", "64:ff9b::7f00:1"),
        (&["10.0.0.1"], "app.example.com", "10.0.0.1"),
    ] {
        assert!(!grant(hosts).allows(&to(host, address)), "{hosts:?} {host} {address}");
    }
    let mixed = get("http://app.example.com/", &["93.184.216.34", "169.254.169.254"]);
    assert!(!grant(&["app.example.com"]).allows(&mixed), "each address counts");
}

#[test]
fn a_path_that_servers_may_read_otherwise_needs_all_paths() {
    let narrow = HttpGrant { paths: vec![TextPattern("/public/**".into())], ..grant(&["a.io"]) };
    let path = |path: &str| narrow.allows(&get(&format!("https://a.io{path}"), &[]));
    for fine in ["/public/x", "/public/", "/public/a%20b", "/public/x;v=1", "/public/.hidden", "/public/%2e%2e.txt"] {
        assert!(path(fine), "{fine}");
    }
    for bad in [
        "/admin",
        "/public",
        "/publicity",
        "/public/%2e%2e/admin",
        "/public/..%2fadmin",
        "/public/..%2Fadmin",
        "/public/..%5cadmin",
        "/public/%252e%252e/admin",
        "/public/..;/admin",
        "/public//admin",
        "/public/%00",
        "/public/%252fadmin",
        "/public/./x",
    ] {
        assert!(!path(bad), "{bad}");
        assert!(grant(&["a.io"]).allows(&get(&format!("https://a.io{bad}"), &[])), "{bad}");
    }
}

#[test]
fn reading_includes_the_head_alone() {
    assert!(grant(&["a.io"]).allows(&effect(HttpMethod::Head, "https://a.io/", &[])));
    for method in [HttpMethod::Post, HttpMethod::Put, HttpMethod::Delete, HttpMethod::Patch, HttpMethod::Options] {
        assert!(!grant(&["a.io"]).allows(&effect(method, "https://a.io/", &[])), "{method}");
    }
}

#[test]
fn a_port_is_looked_at_by_its_own_word() {
    let connect = |place: &str| HttpGrant { connect: vec![HostPattern::parse(place).unwrap()], ..HttpGrant::default() };
    let wanted = HttpEffect::connection("127.0.0.1", 5432);
    assert!(connect("127.0.0.1:5432").allows(&wanted));
    for place in ["127.0.0.1:5433", "127.0.0.1", "*:*", "http://127.0.0.1:5432"] {
        assert!(!connect(place).allows(&wanted), "{place}");
    }
    assert!(!grant(&["127.0.0.1:5432"]).allows(&wanted), "what may be asked is not what may be looked at");
    assert_eq!(HttpGrant::exactly(&wanted).line(), r#"http = [{ connect = ["127.0.0.1:5432"] }]"#);
}

#[test]
fn the_line_of_a_refusal_would_allow_it() {
    for wanted in [
        get("http://[::1]:8080/x", &["::1"]),
        get("https://a.io/", &["10.0.0.1"]),
        get("https://a.io/", &["169.254.169.254", "1.1.1.1"]),
        effect(HttpMethod::Post, "http://169.254.169.254/latest", &["169.254.169.254"]),
    ] {
        assert!(HttpGrant::exactly(&wanted).allows(&wanted), "{wanted:?}");
    }
}

#[test]
fn a_pattern_covers_what_reaches_no_further() {
    let pattern = |text: &str| HostPattern::parse(text).unwrap();
    for (have, other) in [
        ("a.io", "a.io"),
        ("a.io", "https://a.io"),
        ("*:*", "1.1.1.1:80"),
        ("*.internal", "a.internal"),
        ("*.io", "*.a.io"),
        ("10.0.0.0/8:*", "10.1.0.0/16:80"),
        ("a.io:80-90", "http://a.io"),
        ("*", "*.a.io"),
        ("https://a.io", "https://a.io:443"),
    ] {
        assert!(pattern(have).covers(&pattern(other)), "{have} {other}");
    }
    for (have, other) in [
        ("*", "a.io"),
        ("*.io", "a.io"),
        ("https://a.io", "a.io"),
        ("a.io", "a.io:*"),
        ("*", "*.internal"),
        ("10.0.0.0/8", "10.0.0.0/7"),
        ("*:*", "127.0.0.1:80"),
        ("*", "10.0.0.0/8"),
        ("169.254.0.0/16", "169.254.169.254"),
        ("a.io", "a.io:81"),
        ("a.io", "b.io"),
    ] {
        assert!(!pattern(have).covers(&pattern(other)), "{have} {other}");
    }
    assert!(grant(&["a.io"]).held_by(&[grant(&["*.io", "*"])]), "where it leads is seen when it is resolved");
    assert!(!grant(&["a.io"]).held_by(&[]));
    let posts = HttpGrant { methods: vec![HttpMethod::Post], ..grant(&["a.io"]) };
    assert!(!posts.held_by(&[grant(&["a.io"])]) && !grant(&["a.io"]).covers(&posts));
    let narrow = HttpGrant { paths: vec![TextPattern("/v1/**".into())], ..grant(&["a.io"]) };
    assert!(grant(&["a.io"]).covers(&narrow) && !narrow.covers(&grant(&["a.io"])));
}

#[test]
fn what_is_no_pattern_is_refused_with_the_reason() {
    for text in [
        "",
        ":80",
        "a.io:",
        "a.io:0",
        "a.io:70000",
        "a.io:90-80",
        "a.io:+80",
        "ftp://a.io",
        "u@a.io",
        "u:p@a.io",
        "a.io/path",
        "a.io.",
        "a..io",
        "2130706433",
        "0x7f.1",
        "127.1",
        "0177.0.0.1",
        "::1",
        "[::1",
        "[::1]80",
        "[127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "a*.io",
        "*a",
        "*.*",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/",
        "a io",
        "ä.io",
        "a\nb",
        "[fe80::1%eth0]",
        "*.",
        ".io",
        "http://",
        "a.io:1:2",
    ] {
        let error = HostPattern::parse(text).unwrap_err();
        assert!(error.to_string().contains("is not a host: "), "{text}");
    }
    let wrong: Result<Grants, _> = serde_json::from_str(r#"{"http":[{"hosts":["127.1"],"methods":["GET"]}]}"#);
    assert!(wrong.unwrap_err().to_string().contains("127.1"));
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,40}|[a-z0-9.:/*\\[\\]-]{0,40}") {
        if let Ok(pattern) = HostPattern::parse(&text) {
            prop_assert_eq!(HostPattern::parse(&pattern.to_string()), Ok(pattern));
        }
    }

    #[test]
    fn a_name_that_is_written_out_stands_for_itself_alone(
        one in "[a-z]{1,8}(\\.[a-z]{1,5}){0,3}", other in "[a-z]{1,8}(\\.[a-z]{1,5}){0,3}", port in 1u16..,
    ) {
        let pattern = HostPattern::parse(&format!("{one}:{port}")).unwrap();
        prop_assert!(pattern.matches(HttpScheme::Http, &one, port));
        prop_assert_eq!(pattern.matches(HttpScheme::Http, &other, port), one == other);
        let below = HostPattern::parse(&format!("*.{one}:{port}")).unwrap();
        prop_assert_eq!(below.matches(HttpScheme::Http, &other, port), other.ends_with(&format!(".{one}")));
    }

    #[test]
    fn an_address_is_in_the_networks_that_hold_it(bits: u32, prefix in 0u8..=32, other: u32) {
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
        let text = format!("{}/{prefix}:80", std::net::Ipv4Addr::from_bits(bits & mask));
        let pattern = HostPattern::parse(&text).unwrap();
        let address = std::net::Ipv4Addr::from_bits(other);
        let class = crate::AddressClass::of(address.into());
        let special = class == crate::AddressClass::Special && prefix < 32;
        let inside = bits & mask == other & mask;
        prop_assert_eq!(pattern.matches(HttpScheme::Http, &address.to_string(), 80), inside && !special);
    }

    #[test]
    fn what_covers_a_pattern_allows_all_that_it_allows(
        have in "(\\*|\\*\\.)?[ab](\\.(io|internal))?(:\\*|:80)?|\\*", other in "(\\*\\.)?[ab](\\.(io|internal))?(:\\*|:80)?|\\*",
        host in "([ab]\\.)?[ab](\\.(io|internal))?", port in prop::sample::select(vec![80u16, 81]),
        address in prop::sample::select(vec!["10.0.0.1", "1.1.1.1"]),
    ) {
        let (Ok(have), Ok(other)) = (HostPattern::parse(&have), HostPattern::parse(&other)) else { return Ok(()) };
        let wanted = get(&format!("http://{host}:{port}/"), &[address]);
        let grant = |pattern: &HostPattern| HttpGrant { hosts: vec![pattern.clone()], ..grant(&[]) };
        if have.covers(&other) && grant(&other).allows(&wanted) {
            prop_assert!(grant(&have).allows(&wanted), "{have} {other} {host}");
        }
    }
}
