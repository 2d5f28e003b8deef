//! Ports of a service: `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`, with ranges, or a map.

use crate::fields::{Fields, is_default};
use crate::problems::Problems;
use crate::yaml::{Node, Place, Value};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Port {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    mode: String,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) host_ip: String,
    pub(crate) target: u16,
    /// A number, or a range of which Docker takes a free one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) published: Option<String>,
    pub(crate) protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_protocol: Option<String>,
    #[serde(skip)]
    pub(crate) place: Place,
}

impl Port {
    /// The one port of the host that it needs; none where any free one will do.
    pub(crate) fn fixed(&self) -> Option<u16> {
        self.published.as_ref()?.parse().ok().filter(|port| *port != 0)
    }

    fn key(&self) -> (&str, Option<&str>, u16, &str) {
        (&self.host_ip, self.published.as_deref(), self.target, &self.protocol)
    }
}

/// The ports of a list. One that stands there twice, as after merging files, counts once.
pub(crate) fn ports(name: &str, items: &[Node], problems: &Problems) -> Vec<Port> {
    let mut ports: Vec<Port> = Vec::new();
    for item in items {
        let found = match &item.value {
            Value::Map(_) => long(name, item, problems).into_iter().collect(),
            _ => match item.text().map(|text| short(&text, &item.place)) {
                Some(Ok(found)) => found,
                Some(Err(why)) => {
                    problems.add(&item.place, why);
                    vec![]
                }
                None => {
                    problems.add(&item.place, format!("a port of `{name}` must be text, a number or a map"));
                    vec![]
                }
            },
        };
        for port in found {
            if !ports.iter().any(|other| other.key() == port.key()) {
                ports.push(port);
            }
        }
    }
    ports
}

fn long(name: &str, item: &Node, problems: &Problems) -> Option<Port> {
    let mut fields = Fields::open(format!("{name}.ports"), item, problems);
    let target = fields.integer("target").and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    let port = Port {
        name: fields.text("name"),
        mode: fields.text("mode").unwrap_or_else(|| "ingress".to_owned()),
        host_ip: fields.text("host_ip").unwrap_or_default(),
        target: target.unwrap_or(0),
        published: fields.text("published").filter(|text| !text.is_empty()),
        protocol: fields.text("protocol").unwrap_or_else(|| "tcp".to_owned()).to_lowercase(),
        app_protocol: fields.text("app_protocol"),
        place: item.place.clone(),
    };
    fields.finish();
    let wrong = if target.is_none() {
        "a port needs a `target` from 1 to 65535".to_owned()
    } else if port.published.as_ref().is_some_and(|text| range(text).is_none()) {
        format!("`{}` is not a port or a range of ports", port.published.unwrap_or_default())
    } else if !is_protocol(&port.protocol) {
        format!("the protocol `{}` is not tcp, udp or sctp", port.protocol)
    } else if !is_address(&port.host_ip) {
        format!("`{}` is not an IP address", port.host_ip)
    } else {
        return Some(port);
    };
    problems.add(&item.place, wrong);
    None
}

fn short(text: &str, place: &Place) -> Result<Vec<Port>, String> {
    let wrong = |what: &str| format!("`{text}` is not a port, which is `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`: {what}");
    let (front, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_lowercase();
    if !is_protocol(&protocol) {
        return Err(wrong("the protocol is tcp, udp or sctp"));
    }
    let (host, target) = front.rsplit_once(':').map_or(("", front), |(host, target)| (host, target));
    let (address, published) = host.rsplit_once(':').unwrap_or(("", host));
    let address = address.trim_start_matches('[').trim_end_matches(']');
    if !is_address(address) {
        return Err(wrong(&format!("`{address}` is not an IP address")));
    }
    let targets = range(target).ok_or_else(|| wrong("the target is a port or a range of ports"))?;
    let free = published.is_empty();
    let hosts = if free { targets } else { range(published).ok_or_else(|| wrong("what is published is a port or a range"))? };
    let (target_count, host_count) = (targets.1 - targets.0, hosts.1 - hosts.0);
    let port = |target: u16, published: Option<String>| Port {
        name: None,
        mode: "ingress".to_owned(),
        host_ip: address.to_owned(),
        target,
        published,
        protocol: protocol.clone(),
        app_protocol: None,
        place: place.clone(),
    };
    if target_count == 0 && host_count > 0 && !free {
        return Ok(vec![port(targets.0, Some(published.to_owned()))]);
    }
    if target_count != host_count {
        return Err(wrong("both ranges must have the same length"));
    }
    let mut ports: Vec<Port> =
        (0..=target_count).map(|index| port(targets.0 + index, (!free).then(|| (hosts.0 + index).to_string()))).collect();
    // The order that Compose keeps them in: that of their text.
    ports.sort_by_key(|port| format!("{}/{}", port.target, port.protocol));
    Ok(ports)
}

fn is_protocol(text: &str) -> bool {
    matches!(text, "tcp" | "udp" | "sctp")
}

fn is_address(text: &str) -> bool {
    text.is_empty() || text.parse::<std::net::IpAddr>().is_ok()
}

/// `80`, or `80-90`.
pub(crate) fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first > 0 && first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let ports = short(text, &Place::new("f", 1)).unwrap_or_default();
        let told = |port: &Port| {
            format!("{}|{}|{}/{}", port.host_ip, port.published.as_deref().unwrap_or("-"), port.target, port.protocol)
        };
        ports.iter().map(told).collect()
    }

    #[test]
    fn the_short_form_and_its_ranges() {
        assert_eq!(told("80"), ["|-|80/tcp"]);
        assert_eq!(told("3000-3001"), ["|-|3000/tcp", "|-|3001/tcp"]);
        assert_eq!(told("9090-9091:8080-8081/udp"), ["|9090|8080/udp", "|9091|8081/udp"]);
        assert_eq!(told("127.0.0.1:6379:6379"), ["127.0.0.1|6379|6379/tcp"]);
        assert_eq!(told("127.0.0.1::81"), ["127.0.0.1|-|81/tcp"]);
        assert_eq!(told("[::1]:6001:6001"), ["::1|6001|6001/tcp"]);
        assert_eq!(told("5000-5002:6000"), ["|5000-5002|6000/tcp"]);
        assert_eq!(told("99-100:99-100"), ["|100|100/tcp", "|99|99/tcp"]);
        for text in ["", "0", "70000", "a:80", "80:b", "80-70", "1-2:1-3", "80/icmp", "host:80:80", "1-9:1-2"] {
            assert!(short(text, &Place::new("f", 1)).is_err(), "{text}");
        }
    }
}
