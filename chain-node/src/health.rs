//! `chain-node healthcheck`: asks the running node whether it is ready. For containers, which have no curl.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long connecting, asking and answering may take, each.
const WAIT_MAX: Duration = Duration::from_secs(3);
/// Bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 4 * 1024;

/// Asks `/readyz` of the node that listens there; the answer's text when it is ready, an error with its text when not.
///
/// # Errors
/// When nobody answers, or the node says that it is not ready.
pub fn check(rpc_listen: SocketAddr) -> io::Result<String> {
    let mut address = rpc_listen;
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    let mut stream = TcpStream::connect_timeout(&address, WAIT_MAX)?;
    stream.set_read_timeout(Some(WAIT_MAX))?;
    stream.set_write_timeout(Some(WAIT_MAX))?;
    write!(stream, "GET /readyz HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).trim().to_owned();
    let status = answer.split_ascii_whitespace().nth(1).unwrap_or_default();
    if status == "200" { Ok(body) } else { Err(io::Error::other(format!("status {status}: {body}"))) }
}
