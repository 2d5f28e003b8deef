use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The fields of `POST /networks/create` that the gate knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct NetworkBody {
    /// The call's own name comes first; it may be repeated here.
    #[serde(default)]
    pub(super) name: String,
    pub(super) driver: Option<String>,
    pub(super) internal: Option<bool>,
    pub(super) attachable: Option<bool>,
    #[serde(rename = "EnableIPv6")]
    pub(super) enable_ipv6: Option<bool>,
    #[serde(rename = "IPAM")]
    pub(super) ipam: Option<Ipam>,
    pub(super) options: Option<BTreeMap<String, String>>,
    pub(super) labels: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Ipam {
    pub(super) driver: Option<String>,
    pub(super) config: Option<Vec<Subnet>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Subnet {
    pub(super) subnet: Option<String>,
    #[serde(rename = "IPRange")]
    pub(super) ip_range: Option<String>,
    pub(super) gateway: Option<String>,
}

impl NetworkBody {
    /// Everything that reaches further than a bridge of its own does, one word each.
    pub(super) fn options(&self) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(driver) = self.driver.as_deref().filter(|driver| !matches!(*driver, "" | "bridge")) {
            words.push(format!("network-driver={driver}"));
        }
        if let Some(driver) =
            self.ipam.as_ref().and_then(|ipam| ipam.driver.as_deref()).filter(|driver| !matches!(*driver, "" | "default"))
        {
            words.push(format!("ipam-driver={driver}"));
        }
        for (key, value) in self.options.iter().flatten() {
            if key != "com.docker.network.driver.mtu" {
                words.push(format!("network-option={key}={value}"));
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::super::container_body::parse;
    use super::*;

    #[test]
    fn what_is_not_known_is_refused_and_what_reaches_far_is_a_word() {
        assert!(
            parse::<NetworkBody>("network", r#"{ "ConfigFrom": { "Network": "x" } }"#)
                .unwrap_err()
                .message
                .contains("ConfigFrom")
        );
        assert!(parse::<NetworkBody>("network", r#"{ "Ingress": true }"#).is_err());
        let body: NetworkBody = parse("network", r#"{ "Driver": "macvlan", "Options": { "parent": "eth0" } }"#).unwrap();
        assert_eq!(body.options(), ["network-driver=macvlan", "network-option=parent=eth0"]);
        let body: NetworkBody =
            parse("network", r#"{ "Driver": "bridge", "IPAM": { "Config": [{ "Subnet": "10.9.0.0/24" }] } }"#).unwrap();
        assert!(body.options().is_empty());
    }
}
