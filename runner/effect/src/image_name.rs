/// The name by which people know an image: without `docker.io/` and `library/`, and with a tag.
///
/// `docker.io/library/postgres` becomes `postgres:latest`; see the distribution project's reference grammar. Grants match this form,
/// so one image has one name.
#[must_use]
pub fn familiar_image_name(name: &str) -> String {
    // What stands behind the host is no image of Docker's own registry where it names another host: then it stays as it is written.
    let own = |rest: &&str| match rest.split_once('/') {
        Some((first, _)) => !(first.contains(['.', ':']) || first == "localhost"),
        None => true,
    };
    let short = ["docker.io/", "index.docker.io/"].iter().find_map(|host| name.strip_prefix(host)).filter(own).unwrap_or(name);
    let short = short.strip_prefix("library/").filter(|rest| !rest.contains('/')).unwrap_or(short);
    let last = short.rsplit('/').next().unwrap_or(short);
    if last.contains(':') || short.contains('@') { short.to_owned() } else { format!("{short}:latest") }
}

#[cfg(test)]
mod tests {
    use super::familiar_image_name;

    #[test]
    fn one_image_has_one_name() {
        for name in ["postgres", "library/postgres", "docker.io/postgres", "docker.io/library/postgres:latest"] {
            assert_eq!(familiar_image_name(name), "postgres:latest");
        }
        for name in
            ["docker.io/ghcr.io/acme/x:1", "library/evil.io/x:1", "index.docker.io/docker.io/library/x:1", "library/library/x:1"]
        {
            assert_eq!(familiar_image_name(name), name, "another image has its name");
        }
        assert_eq!(familiar_image_name("docker.io/library/library/x:1"), "library/library/x:1");
        assert_eq!(familiar_image_name("127.0.0.1:5000/web"), "127.0.0.1:5000/web:latest");
        assert_eq!(familiar_image_name("evil.io/library/postgres:16"), "evil.io/library/postgres:16");
    }
}
