use super::{Intent, NoIntent, intent, read_back};
use crate::Event;
use crate::document::{Document, Format, read};
use crate::limits::{Limits, Policy};
use crate::text::Timestamp;
use tracelight_domain::gs1::{Gln, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, RecallId, ShipmentId, TxId, UnitId};
use tracelight_domain::state::{self, EventKind as Line, ObjectId};
use tracelight_domain::tx::UnitAction;

const MAKER: &str = "9521234000006";
const SHOP: &str = "4012345000009";

fn gln(text: &str) -> Gln {
    Gln::parse(text).expect("a GLN")
}

fn batch() -> BatchId {
    BatchId { gtin: Gtin::parse("09506000134352").expect("a GTIN"), lot: Lot::parse("L/1").expect("a lot") }
}

fn unit() -> UnitId {
    UnitId { gtin: Gtin::parse("09506000134352").expect("a GTIN"), serial: Serial::parse("a%B").expect("a serial") }
}

fn case() -> Sscc {
    Sscc::parse("040123450000003338").expect("an SSCC")
}

fn line(kind: Line) -> state::Event {
    let peer = matches!(kind, Line::Shipped | Line::Received | Line::Refused).then(|| gln(SHOP));
    state::Event {
        kind,
        height: 7,
        time_ms: 1_583_316_030_000,
        actor: gln(MAKER),
        peer,
        container: None,
        withdraws: None,
        tx: TxId([7; 32]),
    }
}

fn json(events: Vec<Event>) -> String {
    let document = Document { events, ..Document::default() };
    crate::json::write(&document, Timestamp::from_unix_ms(0))
}

fn xml(events: Vec<Event>) -> String {
    let document = Document { events, ..Document::default() };
    crate::xml::write(&document, Timestamp::from_unix_ms(0)).expect("nothing that XML cannot hold")
}

fn back(text: &str, format: Format) -> Vec<Event> {
    let capture = read(text.as_bytes(), format, &Limits::default(), Policy::STRICT);
    let capture = capture.unwrap_or_else(|error| panic!("{error}: {text}"));
    capture.all_or_nothing().unwrap_or_else(|error| panic!("{:?}: {text}", error.violations)).events
}

#[test]
fn every_line_of_goods_reads_back_in_both_syntaxes() {
    let goods = [
        ObjectId::Unit(unit()),
        ObjectId::Logistic(case()),
        ObjectId::Batch(batch()),
        ObjectId::Shipment(ShipmentId([9; 16])),
    ];
    let mut told = 0;
    for object in &goods {
        for kind in Line::ALL.iter().copied().filter(|kind| *kind != Line::Corrected) {
            let events = read_back(object, &[line(kind)]);
            for syntax in [back(&json(events.clone()), Format::Json), back(&xml(events.clone()), Format::Xml)] {
                assert_eq!(syntax.len(), events.len(), "{object:?} {kind:?}");
                assert!(events.iter().zip(&syntax).all(|(left, right)| left.same(right)), "{object:?} {kind:?}");
            }
            told += events.len();
        }
    }
    assert!(told > 100, "lines of goods have events: {told}");
}

#[test]
fn what_is_no_goods_has_no_events() {
    let others =
        [ObjectId::Member(gln(MAKER)), ObjectId::Roll, ObjectId::Validators, ObjectId::Recall(RecallId([1; 16]))];
    for object in others {
        assert_eq!(read_back(&object, &[line(Line::Registered)]), Vec::new());
    }
    let votes = [Line::VotedFor, Line::ValidatorJoined, Line::KeyRevoked].map(line);
    assert_eq!(read_back(&ObjectId::Unit(unit()), &votes), Vec::new());
}

#[test]
fn a_correction_repeats_the_event_with_its_id() {
    let correction = state::Event { withdraws: Some(0), ..line(Line::Corrected) };
    let events = read_back(&ObjectId::Logistic(case()), &[line(Line::Shipped), correction]);
    let [shipped, withdrawn] = events.as_slice() else { panic!("two events: {events:?}") };
    assert_eq!(shipped.event_id, withdrawn.event_id);
    assert!(shipped.error.is_none() && withdrawn.error.is_some());
    let Intent::Correct { event_id } = intent(withdrawn) else { panic!("a correction") };
    assert_eq!(Some(&event_id), shipped.event_id.as_ref());
}

#[test]
fn what_was_read_back_means_what_was_done() {
    let intents = |object: &ObjectId, kind: Line| intent(&read_back(object, &[line(kind)]).remove(0));
    let pack = ObjectId::Unit(unit());
    for (kind, action) in [
        (Line::Dispensed, UnitAction::Dispense),
        (Line::Sold, UnitAction::Sell),
        (Line::Sampled, UnitAction::Sample),
        (Line::Destroyed, UnitAction::Destroy),
        (Line::Stolen, UnitAction::ReportStolen),
        (Line::Returned, UnitAction::Return),
    ] {
        assert_eq!(intents(&pack, kind), Intent::Unit { units: vec![unit()], action }, "{kind:?}");
    }
    let carton = ObjectId::Logistic(case());
    assert_eq!(intents(&carton, Line::Shipped), Intent::Ship { objects: vec![case()], to: Some(gln(SHOP)) });
    assert_eq!(intents(&carton, Line::Unpacked), Intent::Unpack { parent: case(), cases: Vec::new() });
    assert_eq!(intents(&ObjectId::Batch(batch()), Line::Recalled), Intent::Recall { batches: vec![batch()] });
    assert_eq!(intents(&ObjectId::Batch(batch()), Line::Registered), Intent::RegisterBatch { batches: vec![batch()] });
}

fn meant(piece: &str) -> Intent {
    let text = format!(
        r#"{{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","eventTime":"2020-03-04T11:00:30Z",
        "eventTimeZoneOffset":"+01:00",{piece}}}"#
    );
    let capture = read(text.as_bytes(), Format::Json, &Limits::default(), Policy::default()).expect("JSON");
    intent(&capture.all_or_nothing().unwrap_or_else(|error| panic!("{:?}", error.violations)).events.remove(0))
}

#[test]
fn captured_events_mean_transactions() {
    let packed = meant(
        r#""type":"AggregationEvent","action":"ADD","bizStep":"packing","parentID":"urn:epc:id:sscc:4012345.0000000333",
        "childEPCs":["https://id.gs1.org/01/09506000134352/21/a%25B"]"#,
    );
    assert_eq!(packed, Intent::PackUnits { parent: case(), units: vec![unit()] });
    let made = meant(
        r#""type":"TransformationEvent","inputQuantityList":[{"epcClass":"https://id.gs1.org/01/09506000134352/10/L%2F1"}],
        "outputQuantityList":[{"epcClass":"https://id.gs1.org/01/09506000134352/10/L2"}]"#,
    );
    assert!(matches!(made, Intent::Transform { inputs, .. } if inputs == vec![batch()]));
    let foreign = meant(
        r#""type":"ObjectEvent","action":"OBSERVE","bizStep":"shipping","epcList":["urn:epc:id:giai:4000001.12345"]"#,
    );
    assert!(matches!(foreign, Intent::EvidenceOnly(NoIntent::ForeignId(_))));
    let wrong_digit = meant(
        r#""type":"ObjectEvent","action":"OBSERVE","bizStep":"shipping","epcList":["https://id.gs1.org/00/040123450000003330"]"#,
    );
    assert!(matches!(wrong_digit, Intent::EvidenceOnly(NoIntent::ForeignId(_))));
    let seen = meant(
        r#""type":"ObjectEvent","action":"OBSERVE","bizStep":"storing","epcList":["urn:epc:id:sscc:4012345.0000000333"]"#,
    );
    assert_eq!(seen, Intent::EvidenceOnly(NoIntent::NoTransaction));
}
