use crate::grants::quoted;
use crate::{AddressClass, HostPattern, HttpEffect, HttpMethod, HttpScheme, TextPattern};
use serde::{Deserialize, Serialize};

/// Allows requests over HTTP. Hosts and methods are empty, and so allow nothing, unless they are written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HttpGrant {
    /// Who may be spoken to.
    pub hosts: Vec<HostPattern>,
    /// How. `GET` includes `HEAD`.
    pub methods: Vec<HttpMethod>,
    /// The paths; all of them where nothing is said.
    pub paths: Vec<TextPattern>,
    /// The places whose TCP ports may be looked at.
    pub connect: Vec<HostPattern>,
}

impl Default for HttpGrant {
    fn default() -> Self {
        Self { hosts: vec![], methods: vec![], paths: vec![TextPattern("/**".to_owned())], connect: vec![] }
    }
}

impl HttpGrant {
    /// The grant of exactly this effect.
    #[must_use]
    pub fn exactly(effect: &HttpEffect) -> Self {
        let place = |host: &str| HostPattern::exactly(effect.scheme, host, effect.port);
        let mut hosts: Vec<HostPattern> = place(&effect.host).into_iter().collect();
        for address in &effect.addresses {
            // A private address is named with its name, a special one by itself alone.
            if AddressClass::of(*address) == AddressClass::Special {
                hosts.extend(place(&address.to_string()).filter(|pattern| !hosts.contains(pattern)));
            }
        }
        match effect.method {
            None => Self { connect: hosts, ..Self::default() },
            Some(method) => {
                Self { hosts, methods: vec![method], paths: vec![TextPattern(effect.path.clone())], ..Self::default() }
            }
        }
    }

    /// Whether this grant allows the effect. Before the name is resolved this looks at all but the addresses.
    #[must_use]
    pub fn allows(&self, effect: &HttpEffect) -> bool {
        let places = match effect.method {
            None => &self.connect,
            Some(method) if self.has_method(method) && self.has_path(&effect.path) => &self.hosts,
            Some(_) => return false,
        };
        let named: Vec<&HostPattern> =
            places.iter().filter(|place| place.matches(effect.scheme, &effect.host, effect.port)).collect();
        let by_address = |address: &std::net::IpAddr| {
            places.iter().any(|place| place.matches(effect.scheme, &address.to_string(), effect.port))
        };
        !named.is_empty()
            && effect.addresses.iter().all(|address| match AddressClass::of(*address) {
                AddressClass::Public => true,
                AddressClass::Private => named.iter().any(|place| place.trusts_name()) || by_address(address),
                AddressClass::Special => by_address(address),
            })
    }

    fn has_method(&self, method: HttpMethod) -> bool {
        self.methods.contains(&method) || (method == HttpMethod::Head && self.methods.contains(&HttpMethod::Get))
    }

    fn has_path(&self, path: &str) -> bool {
        let every = |pattern: &TextPattern| matches!(pattern.0.as_str(), "/**" | "**");
        self.paths.iter().any(every) || (!is_ambiguous(path) && self.paths.iter().any(|pattern| pattern.matches(path)))
    }

    /// Whether each part of this need stands in one of the grants. The gate decides about each effect; this tells beforehand what cannot go
    /// well.
    #[must_use]
    pub fn held_by(&self, grants: &[Self]) -> bool {
        let any = |held: &dyn Fn(&Self) -> bool| grants.iter().any(held);
        !grants.is_empty()
            && self.hosts.iter().all(|host| any(&|grant| grant.hosts.iter().any(|have| have.holds(host))))
            && self.connect.iter().all(|host| any(&|grant| grant.connect.iter().any(|have| have.holds(host))))
            && self.methods.iter().all(|method| any(&|grant| grant.has_method(*method)))
            && (self.hosts.is_empty() || self.paths.iter().all(|path| any(&|grant| grant.covers_path(path))))
    }

    /// Whether this one grant allows all that another does.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let places = |have: &[HostPattern], wanted: &[HostPattern]| {
            wanted.iter().all(|wanted| have.iter().any(|have| have.covers(wanted)))
        };
        places(&self.connect, &other.connect)
            && places(&self.hosts, &other.hosts)
            && other.methods.iter().all(|method| self.has_method(*method))
            && (other.hosts.is_empty() || other.paths.iter().all(|path| self.covers_path(path)))
    }

    fn covers_path(&self, path: &TextPattern) -> bool {
        let every = |pattern: &TextPattern| matches!(pattern.0.as_str(), "/**" | "**");
        self.paths.iter().any(|have| every(have) || (!every(path) && have.covers(path)))
    }

    /// This grant as a line of `allow`.
    #[must_use]
    pub fn line(&self) -> String {
        let mut parts = Vec::new();
        let mut list = |name: &str, items: Vec<String>| {
            if !items.is_empty() {
                let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
                parts.push(format!("{name} = [{}]", items.join(", ")));
            }
        };
        list("hosts", self.hosts.iter().map(ToString::to_string).collect());
        list("methods", self.methods.iter().map(ToString::to_string).collect());
        let everywhere = self.paths == Self::default().paths;
        list("paths", self.paths.iter().filter(|_| !everywhere).map(ToString::to_string).collect());
        list("connect", self.connect.iter().map(ToString::to_string).collect());
        format!("http = [{{ {} }}]", parts.join(", "))
    }
}

/// Whether servers may take the path for another one: its pieces are encoded, empty or lead upwards.
fn is_ambiguous(path: &str) -> bool {
    let mut bytes = path.as_bytes().to_vec();
    // What is encoded twice may be decoded twice.
    for _ in 0..4 {
        let decoded = decode(&bytes);
        let slashes = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'/').count();
        if slashes(&decoded) != slashes(&bytes) {
            return true;
        }
        let done = decoded == bytes;
        bytes = decoded;
        if done {
            break;
        }
    }
    let odd = bytes.iter().any(|byte| *byte == b'\\' || byte.is_ascii_control());
    let climbs = |segment: &[u8]| {
        let name = segment.split(|byte| *byte == b';').next().unwrap_or_default();
        matches!(name, b"." | b"..")
    };
    let mut segments = bytes.split(|byte| *byte == b'/').skip(1).peekable();
    let mut hollow = false;
    while let Some(segment) = segments.next() {
        hollow |= climbs(segment) || (segment.is_empty() && segments.peek().is_some());
    }
    odd || hollow
}

fn decode(bytes: &[u8]) -> Vec<u8> {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high * 16 + low);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    decoded
}

impl HttpEffect {
    /// A connection that is only opened.
    #[must_use]
    pub fn connection(host: &str, port: u16) -> Self {
        Self {
            scheme: HttpScheme::Tcp,
            method: None,
            host: host.to_owned(),
            port,
            path: String::new(),
            query: false,
            addresses: vec![],
        }
    }
}
