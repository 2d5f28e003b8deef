use std::collections::BTreeMap;
use std::path::PathBuf;

/// What decides which clusters there are and how they are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubernetesSettings {
    /// The kubeconfigs, in the order in which they are read.
    pub kubeconfigs: Vec<PathBuf>,
    /// Whether the runner is in a pod.
    pub in_cluster: bool,
    /// `HTTPS_PROXY`.
    pub proxy: Option<String>,
    /// `NO_PROXY`.
    pub no_proxy: Vec<String>,
}

impl KubernetesSettings {
    /// From the runner's own environment, as kubectl takes it: the list `KUBECONFIG`, else `~/.kube/config`.
    #[must_use]
    pub fn from_environment(environment: &BTreeMap<String, String>) -> Self {
        let set =
            |names: &[&str]| names.iter().find_map(|name| environment.get(*name)).filter(|value| !value.is_empty()).cloned();
        let listed: Vec<PathBuf> = set(&["KUBECONFIG"])
            .map(|list| std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect())
            .unwrap_or_default();
        let home = || environment.get("HOME").map(|home| PathBuf::from(home).join(".kube/config"));
        let no_proxy = set(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
        Self {
            kubeconfigs: if listed.is_empty() { home().into_iter().collect() } else { listed },
            in_cluster: environment.contains_key("KUBERNETES_SERVICE_HOST")
                && environment.contains_key("KUBERNETES_SERVICE_PORT"),
            proxy: set(&["HTTPS_PROXY", "https_proxy"]),
            no_proxy: no_proxy.split(',').map(|entry| entry.trim().to_owned()).filter(|entry| !entry.is_empty()).collect(),
        }
    }

    /// The proxy for a host, as Go's clients choose it: none for this machine, nor for what `NO_PROXY` names by name, suffix or address.
    #[must_use]
    pub fn proxy_for(&self, host: &str) -> Option<&str> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let named = |entry: &String| {
            let suffix = entry.trim_start_matches("*").trim_start_matches('.');
            entry == "*"
                || host == suffix
                || host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'))
                || in_network(entry, host)
        };
        self.proxy.as_deref().filter(|_| !here && !self.no_proxy.iter().any(named))
    }
}

/// Whether an address is of a network that is written as `10.0.0.0/8`.
fn in_network(network: &str, host: &str) -> bool {
    use std::net::IpAddr;
    let Some((base, length)) = network.split_once('/') else { return false };
    let (Ok(base), Ok(host), Ok(length)) = (base.parse(), host.parse(), length.parse::<u32>()) else { return false };
    match (base, host) {
        (IpAddr::V4(base), IpAddr::V4(host)) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            u32::from(base) & mask == u32::from(host) & mask
        }
        (IpAddr::V6(base), IpAddr::V6(host)) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            u128::from(base) & mask == u128::from(host) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> KubernetesSettings {
        let map = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        KubernetesSettings::from_environment(&map)
    }

    #[test]
    fn a_list_comes_before_the_home_directory() {
        assert_eq!(environment(&[("HOME", "/h")]).kubeconfigs, [PathBuf::from("/h/.kube/config")]);
        assert_eq!(environment(&[("HOME", "/h"), ("KUBECONFIG", "")]).kubeconfigs, [PathBuf::from("/h/.kube/config")]);
        let listed = environment(&[("HOME", "/h"), ("KUBECONFIG", "a::/b")]);
        assert_eq!(listed.kubeconfigs, [PathBuf::from("a"), PathBuf::from("/b")]);
    }

    #[test]
    fn a_proxy_is_for_what_is_elsewhere() {
        let settings = environment(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "a.io, .b.io,10.0.0.0/8")]);
        for host in ["127.0.0.1", "localhost", "[::1]", "a.io", "x.a.io", "x.b.io", "10.1.2.3"] {
            assert_eq!(settings.proxy_for(host), None, "{host}");
        }
        for host in ["aa.io", "11.0.0.1", "example.org"] {
            assert_eq!(settings.proxy_for(host), Some("http://p:1"), "{host}");
        }
    }
}
