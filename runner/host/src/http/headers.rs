use http::{HeaderMap, HeaderName, HeaderValue};
use infra_event::{ErrorCode, TaskError};

/// Bytes of all names and values.
const MOST: usize = 32 << 10;

/// What says how the connection is used, or to whom it goes.
const RUNNERS: [&str; 14] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "proxy-authenticate",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "http2-settings",
    "forwarded",
];

/// What goes along to another origin.
const HARMLESS: [&str; 10] = [
    "accept",
    "accept-language",
    "accept-encoding",
    "content-type",
    "content-language",
    "user-agent",
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
];

/// The headers that a task asks for. Those that are `private` go to no other origin.
pub(super) fn checked(asked: &[(String, String)], private: &[String]) -> Result<HeaderMap, TaskError> {
    let wrong = |message: String, hint: &str| Err(TaskError::new(ErrorCode::INVALID, message).hint(hint));
    let total: usize = asked.iter().map(|(name, value)| name.len() + value.len()).sum();
    if total > MOST || asked.len() > 100 {
        return wrong("the headers are too long".to_owned(), "send what is long in the body");
    }
    let mut headers = HeaderMap::new();
    for (name, value) in asked {
        let shown: String = name.chars().take(64).flat_map(char::escape_debug).collect();
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            return wrong(format!("`{shown}` is not the name of a header"), "letters, digits and `-`");
        };
        if RUNNERS.contains(&name.as_str()) {
            return wrong(format!("the header `{name}` is not the task's to send"), "leave it out: it is made from the request");
        }
        let Ok(mut value) = HeaderValue::from_str(value) else {
            return wrong(
                format!("the value of the header `{name}` holds a line end or another character that no header has"),
                "encode it, or leave it out",
            );
        };
        let secret = private.iter().any(|private| private.eq_ignore_ascii_case(name.as_str()));
        value.set_sensitive(secret || !HARMLESS.contains(&name.as_str()));
        headers.append(name, value);
    }
    if !headers.contains_key("user-agent") {
        headers.insert("user-agent", HeaderValue::from_static(concat!("infra/", env!("CARGO_PKG_VERSION"))));
    }
    Ok(headers)
}

/// Leaves only what tells another origin nothing.
pub(super) fn leave_harmless(headers: &mut HeaderMap) {
    let tells =
        |name: &&HeaderName| !HARMLESS.contains(&name.as_str()) || headers.get_all(*name).iter().any(HeaderValue::is_sensitive);
    let gone: Vec<HeaderName> = headers.keys().filter(tells).cloned().collect();
    for name in gone {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, value: &str) -> Result<HeaderMap, TaskError> {
        checked(&[(name.to_owned(), value.to_owned())], &[])
    }

    #[test]
    fn a_header_ends_where_it_ends() {
        assert_eq!(of("X-A", "b").unwrap()["x-a"], "b");
        for (name, value) in [
            ("x-a", "b\r\nx-c: d"),
            ("x-a", "b\nc"),
            ("x-a", "b\0"),
            ("x-a\r\nx-c", "d"),
            ("x a", "b"),
            ("", "b"),
            ("x:a", "b"),
            ("Host", "evil"),
            ("Transfer-Encoding", "chunked"),
            ("content-length", "3"),
            ("Connection", "upgrade"),
        ] {
            let error = of(name, value).unwrap_err();
            assert_eq!(error.code, "invalid", "{name:?} {value:?}");
            assert!(error.hint.is_some() && !error.message.contains(['\r', '\n']), "{error:?}");
        }
        assert!(of("x-a", &"b".repeat(MOST)).is_err());
    }

    #[test]
    fn another_origin_gets_what_is_harmless() {
        let names = ["authorization", "cookie", "x-api-key", "accept", "user-agent"];
        let mut headers = checked(&names.map(|name| (name.to_owned(), "v".to_owned())), &[]).unwrap();
        leave_harmless(&mut headers);
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept", "user-agent"]);
        // A secret goes along in no header at all.
        let mut headers = checked(&[("Accept".to_owned(), "v".to_owned())], &["accept".to_owned()]).unwrap();
        leave_harmless(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["user-agent"]);
    }
}
