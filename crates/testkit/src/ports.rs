//! Loopback ports for programs under test.
//!
//! A program that takes `port 0` should be given that. The others (a database, a broker, validators that must know each
//! other's addresses beforehand) get a port from here:
//!
//! * it lies below the kernel's ephemeral range, so that no outgoing connection can be sitting on it;
//! * it was free a moment ago: a listener was bound to it and closed again;
//! * it is reserved by a file lock until this process ends, so that two test processes of one account never hold the same
//!   one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use rand::Rng;

/// First and last port handed out. Linux gives outgoing connections 32768 and above.
const PORTS: std::ops::RangeInclusive<u16> = 20_000..=31_999;

/// Ports tried before giving up: one in six of the range.
const TRIES_MAX: usize = 2_000;

/// Ports of this process, each with the lock that reserves it.
static RESERVED: Mutex<BTreeMap<u16, File>> = Mutex::new(BTreeMap::new());

/// A loopback TCP port that nobody listens on, reserved for this process until it ends.
///
/// # Errors
/// When none of [`TRIES_MAX`] ports is free, or the folder of locks cannot be written.
pub fn free_port() -> anyhow::Result<u16> {
    let folder = lock_folder()?;
    let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..TRIES_MAX {
        let port = rand::rng().random_range(PORTS);
        if reserved.contains_key(&port) {
            continue;
        }
        let Ok(lock) = File::options().create(true).append(true).open(folder.join(port.to_string())) else {
            continue;
        };
        if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            reserved.insert(port, lock);
            return Ok(port);
        }
    }
    bail!("none of {TRIES_MAX} loopback ports tried in {PORTS:?} is free. Hint: are old test programs still running?")
}

/// `count` different ports, as [`free_port`] gives them.
///
/// # Errors
/// As [`free_port`].
pub fn free_ports(count: usize) -> anyhow::Result<Vec<u16>> {
    (0..count).map(|_| free_port()).collect()
}

/// One for each account: nobody can write in another's.
fn lock_folder() -> anyhow::Result<PathBuf> {
    let uid = fs::metadata("/proc/self").context("/proc is not mounted")?.uid();
    let folder = std::env::temp_dir().join(format!("tracelight-ports-{uid}"));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}` for port locks", folder.display()))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_can_be_bound() {
        let ports = free_ports(50).expect("ports");
        let mut unique = ports.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), 50);
        for port in ports {
            assert!(PORTS.contains(&port));
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
        }
    }

    #[test]
    fn a_port_is_reserved_against_other_processes() {
        let port = free_port().expect("port");
        // A second handle on the lock file is what another process would have.
        let other = File::options()
            .append(true)
            .open(lock_folder().expect("folder").join(port.to_string()))
            .expect("lock file");
        assert!(other.try_lock().is_err());
    }
}
