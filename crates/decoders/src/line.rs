//! What a line device, or anybody who reaches the broker, publishes: topic and payload (`device-gateway/src/{topic,reading}.rs`).

use crate::rpc::comes_back;
use tracelight_api::Text;
use tracelight_api::line::codec::{decode_ack, encode, encode_ack, encoding_of};
use tracelight_api::line::{Ack, LineState, Reading, ReadingBody};
use tracelight_domain::ids::PublicKey;

#[path = "../../../device-gateway/src/reading.rs"]
pub mod reading;
#[path = "../../../device-gateway/mqtt/src/topic.rs"]
pub mod topic;

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    match reading::parse(bytes) {
        Ok(read) => {
            assert_eq!(read.encoding, encoding_of(bytes), "an answer would go out in another form");
            // Escapes may make it longer than what came, and too long.
            if let Ok(written) = encode(read.encoding, &read.body, |_| read.sig.clone()) {
                let again = reading::parse(&written).expect("what was written can be read");
                assert_eq!(
                    (again.body, again.sig),
                    (read.body.clone(), read.sig.clone()),
                    "it changes when it is written"
                );
            }
            let nobody = reading::Trust::Signed(Text(PublicKey([2; 32])));
            for way in [reading::Way::Broker, reading::Way::Terminal] {
                assert!(reading::check_signature(&read, &nobody, way).is_err(), "a signature of nobody counts");
            }
            let published = reading::check_signature(&read, &reading::Trust::Terminal, reading::Way::Broker);
            assert!(published.is_err(), "a terminal's name is taken from the broker");
        }
        Err(objection) => {
            // It is sent back to the device and goes into the log.
            assert!(objection.detail.chars().count() < 400 && !objection.detail.contains(char::is_control));
        }
    }
    if let Ok(ack) = decode_ack(bytes) {
        let written = encode_ack(encoding_of(bytes), &ack).expect("what was read can be written");
        assert_eq!(decode_ack(&written), Ok(ack), "an answer changes when it is written");
    }
    comes_back::<Reading>(bytes);
    comes_back::<ReadingBody>(bytes);
    comes_back::<Ack>(bytes);
    comes_back::<LineState>(bytes);
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    for (kind, place) in [("evt", topic::Place::of_event(text)), ("raw", topic::Place::of_raw(text))] {
        let Some(place) = place else { continue };
        assert_eq!(place.topic(kind), text, "a second spelling of a topic");
        let answer = topic::ack_topic(text).expect("it has a place for its answer");
        assert!(!answer.contains(['+', '#']) && topic::Place::of_event(&answer).is_none());
    }
}
