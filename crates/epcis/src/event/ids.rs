//! The ids of an event, to be written in another form; and the fingerprint by which two captures of one event are told.

use super::{Event, EventKind, Objects, canonical};
use crate::key;
use crate::text::Uri;
use sha2::{Digest as _, Sha256};

impl Event {
    /// Calls with every id of an object, a class, a party, a place, a document of business and a device, for writing.
    pub fn for_each_id(&mut self, visit: &mut dyn FnMut(&mut Uri)) {
        let mut objects = |objects: &mut Objects| {
            objects.epcs.iter_mut().for_each(&mut *visit);
            objects.quantities.iter_mut().for_each(|quantity| visit(&mut quantity.class));
        };
        match &mut self.kind {
            EventKind::Object { objects: named, .. } => objects(named),
            EventKind::Aggregation(content) | EventKind::Association(content) => {
                objects(&mut content.children);
                content.parent.iter_mut().for_each(&mut *visit);
            }
            EventKind::Transaction { parent, objects: named, .. } => {
                objects(named);
                parent.iter_mut().for_each(&mut *visit);
            }
            EventKind::Transformation { inputs, outputs, .. } => {
                objects(inputs);
                objects(outputs);
            }
            EventKind::Extended(_) => {}
        }
        let places = self.read_point.iter_mut().chain(self.biz_location.iter_mut());
        places.for_each(|place| visit(&mut place.id));
        let typed = self.biz_transactions.iter_mut().chain(&mut self.sources).chain(&mut self.destinations);
        typed.for_each(|typed| visit(&mut typed.id));
    }

    /// GS1 keys as canonical Digital Links (`GS1-EPC-Format: Always_GS1_Digital_Link`); other ids stay.
    #[must_use]
    pub fn with_digital_links(mut self) -> Self {
        self.for_each_id(&mut |id| {
            if let Some(link) = key::canonical(id.as_str()).and_then(|link| Uri::parse(&link).ok()) {
                *id = link;
            }
        });
        self
    }

    /// SHA-256 of all that an event says, whatever its spelling and syntax: two events with one event hash are the same only
    /// if their fingerprints are (the event hash rounds long numbers). `eventID` and `recordTime` are left out.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut plain = self.clone().with_digital_links();
        (plain.event_id, plain.record_time) = (None, None);
        Sha256::digest(canonical::of(&plain).as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use crate::document::{Format, read};
    use crate::limits::{Limits, Policy};

    fn fingerprint(epc: &str, more: &str) -> [u8; 32] {
        let text = format!(
            r#"{{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "ObjectEvent",
                "eventTime": "2020-03-04T11:00:30.000+01:00", "eventTimeZoneOffset": "+01:00", "action": "OBSERVE",
                "epcList": ["{epc}"]{more}}}"#
        );
        let capture = read(text.as_bytes(), Format::Json, &Limits::default(), Policy::default()).expect("an event");
        capture.all_or_nothing().expect("a good event").events[0].fingerprint()
    }

    #[test]
    fn spelling_does_not_count_and_content_does() {
        let urn = fingerprint("urn:epc:id:sgtin:0614141.107346.2017", "");
        assert_eq!(urn, fingerprint("https://example.com/01/10614141073464/21/2017", ""));
        let told = r#", "eventID": "urn:uuid:1", "recordTime": "2020-03-04T12:00:00Z""#;
        assert_eq!(urn, fingerprint("urn:epc:id:sgtin:0614141.107346.2017", told));
        assert_ne!(urn, fingerprint("urn:epc:id:sgtin:0614141.107346.2018", ""));
        // Equal hashes, because numbers are hashed as doubles; other events.
        let long = |digits: &str| fingerprint("urn:x:1", &format!(r#", "https://example.org/n": "{digits}""#));
        assert_ne!(long("12345678901234567890"), long("12345678901234567891"));
    }
}
