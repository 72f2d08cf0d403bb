//! The embedded broker, for demonstrations only: rumqttd keeps nothing over a restart, knows no rights by topic, and hands
//! out at most a hundred retained messages. Nothing true is kept in it; what is lost in it is sent again by its device.

use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};
use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use tracing::{error, warn};

/// Bytes of one message: a reading of 16 KiB and room for other tools.
const PAYLOAD_BYTES_MAX: usize = 64 * 1024;
/// Devices at once.
const CONNECTIONS_MAX: usize = 256;

/// Starts the broker in threads of its own, which live as long as the process.
///
/// # Errors
/// When the address cannot be had or threads cannot be started.
pub fn start(listen: SocketAddr) -> io::Result<()> {
    // The library only logs when it cannot listen; asking first gives the caller an error.
    drop(TcpListener::bind(listen)?);
    let connections = ConnectionSettings {
        connection_timeout_ms: 5_000,
        max_payload_size: PAYLOAD_BYTES_MAX,
        max_inflight_count: 500,
        auth: None,
        external_auth: None,
        dynamic_filters: true,
    };
    let settings =
        ServerSettings { name: "embedded".to_owned(), listen, tls: None, next_connection_delay_ms: 1, connections };
    let config = Config {
        id: 0,
        router: RouterConfig {
            max_connections: CONNECTIONS_MAX,
            max_outgoing_packet_count: 200,
            max_segment_size: 8 * 1024 * 1024,
            max_segment_count: 10,
            ..RouterConfig::default()
        },
        v4: Some(HashMap::from([("1".to_owned(), settings)])),
        ..Config::default()
    };
    warn!(
        address = %listen,
        "EMBEDDED BROKER on {listen}: for demonstrations only. It forgets everything when it stops and lets anybody in. \
         Use Mosquitto in production"
    );
    std::thread::Builder::new().name("embedded-broker".to_owned()).spawn(move || {
        if let Err(why) = Broker::new(config).start() {
            error!("The embedded broker ended: {why}");
        }
    })?;
    Ok(())
}
