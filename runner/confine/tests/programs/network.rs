use crate::program::{confined, perl, request, run};
use crate::world::World;
use infra_confine::{Confinement, TcpPorts};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;

const DENIED: &str = "Permission denied";
const NOT_PERMITTED: &str = "Operation not permitted";

fn connect(port: u16, confinement: Confinement) -> crate::program::Output {
    let script = r#"use IO::Socket::INET; IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => shift) or die "$!"; print "connected""#;
    run(perl(script).args([port.to_string()]).confined(confinement))
}

fn only(ports: &[u16]) -> TcpPorts {
    TcpPorts::Only(ports.to_vec())
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[test]
fn connecting() {
    let ((_one, granted), (_two, other)) = (listener(), listener());
    let confinement = confined(|it| it.connect_tcp = only(&[granted]));
    assert_eq!(connect(granted, confinement.clone()).succeeds().stdout, "connected");
    connect(other, confinement).refused(DENIED);
    connect(other, confined(|it| it.connect_tcp = TcpPorts::Any)).succeeds();
    connect(granted, confined(|_| ())).refused(NOT_PERMITTED);
    // A port to listen on is not one to connect to.
    connect(granted, confined(|it| it.bind_tcp = only(&[granted]))).refused(DENIED);
}

#[test]
fn connecting_by_other_roads() {
    let ((_one, granted), (_two, other)) = (listener(), listener());
    let confinement = || confined(|it| it.connect_tcp = only(&[granted]));
    let fast_open = r#"use Socket; socket(my $s, AF_INET, SOCK_STREAM, 0) or die "socket: $!";
        send($s, "x", 0x20000000, sockaddr_in(shift, INADDR_LOOPBACK)) or die "send: $!""#;
    run(perl(fast_open).args([other.to_string()]).confined(confinement())).refused(NOT_PERMITTED);
    let multipath = r#"use Socket; socket(my $s, AF_INET, SOCK_STREAM, 262) or die "socket: $!""#;
    run(perl(multipath).confined(confinement())).refused(NOT_PERMITTED);
}

#[test]
fn listening() {
    let ports = [listener().1, listener().1];
    let script =
        r#"use IO::Socket::INET; IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 1) or die "$!""#;
    let attempt = |port: u16, confinement| run(perl(script).args([port.to_string()]).confined(confinement));
    let confinement = confined(|it| it.bind_tcp = only(&ports[..1]));
    attempt(ports[0], confinement.clone()).succeeds();
    attempt(ports[1], confinement).refused(DENIED);
    attempt(ports[0], confined(|it| it.connect_tcp = TcpPorts::Any)).refused(DENIED);
    attempt(ports[0], confined(|it| it.bind_tcp = TcpPorts::Any)).succeeds();
}

#[test]
fn datagrams() {
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = receiver.local_addr().unwrap().port().to_string();
    let script = r#"use IO::Socket::INET; my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => shift, Proto => "udp") or die "$!"; $s->send("x")"#;
    run(perl(script).args([&port]).confined(confined(|it| it.udp = true))).succeeds();
    run(perl(script).args([&port]).confined(confined(|it| it.connect_tcp = TcpPorts::Any))).refused(NOT_PERMITTED);
}

#[test]
fn unix_sockets() {
    let world = World::new();
    let path = world.path("granted/socket");
    let _listener = UnixListener::bind(&path).unwrap();
    let script = r#"use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!"; connect($s, sockaddr_un(shift)) or die "connect: $!""#;
    let attempt = perl(script).args([&path]);
    let confinement = confined(|it| {
        it.write.push(world.path("granted"));
        it.connect_tcp = TcpPorts::Any;
        it.udp = true;
    });
    run(attempt.clone().confined(confinement.clone())).refused(NOT_PERMITTED);
    run(attempt).succeeds();
    // A connected pair has nobody outside at its other end.
    let pair = r#"use Socket; socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or die "$!"; syswrite $a, "through"; close $a; print <$b>"#;
    assert_eq!(run(perl(pair).confined(confinement)).succeeds().stdout, "through");
}

#[test]
fn raw_and_strange_sockets() {
    let confinement = confined(|it| {
        it.connect_tcp = TcpPorts::Any;
        it.bind_tcp = TcpPorts::Any;
        it.udp = true;
    });
    // Raw IP, ICMP by datagram, packets, kernel messages of other kinds, virtual machines, Bluetooth.
    for (family, kind, protocol) in [(2, 3, 1), (10, 3, 58), (2, 2, 1), (17, 3, 0x300), (16, 3, 15), (40, 1, 0), (31, 3, 1)] {
        let script = format!("socket(my $s, {family}, {kind}, {protocol}) or die \"$!\"");
        run(perl(&script).confined(confinement.clone())).refused(NOT_PERMITTED);
    }
    run(perl("socket(my $s, 16, 3, 0) or die $!").confined(confinement)).succeeds();
}

#[test]
fn names_are_looked_up_in_files() {
    let output = run(request("getent", &["hosts", "localhost"]).confined(confined(|_| ()))).succeeds();
    assert!(output.stdout.contains("localhost"), "{output:?}");
}
