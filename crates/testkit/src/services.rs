//! Real services for tests, started from Debian's packages on free loopback ports in scratch folders.
//!
//! Never a server that happens to be running: each is started here, with its own data folder and no file of `/etc`,
//! and is killed with the process that started it. A missing package is an error that names the way out, never a skip.

mod mariadb;
mod mosquitto;
mod pki;
mod softhsm;

use std::time::Duration;

pub use mariadb::{Database, MariaDb};
pub use mosquitto::{Acl, Mosquitto, MosquittoConfig, MutualTls};
pub use pki::{Authority, Identity};
pub use softhsm::{CONF as SOFTHSM_CONF, SoftHsm};

/// Longest wait for a service to answer. A cold disk under a full test run has needed 20 s.
const START_BOUND: Duration = Duration::from_secs(90);

/// Longest wait for a polite end.
const STOP_BOUND: Duration = Duration::from_secs(30);
