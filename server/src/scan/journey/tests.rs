//! Journeys of packs whose case travelled on pallets.

use super::*;
use tracelight_domain::gs1::{Gln, Gtin, Lot};
use tracelight_domain::ids::{BatchId, TxId};

const MAKER: u64 = 0;
const CARRIER: u64 = 1;
const PHARMACY: u64 = 2;

fn member(number: u64) -> MemberId {
    Gln::build("9521101", number).expect("a valid GLN")
}

fn sscc(number: u8) -> Sscc {
    let payload = format!("0952110153000{number:04}");
    let check = tracelight_domain::gs1::check_digit(payload.as_bytes()).expect("digits");
    Sscc::parse(&format!("{payload}{}", char::from(check))).expect("a valid SSCC")
}

fn batch() -> ObjectId {
    let gtin = Gtin::parse("09506000134352").expect("a valid GTIN");
    ObjectId::Batch(BatchId { gtin, lot: Lot::parse("A24K07").expect("a valid lot") })
}

fn event(kind: EventKind, height: u64, actor: u64, peer: Option<u64>, container: Option<Sscc>) -> Event {
    Event {
        kind,
        height,
        time_ms: height * 1000,
        actor: member(actor),
        peer: peer.map(member),
        container,
        withdraws: None,
        // One transaction a block in these tests.
        tx: TxId([u8::try_from(height).expect("a small height"); 32]),
    }
}

fn station(id: MemberId) -> Option<Station> {
    let all = [
        (MAKER, MemberRole::Manufacturer, "Xi’an"),
        (CARRIER, MemberRole::Logistics, "Wuhan"),
        (PHARMACY, MemberRole::Pharmacy, "Wuhan"),
    ];
    all.into_iter()
        .find(|(number, ..)| member(*number) == id)
        .map(|(_, role, place)| Station { role, place: place.to_owned() })
}

/// Made, packed on pallet 9, shipped to the carrier, received, shipped on; `end` is what happens then.
fn on_a_pallet(case_end: Vec<Event>, pallet_end: Vec<Event>) -> Vec<Happened> {
    let (case, pallet) = (sscc(1), sscc(9));
    let mut case_events =
        vec![event(EventKind::Packed, 2, MAKER, None, None), event(EventKind::Packed, 3, MAKER, None, Some(pallet))];
    case_events.extend(case_end);
    let mut pallet_events = vec![
        event(EventKind::Packed, 3, MAKER, None, None),
        event(EventKind::Shipped, 5, MAKER, Some(CARRIER), None),
        event(EventKind::Received, 6, CARRIER, Some(MAKER), None),
        event(EventKind::Shipped, 7, CARRIER, Some(PHARMACY), None),
    ];
    pallet_events.extend(pallet_end);
    merge(
        vec![
            (batch(), event(EventKind::Registered, 1, MAKER, None, None)),
            (batch(), event(EventKind::Sealed, 4, MAKER, None, None)),
        ],
        Vec::new(),
        case_events.into_iter().map(|event| (ObjectId::Logistic(case), event)).collect(),
        &BTreeMap::from([(pallet, pallet_events)]),
    )
}

fn kinds(steps: &[JourneyStep]) -> Vec<StepKind> {
    steps.iter().map(|step| step.what).collect()
}

#[test]
fn a_case_inherits_the_hand_overs_of_its_pallet() {
    let arrived = event(EventKind::Received, 8, PHARMACY, Some(CARRIER), None);
    let steps = shopper_steps(&on_a_pallet(vec![], vec![arrived]), station);
    let held = StepKind::Held;
    assert_eq!(
        kinds(&steps),
        [StepKind::Made, StepKind::Sealed, held(PartnerRole::Logistics), held(PartnerRole::Pharmacy)]
    );
    let last = steps.last().expect("steps");
    assert_eq!((last.state, last.signed, last.place.as_deref()), (StepState::Now, Signed::BothSides, Some("Wuhan")));
    assert_eq!(steps[0].signed, Signed::Line);
}

#[test]
fn a_case_that_did_not_arrive_did_not_arrive() {
    let arrived = event(EventKind::Received, 8, PHARMACY, Some(CARRIER), None);
    let missing = event(EventKind::MissingOnArrival, 8, PHARMACY, Some(CARRIER), Some(sscc(9)));
    let events = on_a_pallet(vec![missing], vec![arrived]);
    let at_pharmacy = |(object, event): &&Happened| *object == ObjectId::Logistic(sscc(9)) && event.height == 8;
    assert!(!events.iter().any(|happened| at_pharmacy(&happened)), "the pallet's arrival is not the case's");
    let steps = shopper_steps(&events, station);
    assert_eq!(kinds(&steps).last(), Some(&StepKind::OnTheWay));
}

#[test]
fn what_a_pallet_does_after_the_case_left_it_is_not_the_cases() {
    let off = event(EventKind::Unpacked, 9, PHARMACY, None, Some(sscc(9)));
    let pallet_end = vec![
        event(EventKind::Received, 8, PHARMACY, Some(CARRIER), None),
        event(EventKind::Shipped, 10, PHARMACY, Some(CARRIER), None),
    ];
    let events = on_a_pallet(vec![off], pallet_end);
    assert!(events.iter().all(|(_, event)| event.height < 10));
    assert!(events.iter().any(|(_, event)| event.height == 8 && event.kind == EventKind::Received));
}

#[test]
fn a_refused_shipment_leaves_no_leg_and_a_recall_stops_the_journey() {
    let refused = event(EventKind::Refused, 8, PHARMACY, Some(CARRIER), None);
    let mut events = on_a_pallet(vec![], vec![refused]);
    let steps = shopper_steps(&events, station);
    assert_eq!(kinds(&steps).last(), Some(&StepKind::Held(PartnerRole::Logistics)));
    events.push((batch(), event(EventKind::Recalled, 11, MAKER, None, None)));
    let steps = shopper_steps(&events, station);
    assert_eq!(steps.last().map(|step| step.state), Some(StepState::Recalled));
    assert!(steps.iter().all(|step| step.state != StepState::Now));
}
