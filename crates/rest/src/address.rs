//! The address of a server, and where a key may go in the clear.

use crate::error::Error;
use std::net::IpAddr;

/// Is the key sent to other machines without TLS?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// Only within this machine.
    Loopback,
    /// The caller knows the network.
    Anywhere,
}

/// The address as reqwest read it, down to the port. The text that was given is not told again: it may hold a password.
pub(crate) fn checked(base: &str, plain: Plain) -> Result<String, Error> {
    let url = reqwest::Url::parse(base.trim()).map_err(|_| Error::BadUrl)?;
    let nobody = url.username().is_empty() && url.password().is_none();
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !nobody || !bare {
        return Err(Error::BadUrl);
    }
    let base = url.origin().ascii_serialization();
    if url.scheme() == "http" && plain == Plain::Loopback && !is_loopback(url.host_str().unwrap_or_default()) {
        return Err(Error::PlainHttp { base });
    }
    Ok(base)
}

fn is_loopback(host: &str) -> bool {
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.to_canonical().is_loopback())
}
