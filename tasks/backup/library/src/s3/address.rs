use infra::{Error, Result};

/// What stands before the bucket's name.
pub(crate) const SCHEME: &str = "s3://";

/// Which bucket, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// `http` or `https`.
    pub(super) scheme: String,
    /// As the header `host` has it.
    pub(super) authority: String,
    pub(super) bucket: String,
    /// Empty, or with a slash at its end.
    pub(super) prefix: String,
}

impl Address {
    /// Reads `s3://BUCKET/PREFIX` and `https://HOST:PORT`.
    ///
    /// # Errors
    /// `invalid`.
    pub(crate) fn parse(url: &str, endpoint: &str) -> Result<Self> {
        let wrong = |what: &str, why: &str| Err(Error::new("invalid", format!("`{what}` {why}")));
        let (bucket, prefix) =
            url.strip_prefix(SCHEME).map(|rest| rest.split_once('/').unwrap_or((rest, ""))).unwrap_or_default();
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '.');
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(fits) || bucket.starts_with(['-', '.']) {
            return wrong(url, "does not name a bucket: write `s3://BUCKET/PREFIX`");
        }
        let prefix = prefix.trim_end_matches('/');
        let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '=');
        for part in prefix.split('/').filter(|_| !prefix.is_empty()) {
            if matches!(part, "" | "." | "..") || !part.chars().all(fits) {
                return wrong(
                    url,
                    "has a prefix that cannot be used: letters, digits, `.`, `-`, `_` and `=` may stand between its slashes",
                );
            }
        }
        let endpoint = endpoint.trim_end_matches('/');
        let (scheme, authority) = endpoint.split_once("://").unwrap_or_default();
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.strip_suffix(usual).unwrap_or(authority);
        if !matches!(scheme, "http" | "https") || authority.is_empty() || authority.contains(['/', '?', '#', '@']) {
            return wrong(endpoint, "is not an endpoint: write `https://HOST:PORT`");
        }
        Ok(Self {
            scheme: scheme.to_owned(),
            authority: authority.to_ascii_lowercase(),
            bucket: bucket.to_owned(),
            prefix: if prefix.is_empty() { String::new() } else { format!("{prefix}/") },
        })
    }

    /// As a grant names it.
    #[must_use]
    pub(crate) fn host(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// The paths of the bucket, which is listed, and of the files in it, as a grant names them.
    #[must_use]
    pub(crate) fn paths(&self) -> [String; 2] {
        [format!("/{}/", self.bucket), format!("/{}/{}*", self.bucket, self.prefix)]
    }

    /// `s3://BUCKET/PREFIX/FILE`.
    #[must_use]
    pub(super) fn place(&self, file: &str) -> String {
        format!("{SCHEME}{}/{}{file}", self.bucket, self.prefix).trim_end_matches('/').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_one_way() {
        let read = |url, endpoint| Address::parse(url, endpoint).map(|address| (address.host(), address.place("a.json")));
        let place = |host: &str, place: &str| Ok((host.to_owned(), place.to_owned()));
        let local = "http://127.0.0.1:9000";
        assert_eq!(read("s3://backups", local), place(local, "s3://backups/a.json"));
        let paths = Address::parse("s3://backups/a/b", local).map(|address| address.paths());
        assert_eq!(paths, Ok(["/backups/".to_owned(), "/backups/a/b/*".to_owned()]));
        assert_eq!(
            read("s3://backups/a/b/", "https://S3.example.com:443/"),
            place("https://s3.example.com", "s3://backups/a/b/a.json")
        );
        for url in
            ["s3://", "s3://B", "s3://ab", "s3://-ab", "s3://abc//d", "s3://abc/../d", "s3://abc/a b", "s3://abc/a?b", "backups"]
        {
            assert_eq!(read(url, local).map_err(|error| error.code), Err("invalid".to_owned()), "{url}");
        }
        for endpoint in ["", "127.0.0.1:9000", "ftp://a", "http://", "http://a/b", "http://u:p@a", "http://a?b"] {
            assert_eq!(read("s3://abc", endpoint).map_err(|error| error.code), Err("invalid".to_owned()), "{endpoint}");
        }
    }
}
