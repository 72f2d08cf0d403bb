//! A kind of somebody else's. By Cargo's rules this file is a crate of its own and sees only what is public: a laboratory's
//! marker in the ink, a number of which each reader strip may be used once, is added without a line changed in ours.

use std::collections::BTreeMap;
use tracelight_marks::{
    Carried, Check, Claim, Confidence, Context, EnrolError, Enrolment, Fields, Freshness, Item, ItemVerdict, Kind,
    Need, Outcome, Policy, Reading, ReasonId, Record, Registry, Resistance, Slot, Standing, Stored, Verdict, reasons,
};

const WINDOW_MS: u64 = 60_000;

struct InkMarker;

fn kind() -> Kind {
    Kind::parse("acme.ink-marker").expect("a name of the form owner.thing")
}

fn reason(text: &str) -> ReasonId {
    ReasonId::parse(text).expect("a name of the form owner.thing")
}

impl Check for InkMarker {
    fn kind(&self) -> Kind {
        kind()
    }

    fn resistance(&self) -> Resistance {
        Resistance::High
    }

    fn enrol(&self, _: &Item, reference: &Fields, random: &[u8; 32]) -> Result<Enrolment, EnrolError> {
        let wavelength = u16::try_from(reference.number("nanometres")?)
            .map_err(|_| EnrolError::Value { field: "nanometres", expected: "at most 65535" })?;
        let body = [wavelength.to_be_bytes().as_slice(), random].concat();
        Ok(Enrolment::new(kind(), 3, None, body)?)
    }

    fn read(&self, enrolment: &Enrolment, evidence: &Fields, _: Context<'_>) -> Result<Reading, Outcome> {
        let unreadable = || Outcome::inconclusive(reasons::EVIDENCE_UNREADABLE);
        let seen = evidence.number("nanometres").map_err(|_| unreadable())?;
        let strip = evidence.bytes("strip").map_err(|_| unreadable())?;
        let enrolled = enrolment.body().first_chunk::<2>().map(|bytes| u64::from(u16::from_be_bytes(*bytes)));
        let finding = if enrolled == Some(seen) {
            Outcome::new(Verdict::Genuine, Confidence::percent(95), reason("acme.ink_glows"))
        } else {
            Outcome::new(Verdict::Counterfeit, Confidence::percent(95), reason("acme.ink_is_another"))
        };
        Ok(Reading { claim: Claim::First { slot: Slot::of(&kind(), &[strip]), tries: None }, finding })
    }
}

/// What a server does, with a map for a store.
struct Server {
    registry: Registry,
    marks: Vec<u8>,
    rows: BTreeMap<Slot, Stored>,
    item: Item,
    policy: Policy,
}

impl Server {
    fn new(registry: Registry) -> Self {
        let item = Item::parse("(01)06901234567892(21)A1").expect("a name");
        let reference = Fields::new().with("nanometres", "543").expect("a field");
        // Enrolled where the plug-in is installed, whatever this server has.
        let enrolment = InkMarker.enrol(&item, &reference, &[1; 32]).expect("enrolled");
        let carried = vec![Carried { kind: kind(), need: Need::Required }];
        let policy = Policy::new(carried, WINDOW_MS, Confidence::percent(50)).expect("a policy");
        Self { registry, marks: enrolment.to_bytes(), rows: BTreeMap::new(), item, policy }
    }

    fn check(&mut self, nanometres: &str, strip: &str, now_ms: u64) -> (Record, ItemVerdict) {
        let evidence = Fields::new().with("nanometres", nanometres).and_then(|fields| fields.with("strip", strip));
        let enrolment = Enrolment::parse(&self.marks).expect("what was stored");
        let context = Context { item: &self.item, now_ms };
        let outcome = match self.registry.read(&enrolment, &evidence.expect("fields"), context) {
            Err(outcome) => outcome,
            Ok(reading) => {
                let standing = reading.claim.slot().map_or(Standing::NotAsked, |slot| {
                    let row = self.rows.entry(slot).or_default();
                    let (after, standing) = reading.claim.settle(*row, now_ms);
                    *row = after;
                    standing
                });
                reading.judge(standing)
            }
        };
        let resistance = self.registry.resistance(enrolment.kind());
        let record = Record::new(self.item.clone(), &enrolment, resistance, now_ms, outcome);
        let record = Record::parse(&record.to_bytes()).expect("what was just written");
        let decision = self.policy.judge(&self.item, std::slice::from_ref(&record), now_ms);
        (record, decision.verdict)
    }
}

#[test]
fn it_is_judged_signed_and_weighed_like_one_of_ours() {
    let mut server = Server::new(Registry::new().with(Box::new(InkMarker)).expect("one kind"));
    let (record, verdict) = server.check("543", "strip 1", 1_000);
    assert_eq!((record.outcome.verdict(), record.outcome.freshness()), (Verdict::Genuine, Freshness::Fresh));
    assert_eq!(record.outcome.reasons()[0].id, reason("acme.ink_glows"));
    assert_eq!((record.kind, record.algorithm, verdict), (kind(), 3, ItemVerdict::Genuine));
    let (_, verdict) = server.check("543", "strip 1", 2_000);
    assert_eq!(verdict, ItemVerdict::AlreadyUsed, "freshness is not the kind's to say");
    let (_, verdict) = server.check("543", "strip 2", 3_000);
    assert_eq!(verdict, ItemVerdict::Genuine);
    let (_, verdict) = server.check("610", "strip 3", 4_000);
    assert_eq!(verdict, ItemVerdict::Counterfeit);
}

#[test]
fn a_server_without_the_plug_in_keeps_the_mark_and_the_outcome() {
    let mut server = Server::new(Registry::new());
    let (record, verdict) = server.check("543", "strip 1", 1_000);
    assert_eq!(record.outcome, Outcome::inconclusive(reasons::UNKNOWN_KIND));
    assert_eq!((record.kind, verdict), (kind(), ItemVerdict::Inconclusive));
    assert_eq!(Enrolment::parse(&server.marks).expect("what was stored").to_bytes(), server.marks);
}
