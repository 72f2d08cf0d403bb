//! Which validators are connected, from the network's own metrics: the only place that tells.

/// One line of the metrics for each connected peer, up to its key in hex. A cluster test counts the peers, so that a change of the
/// name shows.
const CONNECTED_GAUGE: &str = "network_tracker_directory_connected{peer=\"";

/// The keys of the peers connected now, ascending.
pub(crate) fn connected(metrics: &str) -> Vec<[u8; 32]> {
    let mut peers: Vec<_> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix(CONNECTED_GAUGE))
        .filter_map(|line| line.split_once('"'))
        .filter_map(|(hex, _)| parse_key(hex))
        .collect();
    peers.sort_unstable();
    peers
}

fn parse_key(hex: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if hex.len() != 2 * key.len() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}
