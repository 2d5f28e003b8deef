use infra_effect::SecretSource;

/// What stands behind `vault:`: `//MOUNT/PATH#KEY`. A mount of several segments has `%2F` between them.
pub(crate) fn vault(text: &str) -> Result<SecretSource, &'static str> {
    let rest = text.strip_prefix("//").ok_or("it begins with `vault://`")?;
    let (place, key) = rest.split_once('#').filter(|(_, key)| !key.is_empty()).ok_or("behind the path stands `#` and the key")?;
    let (mount, path) = place.split_once('/').ok_or("behind the mount stands a path")?;
    if place.contains('?') {
        return Err("a version or another query cannot be named: it is always the newest");
    }
    let odd = |segment: &str| segment.is_empty() || matches!(segment, "." | "..") || segment.contains(char::is_control);
    if mount.split("%2F").chain(path.split('/')).any(odd) {
        return Err("a segment is empty, `.` or `..`");
    }
    if mount.replace("%2F", "").contains('%') || path.contains('%') {
        return Err("`%` stands in a mount alone, as `%2F`");
    }
    Ok(SecretSource::Vault { mount: mount.to_owned(), path: path.to_owned(), key: key.to_owned() })
}

/// What stands behind `kubernetes:`: `NAMESPACE/NAME/KEY`.
pub(crate) fn kubernetes(text: &str) -> Result<SecretSource, &'static str> {
    let name = |text: &str| {
        let inside = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.".contains(letter);
        let end = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        text.starts_with(end) && text.ends_with(end) && text.chars().all(inside)
    };
    let parts: Vec<&str> = text.split('/').collect();
    let [namespace, secret, key] = parts.as_slice() else { return Err("it has a namespace, a name and a key") };
    if !name(namespace) || !name(secret) {
        return Err("a namespace and a name have small letters, digits, `-` and `.`");
    }
    let inside = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
    if key.is_empty() || !key.chars().all(inside) {
        return Err("a key has letters, digits, `-`, `_` and `.`");
    }
    Ok(SecretSource::Kubernetes {
        context: None,
        namespace: (*namespace).to_owned(),
        name: (*secret).to_owned(),
        key: (*key).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_key() {
        for text in ["//kv/app#password", "//team%2Fkv/apps/shop#db.password", "//kv/a b/c#x y"] {
            assert_eq!(vault(text).unwrap().to_string(), format!("vault:{text}"));
        }
        for text in [
            "kv/app#k",
            "//kv#k",
            "//kv/app",
            "//kv/app#",
            "//kv//app#k",
            "///app#k",
            "//kv/../sys#k",
            "//kv/app?version=1#k",
            "//kv/a%2e%2e#k",
            "//k%2e/a#k",
            "//kv/a\nb#k",
        ] {
            assert!(vault(text).is_err(), "{text}");
        }
        assert_eq!(kubernetes("shop/db/POSTGRES_PASSWORD").unwrap().to_string(), "kubernetes:shop/db/POSTGRES_PASSWORD");
        for text in ["db/password", "a/b/c/d", "A/b/c", "a/../c", "a/b/", "a/b/c d", ""] {
            assert!(kubernetes(text).is_err(), "{text}");
        }
    }
}
