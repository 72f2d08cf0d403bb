//! Where reports may go: `https://` to public addresses. With `epcis.webhooks_to_loopback` also this machine, without TLS.
//!
//! A name is resolved by our own resolver, which drops every address that is not public, each time that a connection is made:
//! a name that points somewhere else tomorrow is checked tomorrow. Redirects are not followed and no proxy is used.

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// Bytes of an address.
const URL_BYTES_MAX: usize = 2_000;

/// Is the address one on the public internet?
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => public_v4(ip),
        IpAddr::V6(ip) => public_v6(ip),
    }
}

/// Outside of the IANA special-purpose registry (RFC 6890 and its successors).
fn public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99);
    !special
}

/// Global unicast (2000::/3) without documentation and without ways to embed another address.
fn public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = ip.to_ipv4_mapped() {
        return public_v4(inner);
    }
    let [first, second, ..] = ip.segments();
    let global = first & 0xe000 == 0x2000;
    // 2001::/23 holds protocols (Teredo, ORCHID); 2001:db8::/32 and 3fff::/20 documentation; 2002::/16 embeds IPv4.
    global
        && !(first == 0x2001 && second < 0x200)
        && !(first == 0x2001 && second == 0xdb8)
        && first != 0x2002
        && !(first == 0x3fff && second < 0x1000)
}

/// May a connection go there?
#[must_use]
fn allowed(ip: IpAddr, loopback: bool) -> bool {
    is_public(ip) || (loopback && ip.is_loopback())
}

/// Checks the address of a webhook.
///
/// # Errors
/// What is wrong, for people.
pub fn check(text: &str, loopback: bool) -> Result<Url, String> {
    if text.len() > URL_BYTES_MAX {
        return Err(format!("`dest` has more than {URL_BYTES_MAX} bytes"));
    }
    let url = Url::parse(text).map_err(|error| format!("`dest` is no URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("`dest` holds a user name; the signature proves who calls".to_owned());
    }
    let (name, ip) = host_of(&url).ok_or("`dest` names no host")?;
    let to_itself = loopback && (ip.is_some_and(|ip| ip.is_loopback()) || name == "localhost");
    if url.scheme() != "https" && !(url.scheme() == "http" && to_itself) {
        return Err("`dest` has to begin with https://".to_owned());
    }
    if ip.is_some_and(|ip| !allowed(ip, loopback)) || (name == "localhost" && !loopback) {
        return Err("`dest` is an address inside of a network; reports go to public addresses only".to_owned());
    }
    Ok(url)
}

/// The host of a URL, and its address when it is one.
fn host_of(url: &Url) -> Option<(String, Option<IpAddr>)> {
    let name = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    let ip = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(v6) => v6.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => name.parse::<IpAddr>().ok(),
    };
    Some((name, ip))
}

/// Resolves names to addresses that may be called.
#[derive(Clone, Copy, Debug)]
pub struct PublicOnly {
    /// This machine too.
    pub loopback: bool,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let good: Vec<SocketAddr> = found.filter(|address| allowed(address.ip(), loopback)).collect();
            if good.is_empty() {
                return Err("the name has no public address".into());
            }
            let addresses: Addrs = Box::new(good.into_iter());
            Ok(addresses)
        })
    }
}

/// A client that calls what [`check`] lets pass, and nothing else.
///
/// # Errors
/// When TLS cannot be set up.
pub fn client(loopback: bool) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .dns_resolver(Arc::new(PublicOnly { loopback }))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("tracelight/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(std::time::Duration::from_secs(5))
        .timeout(std::time::Duration::from_secs(10))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_go_to_public_addresses_by_tls() {
        for good in ["https://client.example.com/hook?x=1", "https://8.8.8.8:8443/", "https://[2606:4700::1111]/"] {
            assert!(check(good, false).is_ok(), "{good}");
        }
        let bad = [
            "http://client.example.com/",
            "https://127.0.0.1/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[2002:a00:1::]/",
            "https://user:secret@client.example.com/",
            "ftp://client.example.com/",
            "file:///etc/passwd",
            "nowhere",
        ];
        for bad in bad {
            assert!(check(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn this_machine_is_called_only_when_configured() {
        for target in ["http://127.0.0.1:9/x", "http://localhost:9/", "http://[::1]:9/"] {
            assert!(check(target, true).is_ok() && check(target, false).is_err(), "{target}");
        }
        assert!(check("http://10.0.0.1/", true).is_err(), "and no other machine with it");
    }

    #[tokio::test]
    async fn a_name_of_a_private_address_is_not_called() {
        let name = || "localhost".parse::<Name>().expect("a name");
        assert!(PublicOnly { loopback: false }.resolve(name()).await.is_err());
        assert!(PublicOnly { loopback: true }.resolve(name()).await.is_ok());
    }
}
