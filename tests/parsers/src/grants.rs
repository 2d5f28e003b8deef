use crate::texts;
use infra_effect::{
    ArgumentPatterns, FileEffect, FileVerb, Grants, HostPattern, HttpScheme, Key, PathPattern, PortPattern, TextPattern,
};

/// What a pattern covers, it matches: for patterns of texts, paths, ports, arguments and hosts.
pub(crate) fn patterns(data: &[u8]) {
    let [wide, narrow, text] = texts(data);
    // Time grows with the product of the lengths.
    if data.len() > 2_000 {
        return;
    }
    let (one, other) = (TextPattern(wide.clone()), TextPattern(narrow.clone()));
    assert!(
        !(one.covers(&other) && other.matches(&text)) || one.matches(&text),
        "text: `{wide}` covers `{narrow}`, not `{text}`"
    );
    let (one, other) = (PathPattern(wide.clone()), PathPattern(narrow.clone()));
    assert!(
        !(one.covers(&other) && other.matches(&text)) || one.matches(&text),
        "path: `{wide}` covers `{narrow}`, not `{text}`"
    );
    assert!(!text.split('/').any(|segment| segment == "..") || !one.matches(&text), "`{wide}` matches `{text}`, which climbs");
    let _ = one.covers_mount(&other);
    let (one, other) = (PortPattern(wide.clone()), PortPattern(narrow.clone()));
    if let Some((address, port)) = text.rsplit_once(':')
        && let Ok(port) = port.parse()
    {
        assert!(
            !(one.covers(&other) && other.matches(address, port)) || one.matches(address, port),
            "port: `{wide}` covers `{narrow}`, not `{text}`"
        );
    }
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (one, other) = (ArgumentPatterns(words(&wide)), ArgumentPatterns(words(&narrow)));
    let args = words(&text);
    assert!(
        !(one.covers(&other) && other.matches(&args)) || one.matches(&args),
        "arguments: `{wide}` covers `{narrow}`, not `{text}`"
    );
    assert!(ArgumentPatterns::exactly(&args).matches(&args), "`{text}` is not itself");
    assert!(
        ArgumentPatterns(args.iter().map(|arg| ArgumentPatterns::literal(arg)).collect()).matches(&args)
            || args.last().is_some_and(|arg| arg == "**")
    );
    if let Ok(host) = HostPattern::parse(&wide) {
        let written = host.to_string();
        assert_eq!(
            HostPattern::parse(&written).map(|again| again.to_string()).ok(),
            Some(written),
            "a host is written as it is read"
        );
        for scheme in [HttpScheme::Http, HttpScheme::Https] {
            let _ = host.matches(scheme, &text, 443);
        }
    }
}

/// A policy, and what it then allows.
pub(crate) fn grants(data: &[u8]) {
    let [policy, path] = texts(data);
    let Ok(grants) = toml::from_str::<Grants>(&policy) else { return };
    let again: Grants = serde_json::from_value(serde_json::to_value(&grants).unwrap()).unwrap();
    assert_eq!(grants, again, "grants are written as they are read");
    let home = grants.clone().at_home("/home/me");
    for verb in [FileVerb::Read, FileVerb::Write] {
        let effect = infra_effect::Effect::File(FileEffect { verb, path: path.clone() });
        if let Err(refusal) = home.check(&effect, Key::Policy) {
            assert!(refusal.line.starts_with("files = "), "{}", refusal.line);
        }
    }
    assert!(Grants::default().missing(&Grants::default()).is_empty());
    let _ = (home.missing(&grants), grants.missing(&home));
}
