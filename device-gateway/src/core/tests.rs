//! The core on a real folder: every reason by name, group commit, and ends at any moment.

use super::*;
use crate::line::Sheet;
use crate::reading::Way;
use proptest::prelude::*;
use tracelight_api::Base64;
use tracelight_api::line::{Ack, AckOutcome, LineOp, Reading, ReadingBody};
use tracelight_client::keys::Signer;
use tracelight_domain::gs1::{Serial, Sscc};
use tracelight_domain::tx::TxBody;

const ORG: &str = "9506000134376";
const GTIN: &str = "09506000134352";
const LIMITS: Limits = Limits { segment_bytes_max: 4_000, total_bytes_max: 4_000_000 };

fn place(line: &str) -> Place {
    Place { org: ORG.into(), site: "xian".into(), line: line.into(), device: "scan".into() }
}

fn key() -> Signer {
    Signer::from_seed(&[4; 32])
}

fn setup(folder: &Path) -> Setup {
    let devices = ["l1", "l2"].map(|line| (place(line), Trust::Signed(tracelight_api::Text(key().public_key()))));
    Setup { folder: folder.to_owned(), devices: devices.into(), spool: LIMITS, quarantine: LIMITS }
}

fn sheet(lot: &str) -> Sheet {
    let issued = (0..200).map(|i| Serial::parse(&format!("S{i:03}")).expect("a serial")).collect();
    Sheet {
        batch: crate::line::batch_id(GTIN, lot).expect("a batch"),
        secret: [5; 32],
        issued,
        expires_on: None,
        quota: 200,
        sealed: false,
        line: "s/l1".to_owned(),
    }
}

struct Rig {
    folder: tempfile::TempDir,
    core: Core,
    seqs: BTreeMap<String, u64>,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let core = Core::open(setup(folder.path())).expect("opens").0;
        core.keep_sheet(&sheet("LOT1")).expect("keeps");
        core.keep_sheet(&sheet("LOT2")).expect("keeps");
        Self { folder, core, seqs: BTreeMap::new() }
    }

    /// Ends without any close, as a kill does, and opens again.
    fn crash(mut self) -> Self {
        drop(self.core);
        self.core = Core::open(setup(self.folder.path())).expect("opens again").0;
        self
    }

    fn body(&self, seq: u64, op: LineOp) -> Incoming {
        incoming("l1", &ReadingBody { boot: "00112233445566aa".into(), seq, ts_ms: 1, op }, &key())
    }

    fn handle(&mut self, incoming: &Incoming) -> Ack {
        self.core.handle(incoming, &Lookup::Kept).expect("a good disk")
    }

    /// The next reading of a line.
    fn send(&mut self, line: &str, op: LineOp) -> Ack {
        let seq = self.seqs.entry(line.to_owned()).or_default();
        let incoming =
            incoming(line, &ReadingBody { boot: "0123456789abcdef".into(), seq: *seq, ts_ms: 1, op }, &key());
        let ack = self.core.handle(&incoming, &Lookup::Kept).expect("a good disk");
        if matches!(ack.outcome, AckOutcome::Stored | AckOutcome::Quarantined) {
            *seq += 1;
        }
        ack
    }

    fn play(&mut self, line: &str, lot: &str, ops: impl IntoIterator<Item = LineOp>) {
        let open = LineOp::open(GTIN, lot);
        for op in std::iter::once(open).chain(ops) {
            let ack = self.send(line, op.clone());
            assert_eq!(ack.outcome, AckOutcome::Stored, "{op:?}: {ack:?}");
        }
    }
}

fn incoming(line: &str, body: &ReadingBody, key: &Signer) -> Incoming {
    let body = serde_json::to_string(body).expect("plain data");
    let sig = Base64(key.sign_reading(body.as_bytes()).expect("in memory").to_vec());
    let payload = serde_json::to_vec(&Reading { body, sig }).expect("plain data");
    Incoming { topic: place(line).topic("evt"), payload, way: Way::Broker, received_ms: 5, salt: [8; 16] }
}

fn code(lot: &str, i: u32) -> String {
    format!("]d201{GTIN}10{lot}\u{1d}21S{i:03}")
}

fn label(reference: u64) -> String {
    format!("]C100{}", Sscc::build(3, "9506000", reference).expect("a label"))
}

fn batch_ops(lot: &str, units: u32, first_label: u64) -> Vec<LineOp> {
    let mut ops: Vec<LineOp> = (0..units).map(|i| LineOp::Commission { raw: code(lot, i) }).collect();
    ops.extend((0..units).map(|i| LineOp::Pack { raw: code(lot, i) }));
    ops.push(LineOp::close_case(label(first_label)));
    ops.push(LineOp::Stack { raw: label(first_label) });
    ops.push(LineOp::close_pallet(label(first_label + 1)));
    ops.push(LineOp::close_batch());
    ops
}

#[test]
fn strangers_and_numbers_out_of_turn_get_their_named_answers_and_lose_nothing() {
    let mut rig = Rig::new();
    let garbage = Incoming { payload: b"{\"body\":1}".to_vec(), ..rig.body(0, LineOp::close_batch()) };
    let oversized = Incoming { payload: vec![b' '; 20_000], ..rig.body(0, LineOp::close_batch()) };
    let foreign_key = Signer::from_seed(&[9; 32]);
    let body = ReadingBody { boot: "00112233445566aa".into(), seq: 0, ts_ms: 1, op: LineOp::close_batch() };
    let forged = incoming("l1", &body, &foreign_key);
    let unknown = incoming("l9", &body, &key());
    for (incoming, reason) in [
        (&garbage, LineReason::Malformed),
        (&oversized, LineReason::Malformed),
        (&forged, LineReason::BadSignature),
        (&unknown, LineReason::UnknownDevice),
    ] {
        let ack = rig.handle(incoming);
        assert_eq!((ack.outcome, ack.reason), (AckOutcome::Quarantined, Some(reason)));
        assert!(ack.detail.is_some_and(|detail| !detail.is_empty()));
    }
    let open = LineOp::open(GTIN, "LOT1");
    let early = rig.body(3, open.clone());
    let ack = rig.handle(&early);
    assert_eq!((ack.outcome, ack.reason, ack.contiguous), (AckOutcome::Refused, Some(LineReason::SequenceGap), None));
    let first = rig.body(0, open);
    assert_eq!(rig.handle(&first).outcome, AckOutcome::Stored);
    let again = rig.handle(&first);
    assert_eq!((again.outcome, again.contiguous), (AckOutcome::AlreadyStored, Some(0)));
    let other = rig.body(0, LineOp::close_batch());
    let conflict = rig.handle(&other);
    assert_eq!((conflict.outcome, conflict.reason), (AckOutcome::Quarantined, Some(LineReason::Conflict)));
    // A bad read uses its number up, so that the line goes on.
    let bad = rig.body(1, LineOp::Commission { raw: "smudge".into() });
    let ack = rig.handle(&bad);
    let found = (ack.outcome, ack.reason, ack.contiguous);
    assert_eq!(found, (AckOutcome::Quarantined, Some(LineReason::BadRead), Some(1)));
    rig.core.sync().expect("a good disk");
    let mut kept = Vec::new();
    let disk = Arc::new(Folder::open(&rig.folder.path().join("quarantine")).expect("is there"));
    Spool::open(disk, LIMITS, 1, &mut |_, payload| {
        kept.push(Entry::parse(payload, RECORD_BYTES_MAX, "entry").expect("an entry"));
        Ok(())
    })
    .expect("reads");
    let reasons: Vec<_> = kept.iter().map(|entry| entry.fate).collect();
    let expected = [
        LineReason::Malformed,
        LineReason::Malformed,
        LineReason::BadSignature,
        LineReason::UnknownDevice,
        LineReason::Conflict,
        LineReason::BadRead,
    ];
    assert_eq!(reasons, expected.map(Fate::Quarantined));
    assert_eq!(kept.last().map(|entry| entry.payload.clone()), Some(bad.payload));
}

#[test]
fn opening_a_batch_needs_the_server_or_a_kept_copy() {
    let mut rig = Rig::new();
    let open = |lot: &str| LineOp::open(GTIN, lot);
    let unknown = rig.body(0, open("LOT9"));
    assert!(rig.core.wants(&unknown).is_some());
    let unreachable = Lookup::Unreachable("no route".into());
    let ack = rig.core.handle(&unknown, &unreachable).expect("a good disk");
    assert_eq!((ack.outcome, ack.reason), (AckOutcome::Refused, Some(LineReason::ServerUnreachable)));
    let ack = rig.core.handle(&unknown, &Lookup::Unknown).expect("a good disk");
    assert_eq!((ack.outcome, ack.reason), (AckOutcome::Quarantined, Some(LineReason::ForeignCode)));
    let kept = rig.body(1, open("LOT1"));
    let ack = rig.core.handle(&kept, &unreachable).expect("a good disk");
    assert_eq!(ack.outcome, AckOutcome::Stored, "a kept copy will do");
    let elsewhere = rig.send("l2", open("LOT1"));
    assert_eq!(elsewhere.reason, Some(LineReason::WrongStep), "it is open on line l1");
    rig.core.keep_sheet(&Sheet { sealed: true, ..sheet("LOT3") }).expect("keeps");
    assert_eq!(rig.send("l2", open("LOT3")).reason, Some(LineReason::WrongStep), "it is sealed");
    rig.core.keep_sheet(&Sheet { issued: Default::default(), ..sheet("LOT4") }).expect("keeps");
    let none = rig.send("l2", open("LOT4"));
    assert_eq!(none.reason, Some(LineReason::WrongStep), "another line holds its codes");
}

#[test]
fn a_full_spool_refuses_by_name_and_the_device_can_go_on_later() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let tight = Limits { segment_bytes_max: 2_000, total_bytes_max: 6_000 };
    let core = Core::open(Setup { spool: tight, ..setup(folder.path()) }).expect("opens").0;
    core.keep_sheet(&sheet("LOT1")).expect("keeps");
    let mut rig = Rig { folder, core, seqs: BTreeMap::new() };
    rig.play("l1", "LOT1", []);
    let mut stored = 0;
    let refused = loop {
        let ack = rig.send("l1", LineOp::Commission { raw: code("LOT1", stored) });
        if ack.outcome != AckOutcome::Stored {
            break ack;
        }
        stored += 1;
    };
    assert_eq!((refused.outcome, refused.reason), (AckOutcome::Refused, Some(LineReason::SpoolFull)));
    assert_eq!(refused.contiguous, Some(u64::from(stored)));
    let state = rig.core.line_states().remove(&place("l1").line_key()).expect("a line");
    assert_eq!(state.commissioned, u64::from(stored), "what was refused does not count");
    drop(rig.core);
    rig.core = Core::open(setup(rig.folder.path())).expect("opens with more room").0;
    assert_eq!(rig.send("l1", LineOp::Commission { raw: code("LOT1", stored) }).outcome, AckOutcome::Stored);
}

#[test]
fn what_is_final_leaves_the_disk_and_a_restart_neither_forgets_nor_repeats_it() {
    let mut rig = Rig::new();
    rig.play("l1", "LOT1", batch_ops("LOT1", 40, 1));
    rig.play("l2", "LOT2", batch_ops("LOT2", 10, 5).into_iter().take(15));
    rig.core.sync().expect("a good disk");
    let deeds: Vec<u64> = rig.core.deeds_where(|_| true, 100).iter().map(|(record, _)| *record).collect();
    assert_eq!(deeds.len(), 3);
    rig = rig.crash();
    assert_eq!(rig.core.deeds_where(|_| true, 100).iter().map(|(record, _)| *record).collect::<Vec<_>>(), deeds);
    let before = rig.core.spool_bytes();
    for record in deeds.iter().take(2) {
        rig.core.done(*record);
    }
    rig.core.tidy().expect("a good disk");
    assert_eq!(rig.core.spool_bytes(), before, "the seal is not final yet");
    rig.core.done(deeds[2]);
    let floor = rig.core.tidy().expect("a good disk");
    assert!(floor > deeds[2]);
    assert!(rig.core.spool_bytes() < before);
    rig = rig.crash();
    assert_eq!(rig.core.deeds_waiting(), 0, "nothing final comes back");
    let open = LineOp::open(GTIN, "LOT1");
    assert_eq!(rig.send("l1", open).reason, Some(LineReason::WrongStep), "a closed batch stays closed");
    // The other line goes on where it was.
    for op in batch_ops("LOT2", 10, 5).into_iter().skip(15) {
        assert_eq!(rig.send("l2", op).outcome, AckOutcome::Stored);
    }
    let deeds = rig.core.deeds_where(|_| true, 100);
    let seal = deeds.iter().find_map(|(_, deed)| match &deed.body {
        TxBody::SealBatch(seal) => Some(seal.unit_count),
        _ => None,
    });
    assert_eq!((deeds.len(), seal), (3, Some(10)));
}

#[test]
fn a_changed_reading_in_the_spool_stops_the_start() {
    let mut rig = Rig::new();
    rig.play("l1", "LOT1", [LineOp::Commission { raw: code("LOT1", 1) }]);
    rig.core.sync().expect("a good disk");
    std::fs::remove_dir_all(rig.folder.path().join("sheets")).expect("our folder");
    drop(rig.core);
    let error = Core::open(setup(rig.folder.path())).err().expect("the batch is gone").to_string();
    assert!(error.contains("spool") && error.contains("not in `sheets`"), "{error}");
}

fn any_op() -> impl Strategy<Value = LineOp> {
    let raw = prop_oneof![(0u32..12).prop_map(|i| code("LOT1", i)), (1u64..5).prop_map(label), ".{0,20}",];
    (0u8..8, raw).prop_map(|(kind, raw)| match kind {
        0 => LineOp::open(GTIN, "LOT1"),
        1 => LineOp::reject(raw),
        2 | 3 => LineOp::Commission { raw },
        4 => LineOp::Pack { raw },
        5 => LineOp::close_case(raw),
        6 => LineOp::Stack { raw },
        _ => LineOp::close_pallet(raw),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// Killed after any reading, the gateway comes back with the same counts, and a repetition changes nothing.
    #[test]
    fn an_end_at_any_moment_loses_nothing_and_doubles_nothing(ops in proptest::collection::vec((any_op(), any::<bool>()), 1..60)) {
        let mut rig = Rig::new();
        rig.play("l1", "LOT1", []);
        for (op, crash) in ops {
            let seq = rig.seqs["l1"];
            let body = ReadingBody { boot: "0123456789abcdef".into(), seq, ts_ms: 1, op: op.clone() };
            rig.send("l1", op);
            if crash {
                rig.core.sync().expect("a good disk");
                let (states, marks) = (rig.core.line_states(), rig.core.book.marks());
                let deeds = rig.core.deeds_where(|_| true, 100);
                rig = rig.crash();
                prop_assert_eq!(rig.core.line_states(), states);
                prop_assert_eq!(rig.core.book.marks(), marks);
                prop_assert_eq!(rig.core.deeds_where(|_| true, 100), deeds);
                let ack = rig.handle(&incoming("l1", &body, &key()));
                prop_assert_eq!(ack.outcome, AckOutcome::AlreadyStored);
            }
        }
    }

    #[test]
    fn no_payload_and_no_topic_make_the_core_panic(topic in ".{0,40}", payload in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,80}") {
        let mut rig = Rig::new();
        let good = place("l1").topic("evt");
        for topic in [&topic, &good] {
            for payload in [payload.clone(), text.clone().into_bytes()] {
                let ack = rig.handle(&Incoming { topic: topic.clone(), payload, way: Way::Broker, received_ms: 0, salt: [0; 16] });
                prop_assert_eq!(ack.outcome, AckOutcome::Quarantined);
            }
        }
        // A good signature over a body that is none.
        let sig = Base64(key().sign_reading(text.as_bytes()).expect("in memory").to_vec());
        let payload = serde_json::to_vec(&Reading { body: text, sig }).expect("plain data");
        let ack = rig.handle(&Incoming { topic: good, payload, way: Way::Broker, received_ms: 0, salt: [0; 16] });
        prop_assert_eq!(ack.reason, Some(LineReason::Malformed));
    }
}
