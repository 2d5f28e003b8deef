use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address leads, as far as grants care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressClass {
    /// Into the internet.
    Public,
    /// To this machine, or into a private network.
    Private,
    /// To the network segment, to a cloud's metadata service, to many machines, or nowhere.
    Special,
}

/// What clouds answer credentials at, where the address does not tell by itself.
const METADATA: [IpAddr; 5] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

impl AddressClass {
    /// The class of an address. An IPv4 address in the clothes of IPv6 is what it is.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        if METADATA.contains(&address) {
            return Self::Special;
        }
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }
}

/// RFC 6890 and the registry of special addresses that it began.
const fn of_v4(address: Ipv4Addr) -> AddressClass {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (127 | 10, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) | (198, 18 | 19, _) => AddressClass::Private,
        (0 | 224.., ..) | (169, 254, _) | (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113) => {
            AddressClass::Special
        }
        _ => AddressClass::Public,
    }
}

fn of_v6(address: Ipv6Addr) -> AddressClass {
    if address.is_loopback() {
        return AddressClass::Private;
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    match (a, b, c) {
        // A translator takes it to the IPv4 address that it ends with.
        (0x64, 0xff9b, 0) if (d, e, f) == (0, 0, 0) => {
            let [[g, h], [i, j]] = [g.to_be_bytes(), h.to_be_bytes()];
            match of_v4(Ipv4Addr::new(g, h, i, j)) {
                AddressClass::Public => AddressClass::Public,
                _ => AddressClass::Special,
            }
        }
        (0xfc00..=0xfdff, ..) => AddressClass::Private,
        // Documentation and tunnels are within what is given to the internet.
        (0x2002, ..) | (0x2001, 0 | 0xdb8, _) | (0x3fff, 0..=0xfff, _) => AddressClass::Special,
        (0x2000..=0x3fff, ..) => AddressClass::Public,
        _ => AddressClass::Special,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> AddressClass {
        AddressClass::of(text.parse().unwrap())
    }

    #[test]
    fn an_address_is_known_in_every_form() {
        for public in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"] {
            assert_eq!(of(public), AddressClass::Public, "{public}");
        }
        for private in [
            "127.0.0.1",
            "127.255.0.9",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "198.18.0.1",
            "::1",
            "fd12::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
        ] {
            assert_eq!(of(private), AddressClass::Private, "{private}");
        }
        for special in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fd00:ec2::254",
            "fd20:ce::254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2002:7f00:1::",
            "2001:0:1::",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2001:db8::1",
            "192.0.2.1",
            "203.0.113.9",
            "100::1",
        ] {
            assert_eq!(of(special), AddressClass::Special, "{special}");
        }
    }
}
