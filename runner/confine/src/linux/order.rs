use crate::{ConfineError, Confinement, Request, ResourceLimits, TcpPorts};
use std::ffi::{CString, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// A request as the worker reads it: strings end with the zero byte that the kernel wants.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub program: CString,
    pub argv: Vec<CString>,
    pub env: Vec<CString>,
    pub dir: CString,
    /// The process group of the runner, which a program in the foreground joins.
    pub group: Option<i32>,
    pub confinement: Option<Confinement>,
}

/// Writes a request for the worker. Both ends are the same binary, so the form has no version.
pub(crate) fn encode(request: &Request) -> Result<Vec<u8>, ConfineError> {
    let mut to = Writer(Vec::with_capacity(2048));
    to.text(request.program.as_os_str().as_bytes(), "the path of the program")?;
    to.number(request.argv.len() as u64);
    for arg in &request.argv {
        to.text(arg.as_bytes(), "an argument")?;
    }
    to.number(request.env.len() as u64);
    for (name, value) in &request.env {
        let mut variable = name.as_bytes().to_vec();
        variable.push(b'=');
        variable.extend_from_slice(value.as_bytes());
        to.text(&variable, "the environment")?;
    }
    to.text(request.dir.as_os_str().as_bytes(), "the path of the directory")?;
    to.option(request.foreground.then(|| rustix::process::getpgrp().as_raw_nonzero().get() as u64));
    match &request.confinement {
        None => to.number(0),
        Some(confinement) => {
            to.number(1);
            to.confinement(confinement);
        }
    }
    Ok(to.0)
}

/// Reads what [`encode`] wrote; `None` where it is something else.
pub(crate) fn decode(bytes: &[u8]) -> Option<Order> {
    let mut from = Reader(bytes);
    let order = Order {
        program: from.text()?,
        argv: from.list(Reader::text)?,
        env: from.list(Reader::text)?,
        dir: from.text()?,
        group: match from.option()? {
            Some(group) => Some(i32::try_from(group).ok()?),
            None => None,
        },
        confinement: if from.number()? == 1 { Some(from.confinement()?) } else { None },
    };
    from.0.is_empty().then_some(order)
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn option(&mut self, number: Option<u64>) {
        self.number(u64::from(number.is_some()));
        self.number(number.unwrap_or(0));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, bytes: &[u8], what: &'static str) -> Result<(), ConfineError> {
        if bytes.contains(&0) {
            return Err(ConfineError::ZeroByte { what });
        }
        self.bytes(bytes);
        Ok(())
    }

    fn paths(&mut self, paths: &[PathBuf]) {
        self.number(paths.len() as u64);
        for path in paths {
            self.bytes(path.as_os_str().as_bytes());
        }
    }

    fn ports(&mut self, ports: &TcpPorts) {
        match ports {
            TcpPorts::Any => self.number(u64::MAX),
            TcpPorts::Only(ports) => {
                self.number(ports.len() as u64);
                for port in ports {
                    self.number(u64::from(*port));
                }
            }
        }
    }

    fn confinement(&mut self, confinement: &Confinement) {
        let Confinement { read, write, execute, connect_tcp, bind_tcp, udp, limits, scratch } = confinement;
        self.paths(read);
        self.paths(write);
        self.paths(execute);
        self.ports(connect_tcp);
        self.ports(bind_tcp);
        self.number(u64::from(*udp));
        let ResourceLimits { cpu_seconds, address_space, file_size, open_files, processes } = *limits;
        for limit in [cpu_seconds, address_space, file_size, open_files, processes] {
            self.option(limit);
        }
        self.paths(scratch.as_slice());
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    fn option(&mut self) -> Option<Option<u64>> {
        let some = self.number()? == 1;
        let number = self.number()?;
        Some(some.then_some(number))
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes.to_vec())
    }

    fn text(&mut self) -> Option<CString> {
        CString::new(self.bytes()?).ok()
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = vec![];
        for _ in 0..self.number()? {
            items.push(item(self)?);
        }
        Some(items)
    }

    fn paths(&mut self) -> Option<Vec<PathBuf>> {
        self.list(|from| Some(PathBuf::from(OsString::from_vec(from.bytes()?))))
    }

    fn ports(&mut self) -> Option<TcpPorts> {
        let mut ports = vec![];
        match self.number()? {
            u64::MAX => return Some(TcpPorts::Any),
            count => {
                for _ in 0..count {
                    ports.push(u16::try_from(self.number()?).ok()?);
                }
            }
        }
        Some(TcpPorts::Only(ports))
    }

    fn confinement(&mut self) -> Option<Confinement> {
        Some(Confinement {
            read: self.paths()?,
            write: self.paths()?,
            execute: self.paths()?,
            connect_tcp: self.ports()?,
            bind_tcp: self.ports()?,
            udp: self.number()? == 1,
            limits: ResourceLimits {
                cpu_seconds: self.option()?,
                address_space: self.option()?,
                file_size: self.option()?,
                open_files: self.option()?,
                processes: self.option()?,
            },
            scratch: self.paths()?.pop(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    fn request() -> Request {
        let mut request = Request::new("/bin/echo").args(["one", "", "three"]).env("A", "b=c").dir("/tmp");
        request.argv.push(OsString::from_vec(vec![0xff, 0xfe]));
        request.foreground = true;
        request.confined(Confinement {
            read: vec!["/a".into(), "/b c".into()],
            write: vec!["/w".into()],
            connect_tcp: TcpPorts::Any,
            bind_tcp: TcpPorts::Only(vec![80, 65535]),
            udp: true,
            limits: ResourceLimits { open_files: Some(64), ..ResourceLimits::default() },
            scratch: Some("/s".into()),
            ..Confinement::default()
        })
    }

    #[test]
    fn a_request_arrives_as_it_was_sent() {
        let request = request();
        let order = decode(&encode(&request).unwrap()).unwrap();
        assert_eq!(order.argv.len(), 5);
        assert_eq!(order.argv[4].as_bytes(), [0xff, 0xfe]);
        assert_eq!(order.env, [c"A=b=c".to_owned()]);
        assert_eq!(order.confinement, request.confinement);
        assert_eq!(order.group, Some(rustix::process::getpgrp().as_raw_nonzero().get()));
    }

    #[test]
    fn what_is_cut_or_longer_is_not_read() {
        let bytes = encode(&request()).unwrap();
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_none());
        }
        assert!(decode(&[bytes, vec![0]].concat()).is_none());
    }

    #[test]
    fn zero_bytes_are_refused() {
        let error = encode(&Request::new("/bin/echo").args(["a\0b"])).unwrap_err();
        assert!(error.to_string().contains("zero byte"), "{error}");
    }
}
