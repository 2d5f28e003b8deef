//! `extra_hosts`: names and addresses, in a list or a map.

use crate::fields::texts;
use crate::yaml::Node;

/// `HOST=ADDRESS`, sorted, as Compose keeps them; none where something is wrong.
pub(crate) fn extra_hosts(node: &Node) -> Option<Vec<String>> {
    let pair = |name: &str, address: &str| {
        let address = address.trim_start_matches('[').trim_end_matches(']');
        (!name.is_empty() && !address.is_empty()).then(|| format!("{name}={address}"))
    };
    let mut hosts = match node.entries() {
        Some(entries) => {
            let mut hosts = Vec::new();
            for entry in entries {
                let addresses = entry.value.text().map_or_else(|| texts(&entry.value), |text| Some(vec![text]))?;
                for address in addresses {
                    hosts.push(pair(&entry.key, &address)?);
                }
            }
            hosts
        }
        None => {
            let split = |text: &String| {
                let (name, address) = text.split_once('=').or_else(|| text.split_once(':'))?;
                pair(name.trim(), address.trim())
            };
            texts(node)?.iter().map(split).collect::<Option<Vec<_>>>()?
        }
    };
    hosts.sort();
    hosts.dedup();
    Some(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn lists_and_maps_say_the_same() {
        let read = |text: &str| parse("f", text).ok().as_ref().and_then(extra_hosts);
        let expected = Some(vec!["bar=::1".to_owned(), "foo=1.2.3.4".to_owned()]);
        assert_eq!(read("[\"foo:1.2.3.4\", \"bar=[::1]\"]"), expected);
        assert_eq!(read("{ foo: 1.2.3.4, bar: \"::1\" }"), expected);
        assert_eq!(read("{ g: [2.2.2.2, 3.3.3.3] }"), Some(vec!["g=2.2.2.2".into(), "g=3.3.3.3".into()]));
        assert_eq!(read("[nonsense]"), None);
    }
}
