use super::{event_hash, pre_hash};
use crate::Event;
use crate::document::{Format, read};
use crate::limits::{Limits, Policy};
use std::fs;
use tracelight_testkit::vectors;

fn events(text: &str, format: Format) -> Vec<Event> {
    let capture = read(text.as_bytes(), format, &Limits::default(), Policy::default());
    let capture = capture.unwrap_or_else(|error| panic!("{error} {:?}", error.violations));
    capture.all_or_nothing().unwrap_or_else(|error| panic!("{:?}", error.violations)).events
}

#[test]
fn published_hashes_and_pre_hashes() {
    let Some(folder) = tracelight_testkit::data::shared_data("epcis-event-hash/examples") else { return };
    let outcome = vectors::event_hashes(&folder);
    assert!(
        outcome.total >= 64,
        "four documents in two syntaxes, 16 events, hash and pre-hash each: {}",
        outcome.total
    );
    assert_eq!(outcome.misses, Vec::<String>::new());
}

#[test]
fn twins_of_two_syntaxes_have_one_hash() {
    let Some(folder) = tracelight_testkit::data::shared_data("epcis-event-hash/examples") else { return };
    let both = |name: &str| {
        let json = fs::read_to_string(folder.join(format!("{name}.jsonld"))).expect("a document");
        let xml = fs::read_to_string(folder.join(format!("{name}.xml"))).expect("its twin");
        (events(&json, Format::Json), events(&xml, Format::Xml))
    };
    for name in ["ReferenceEventHashAlgorithm", "ReferenceEventHashAlgorithm2", "ReferenceEventHashAlgorithm3"] {
        let (json, xml) = both(name);
        assert_eq!(
            json.iter().map(event_hash).collect::<Vec<_>>(),
            xml.iter().map(event_hash).collect::<Vec<_>>(),
            "{name}"
        );
        assert!(json.iter().zip(&xml).all(|(left, right)| left.same(right)), "{name}");
    }
}

/// An event with a piece put into it.
fn with(piece: &str) -> Event {
    let text = format!(
        r#"{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{{"ex":"https://ns.example.com/epcis/"}}],
        "type":"ObjectEvent","eventTime":"2020-03-04T11:00:30.9995+01:00","eventTimeZoneOffset":"+01:00",
        "epcList":["urn:epc:id:sscc:4012345.0000000333"],"action":"OBSERVE"{piece}}}"#
    );
    events(&text, Format::Json).remove(0)
}

#[test]
fn what_is_no_part_of_the_event_does_not_change_the_hash() {
    let plain = event_hash(&with(""));
    for piece in [
        r#","recordTime":"2021-01-01T00:00:00Z""#,
        r#","eventID":"urn:uuid:1""#,
        r#","errorDeclaration":{"declarationTime":"2021-01-01T00:00:00Z"}"#,
        r#","certificationInfo":"https://example.org/c""#,
        r#","rdfs:comment":"a remark""#,
    ] {
        assert_eq!(event_hash(&with(piece)), plain, "{piece}");
    }
}

#[test]
fn the_order_of_a_list_does_not_change_the_hash() {
    for (one, other) in [
        (
            r#","persistentDisposition":{"set":["completeness_verified","mismatch_class"]}"#,
            r#","persistentDisposition":{"set":["mismatch_class","completeness_verified"]}"#,
        ),
        (
            r#","bizTransactionList":[{"type":"po","bizTransaction":"urn:x:1"},{"type":"inv","bizTransaction":"urn:x:2"}]"#,
            r#","bizTransactionList":[{"type":"inv","bizTransaction":"urn:x:2"},{"type":"po","bizTransaction":"urn:x:1"}]"#,
        ),
    ] {
        assert_eq!(event_hash(&with(one)), event_hash(&with(other)), "{one}");
    }
}

#[test]
fn own_fields_stand_at_the_end_of_what_they_belong_to() {
    let event = with(
        r#","readPoint":{"id":"urn:epc:id:sgln:4012345.00011.0","ex:b":"2.50","ex:a":[3,1]},
        "sensorElementList":[{"sensorReport":[{"type":"ex:Own","value":1.0,"ex:feature":"ex:product"}]}],
        "bizTransactionList":[{"type":"po","bizTransaction":"urn:epc:id:gdti:4012345.11111.123"}],"ex:z":{"ex:y":""}"#,
    );
    let expected = "eventType=ObjectEventeventTime=2020-03-04T10:00:31.000ZeventTimeZoneOffset=+01:00epcListepc=https://id.gs1.org/00/040123450000003338\
        action=OBSERVEreadPointid=https://id.gs1.org/414/4012345000115{https://ns.example.com/epcis/}a=1{https://ns.example.com/epcis/}a=3\
        {https://ns.example.com/epcis/}b=2.5sensorElementListsensorElementsensorReporttype=https://ns.example.com/epcis/Ownvalue=1\
        {https://ns.example.com/epcis/}feature=https://ns.example.com/epcis/productbizTransactionListtype=https://ref.gs1.org/cbv/BTT-po\
        bizTransaction=https://id.gs1.org/253/4012345111118123{https://ns.example.com/epcis/}z{https://ns.example.com/epcis/}y";
    assert_eq!(pre_hash(&event), expected);
}

#[test]
fn every_spelling_of_an_id_has_one_hash() {
    let named = |epc: &str| {
        let mut event = with("");
        if let crate::event::EventKind::Object { objects, .. } = &mut event.kind {
            objects.epcs = vec![crate::text::Uri::parse(epc).expect("a URI")];
        }
        event_hash(&event)
    };
    let urn = named("urn:epc:id:sgtin:4012345.011111.9876");
    assert_eq!(named("https://id.gs1.org/01/04012345111118/21/9876"), urn);
    assert_eq!(named("https://brand.example/x/01/04012345111118/10/L1/21/9876?17=251231"), urn);
    assert_ne!(named("https://id.gs1.org/01/04012345111118/21/98765"), urn);
}
