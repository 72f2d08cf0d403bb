//! What an edge node, or anybody who reaches the broker, publishes under Sparkplug's name
//! (`device-gateway/src/sparkplug/{payload,topic}.rs`).

#[path = "../../../device-gateway/src/sparkplug/payload.rs"]
pub mod payload;
#[path = "../../../device-gateway/src/sparkplug/topic.rs"]
pub mod topic;

use payload::{DataType, METRICS_MAX, Value};
use prost::Message as _;
use topic::{Topic, is_id, node_command};

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    if let Ok(read) = payload::decode(bytes) {
        assert!(read.metrics.len() <= METRICS_MAX);
        let written = read.encode_to_vec();
        let again = payload::decode(&written).expect("what was written can be read");
        // Bytes, because some floats are not equal to themselves.
        assert_eq!(again.encode_to_vec(), written, "it changes when it is written");
        for metric in &read.metrics {
            for datatype in (0..=40).filter_map(DataType::of) {
                let value = metric.read(datatype);
                assert!(metric.is_null != Some(true) || value == Some(Value::Null), "nothing is read as something");
            }
        }
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    match Topic::parse(text) {
        None => {}
        Some(Topic::State { host }) => assert_eq!(topic::state(&host), text, "a second spelling of a topic"),
        Some(Topic::Edge { node, device, .. }) => {
            assert!(is_id(&node.group) && is_id(&node.node) && device.is_none_or(|device| is_id(&device)));
            assert!(!node_command(&node).contains(['+', '#']), "a command would go to several nodes");
        }
    }
}
