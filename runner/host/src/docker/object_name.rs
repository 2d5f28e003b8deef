use infra_event::{ErrorCode, TaskError};

/// Accepts the name or id of a container, network or volume. Names become parts of addresses, so nothing else may pass.
///
/// # Errors
/// When it is no such name.
pub fn object_name(what: &str, name: &str) -> Result<(), TaskError> {
    let bytes = name.as_bytes();
    let good = bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.len() <= 255
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte));
    if good {
        return Ok(());
    }
    Err(TaskError::new(ErrorCode::INVALID, format!("`{}` is not the name of a {what}", name.escape_debug()))
        .hint("a name starts with a letter or digit, and has only letters, digits, `_`, `.` and `-`"))
}

/// Accepts the name, digest or id of an image.
///
/// # Errors
/// When it is no such name.
pub fn image_name(name: &str) -> Result<(), TaskError> {
    let (path, digest) = name.split_once('@').map_or((name, None), |(path, digest)| (path, Some(digest)));
    let (path, tag) = match path.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (path, None),
    };
    let word = |text: &str, also: &[u8]| {
        text.as_bytes().first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte))
    };
    let mut parts = path.split('/');
    let host = path.contains('/').then(|| parts.next()).flatten();
    let good = name.len() <= 512
        && host.is_none_or(|host| registry(host, &word))
        && parts.all(|part| word(part, b"._-") && !part.contains(".."))
        && tag.is_none_or(|tag| word(tag, b"._-") && tag.len() <= 128)
        && digest.is_none_or(|digest| word(digest, b":+._-"));
    if good {
        return Ok(());
    }
    Err(TaskError::new(ErrorCode::INVALID, format!("`{}` is not the name of an image", name.escape_debug()))
        .hint("write `NAME:TAG`, `REGISTRY/NAME:TAG` or `NAME@sha256:DIGEST`"))
}

/// The host of a registry with or without a port, or the first part of a path.
fn registry(host: &str, word: &impl Fn(&str, &[u8]) -> bool) -> bool {
    match host.split_once(':') {
        _ if bracketed(host) => true,
        Some((host, port)) => word(host, b".-") && port.parse::<u16>().is_ok(),
        None => word(host, b"._-"),
    }
}

/// An IPv6 address of a registry, with or without a port.
fn bracketed(host: &str) -> bool {
    let Some((address, port)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) else { return false };
    let port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    port && address.parse::<std::net::Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_lead_elsewhere() {
        for name in ["a", "infra-postgres", "a.b_c-1", "0123456789ab"] {
            assert_eq!(object_name("container", name), Ok(()), "{name}");
        }
        for name in ["", "/a", "a/b", "../images", "a?all=1", "a#b", "a%2fb", ".", "-a", "a b", "ä"] {
            assert!(object_name("container", name).is_err(), "{name}");
        }
    }

    #[test]
    fn image_names_cannot_lead_elsewhere() {
        for name in [
            "postgres",
            "postgres:16-alpine",
            "127.0.0.1:5000/a/b:1",
            "ghcr.io/a/b@sha256:00ff",
            "sha256:00ff",
            "[::1]:5000/x",
            "a__b",
        ] {
            assert_eq!(image_name(name), Ok(()), "{name}");
        }
        for name in
            ["", "a b", "../x", "a/../b", "a//b", "a?x", "a#b", "a%2f", "/a", "a:", "a@", "a:b/c", "a:99999/c", "a/b:c/../d"]
        {
            assert!(image_name(name).is_err(), "{name}");
        }
    }
}
