//! Golden bytes: the formats on wire and disk, frozen. A changed file here is a format decision and needs an ADR and a
//! version (`design.md` 4.12). `UPDATE_GOLDEN=1 cargo test -p tracelight-tests --test golden` writes them anew.

use std::collections::BTreeMap;
use std::path::PathBuf;
use tracelight_domain::governance::{
    ADDRESS_BYTES_MAX, GovernanceChange, NewMember, OPEN_MAX, OpenProposal, PENDING_SEATS_MAX, PendingSeat,
    ProposalStatus, Seat, SeatChange, VALIDATORS_MAX,
};
use tracelight_domain::gs1::{Date, Lot};
use tracelight_domain::ids::{BatchId, ChainId, Hash, ProposalId, RecallId, TxId};
use tracelight_domain::state::{
    Dispute, Event, EventKind, History, KeyPurpose, Level, LogisticStatus, MemberRole, ObjectId, ObjectState,
    RecallStatus, ShipmentStatus, Standing, StateBody, UnitStatus,
};
use tracelight_domain::tx::{
    Content, Correction, CorrectionReason, DisputeOutcome, DisputeReason, Input, Product, ProductKind, RecallClass,
    ShortOutcome, SignedTx, Transform, Tx, TxBody, UnitAction,
};
use tracelight_domain::verdict::Verdict;
use tracelight_proof::block::{encode_body, next_outcomes, txs_root};
use tracelight_proof::bundle::Certified;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::commitments::unit_leaf;
use tracelight_proof::log::LogHead;
use tracelight_proof::note::Checkpoint;
use tracelight_proof::receipt::Receipt;
use tracelight_proof::signed::{parse, tx_id};
use tracelight_proof::state_proof::VALUE_BYTES_MAX;
use tracelight_testkit::alliance::{
    anchor, batch, bundle_over, certify, genesis, gln, gtin, header, log, public, seal, shipment, sign, sscc, state,
    touch, unit,
};
use tracelight_testkit::snapshot::{Files, snapshot};

fn date(iso: &str) -> Date {
    Date::parse_iso(iso).expect("a date")
}

fn product() -> Product {
    Product {
        gtin: gtin(),
        name_en: "Paracetamol oral suspension".into(),
        name_zh: "对乙酰氨基酚混悬液".into(),
        detail: "100 ml, 2.4 g".into(),
        approval: "国药准字 H20260000".into(),
        hotline: "400 000 0000".into(),
        kind: ProductKind::Medicine,
    }
}

fn bodies() -> Vec<(&'static str, TxBody)> {
    let recall = RecallId([0x4e; 16]);
    let units = Content::Units { root: Hash([6; 32]), batches: vec![(batch(), 5)] };
    vec![
        ("register_device", TxBody::RegisterDevice { device: public(9), label: "line 2, Xi'an".into() }),
        ("register_product", TxBody::RegisterProduct(product())),
        (
            "register_batch",
            TxBody::RegisterBatch {
                batch: batch(),
                made_on: date("2026-11-03"),
                expires_on: date("2027-10"),
                quota: Hash([11; 32]),
            },
        ),
        ("seal_batch", TxBody::SealBatch(seal())),
        ("pack_units", TxBody::Pack { parent: sscc(1), content: units }),
        ("pack_cases", TxBody::Pack { parent: sscc(100), content: Content::Cases(vec![sscc(1), sscc(2)]) }),
        ("unpack", TxBody::Unpack { parent: sscc(100), cases: vec![sscc(2)] }),
        ("ship", TxBody::Ship { shipment: shipment(), to: gln(2), objects: vec![sscc(100)] }),
        ("receive", TxBody::Receive { shipment: shipment(), short: vec![sscc(2)], damaged: vec![sscc(1)] }),
        ("refuse", TxBody::Refuse { shipment: shipment() }),
        ("resolve_short", TxBody::ResolveShort { sscc: sscc(2), outcome: ShortOutcome::Lost }),
        ("unit_action", TxBody::UnitAction { touch: touch(2), action: UnitAction::Dispense }),
        (
            "open_recall",
            TxBody::OpenRecall { recall, batch: batch(), class: RecallClass::One, drill: false, notice: Hash([8; 32]) },
        ),
        ("approve_recall", TxBody::ApproveRecall { recall }),
        ("close_recall", TxBody::CloseRecall { recall }),
        ("anchor", TxBody::Anchor { log: Hash([9; 32]), size: 77, root: Hash([10; 32]) }),
        ("transform", TxBody::Transform(transform())),
        (
            "dispute",
            TxBody::Dispute { shipment: shipment(), reason: DisputeReason::Condition, evidence: Hash([12; 32]) },
        ),
        ("settle_dispute", TxBody::SettleDispute { shipment: shipment(), outcome: DisputeOutcome::ForReceiver }),
        ("correct", TxBody::Correct(correction())),
        ("vote", TxBody::Vote { proposal: proposal(), approve: true }),
        ("validator_ready", TxBody::ValidatorReady { height: 12_345, block: Hash([13; 32]) }),
    ]
}

fn lot(number: u8) -> BatchId {
    BatchId { gtin: gtin(), lot: Lot::parse(&format!("LOT{number}")).expect("a lot") }
}

fn transform() -> Transform {
    Transform {
        output: lot(3),
        made_on: date("2026-11-20"),
        expires_on: date("2027-10"),
        quota: Hash([11; 32]),
        inputs: vec![Input { batch: lot(1), cases: vec![sscc(1), sscc(2)] }, Input { batch: lot(2), cases: vec![] }],
    }
}

fn correction() -> Correction {
    Correction {
        object: ObjectId::Logistic(sscc(1)),
        seq: 3,
        tx: TxId([15; 32]),
        reason: CorrectionReason::WrongObject,
        replaced_by: Some(TxId([16; 32])),
    }
}

fn event() -> Event {
    Event {
        kind: EventKind::MissingOnArrival,
        height: 12,
        time_ms: 1_795_305_600_000,
        actor: gln(3),
        peer: Some(gln(2)),
        container: Some(sscc(100)),
        withdraws: None,
        tx: TxId([3; 32]),
    }
}

fn proposal() -> ProposalId {
    ProposalId([0x70; 16])
}

/// Every change that can be voted on.
fn changes() -> Vec<GovernanceChange> {
    let (member, address) = (gln(5), "node.example:4900".to_owned());
    let admitted = NewMember {
        gln: member,
        role: MemberRole::Pharmacy,
        name_en: "Second Pharmacy".into(),
        name_zh: "第二药房".into(),
        place_en: "Chengdu".into(),
        place_zh: "成都".into(),
        keys: vec![(public(6), KeyPurpose::Operator), (public(7), KeyPurpose::Approver)],
    };
    vec![
        GovernanceChange::AdmitMember(admitted),
        GovernanceChange::SuspendMember { member },
        GovernanceChange::ReinstateMember { member },
        GovernanceChange::RemoveMember { member },
        GovernanceChange::AddValidator { member, key: public(15), address: address.clone() },
        GovernanceChange::ReplaceValidator { old: public(11), new: public(16), address },
        GovernanceChange::RemoveValidator { key: public(12) },
        GovernanceChange::AddKey { member, key: public(8), purpose: KeyPurpose::Approver, from: 5_000 },
        GovernanceChange::RotateKey { old: public(1), new: public(9), at: 6_000 },
        GovernanceChange::RevokeKey { key: public(2), at: 7_000 },
    ]
}

fn states() -> Vec<(&'static str, StateBody)> {
    vec![
        ("member", StateBody::Member { role: MemberRole::Pharmacy, standing: Standing::Suspended }),
        (
            "key",
            StateBody::Key {
                member: gln(1),
                purpose: KeyPurpose::Device,
                from: 17,
                until: Some(9_000),
                next_nonce: 41,
            },
        ),
        ("product", StateBody::Product { maker: gln(1), kind: ProductKind::Food, facts: Hash([4; 32]) }),
        (
            "batch",
            StateBody::Batch {
                maker: gln(1),
                made_on: date("2026-11-03"),
                expires_on: date("2027-10"),
                quota: None,
                unit_root: Some(Hash([5; 32])),
                recalled: Some(RecallClass::Two),
            },
        ),
        (
            "unit",
            StateBody::Unit {
                lot: batch().lot,
                status: UnitStatus::Dispensed,
                custodian: gln(3),
                by: gln(3),
                since_ms: 1234,
            },
        ),
        (
            "logistic",
            StateBody::Logistic {
                status: LogisticStatus::Short(shipment()),
                custodian: gln(2),
                parent: Some(sscc(100)),
                content_root: Hash([6; 32]),
                content_count: 48,
                level: Level::Case,
            },
        ),
        (
            "shipment",
            StateBody::Shipment {
                from: gln(1),
                to: gln(2),
                status: ShipmentStatus::Disputed,
                objects: vec![sscc(100)],
                due_ms: 99,
                dispute: Some(Dispute {
                    by: gln(2),
                    reason: DisputeReason::Damage,
                    evidence: Hash([12; 32]),
                    before: ShipmentStatus::ReceivedInPart,
                    offer: Some((gln(1), DisputeOutcome::AsRecorded)),
                }),
            },
        ),
        (
            "recall",
            StateBody::Recall {
                batch: batch(),
                class: RecallClass::One,
                drill: true,
                status: RecallStatus::Approved,
                opened_by: public(4),
                opened_for: gln(4),
                notice: Hash([8; 32]),
            },
        ),
        ("log", StateBody::Log { size: 77, root: Hash([10; 32]) }),
        ("validators", validators()),
        (
            "proposal",
            StateBody::Proposal {
                change: GovernanceChange::RemoveValidator { key: public(12) },
                by: gln(1),
                forced: GovernanceChange::RemoveValidator { key: public(12) }.force_words(),
                approvals: vec![gln(1), gln(3)],
                objections: vec![gln(2)],
                status: ProposalStatus::Open,
                opened_ms: 1_795_305_600_000,
                closes_at: 8_000,
            },
        ),
        ("roll", StateBody::Roll { active: vec![gln(1), gln(2), gln(3)], admitted: 4 }),
        ("lineage", StateBody::Lineage { made_from: vec![lot(1), lot(2)], made_into: vec![lot(3)] }),
        ("agenda", StateBody::Agenda { open: vec![open_proposal(1, 8_000), open_proposal(4, 9_000)] }),
    ]
}

fn open_proposal(by: u64, closes_at: u64) -> OpenProposal {
    OpenProposal { proposal: proposal(), by: gln(by), opened_ms: 1_795_305_600_000, closes_at }
}

fn validators() -> StateBody {
    let seat = |number: u8, address: &str| Seat {
        key: public(number),
        member: gln(u64::from(number) - 10),
        address: address.to_owned(),
    };
    StateBody::Validators {
        seats: vec![seat(11, ""), seat(12, "node.example:4900")],
        pending: vec![PendingSeat { seat: seat(15, "[::1]:4901"), replaces: Some(public(11)), since: 77 }],
        changes: vec![SeatChange { height: 70, seats: 3 }],
        seats_min: 2,
        epoch_blocks: 600,
    }
}

fn formats() -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let chain = genesis().chain_id();
    for (name, body) in bodies() {
        let signed = sign(1, Tx { chain, key: public(1), nonce: 7, expires_at: 1000, body });
        out.insert(format!("tx/{name}"), signed.to_bytes());
        out.insert(format!("tx_id/{name}"), tx_id(&signed.tx).0.to_vec());
    }
    for change in changes() {
        let name = format!("tx/propose_{}", change.name());
        let forced = if change.name() == "remove_validator" { change.force_words() } else { String::new() };
        let body = TxBody::Propose { proposal: proposal(), change, closes_at: 8_000, forced };
        out.insert(name, sign(1, Tx { chain, key: public(1), nonce: 7, expires_at: 1000, body }).to_bytes());
    }
    for (name, body) in states() {
        let value = ObjectState { history: History { count: 3, head: Hash([7; 32]) }, body };
        out.insert(format!("state/{name}"), value.to_bytes());
    }
    out.insert("event".into(), event().to_bytes());
    let withdrawal = Event { kind: EventKind::Corrected, withdraws: Some(3), ..event() };
    out.insert("event/corrected".into(), withdrawal.to_bytes());
    let kinds = EventKind::ALL.iter().flat_map(|kind| kind.to_bytes()).collect();
    out.insert("event_kinds".into(), kinds);
    let bundle = bundle_over(&state(true), 2);
    out.insert("genesis".into(), genesis().to_bytes());
    out.insert("chain_id".into(), chain.0.to_vec());
    out.insert("header".into(), header(&state(true)).encode());
    out.insert("block_id".into(), header(&state(true)).id().0.to_vec());
    let certificate = certify(&genesis(), &header(&state(true)).encode(), &[11, 12, 14]);
    out.insert("certificate".into(), certificate);
    let certified =
        Certified { steps: Vec::new(), header: bundle.header.clone(), certificate: bundle.certificate.clone() };
    out.insert("certified".into(), certified.to_bytes());
    out.insert("anchor".into(), anchor().to_bytes());
    let head = LogHead { size: 11, root: header(&state(true)).log_root };
    out.insert("checkpoint".into(), Checkpoint { chain, head }.text().into_bytes());
    out.insert("verdict_receipt".into(), verdict_receipt(chain).to_bytes());
    out.insert("log_frontier".into(), log(10).to_bytes());
    let leaf_salt = touch(2).salt;
    out.insert("unit_leaf".into(), unit_leaf(gtin(), &batch().lot, &unit(2).serial, &leaf_salt).0.to_vec());
    out.insert("state_proof/present".into(), state(true).prove(&ObjectId::Batch(batch())).to_bytes());
    out.insert("state_proof/absent".into(), state(true).prove(&ObjectId::Unit(unit(2))).to_bytes());
    out.insert("bundle".into(), bundle.to_bytes());
    let txs = [b"one".as_slice(), b"two", b"three"];
    out.insert("body".into(), encode_body(&txs));
    out.insert("txs_root".into(), txs_root(&txs).0.to_vec());
    out.extend(snapshot_files());
    out.insert("outcomes".into(), next_outcomes(&Hash::ZERO, 5, &[0, 41, 0]).0.to_vec());
    out
}

/// A receipt with everything that one can hold.
fn verdict_receipt(chain: ChainId) -> Receipt {
    Receipt {
        chain,
        said_ms: 1_796_034_060_000,
        verdict: Verdict::FirstCheck,
        gtin: gtin(),
        lot: Some(batch().lot),
        serial: unit(2).serial,
        height: 11,
        as_of_ms: 1_796_034_059_000,
        bundle: Some(Hash([0x5b; 32])),
    }
}

/// Every kind of file of a snapshot.
fn snapshot_files() -> Vec<(String, Vec<u8>)> {
    let files = snapshot();
    let part = files.parts.iter().find(|part| part.iter().any(|entry| !entry.events.is_empty()));
    vec![
        ("snapshot/manifest".into(), files.manifest.to_bytes()),
        ("snapshot/state".into(), Files::file(part.expect("an object with a history"))),
        ("snapshot/blocks".into(), Files::file(&files.blocks)),
        ("snapshot/validators".into(), Files::file(&files.validators)),
        ("snapshot/nonces".into(), Files::file(&files.nonces)),
    ]
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/formats.txt")
}

#[test]
fn formats_are_frozen() {
    let now: String = formats()
        .iter()
        .map(|(name, bytes)| {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{name} {hex}\n")
        })
        .collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(file().parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(file(), &now).expect("the file can be written");
    }
    let golden = std::fs::read_to_string(file()).expect("tests/golden/formats.txt exists");
    for (golden, now) in golden.lines().zip(now.lines()) {
        assert_eq!(golden, now, "this format changed; that needs an ADR and a version");
    }
    assert_eq!(golden.lines().count(), now.lines().count(), "a format came or went");
}

#[test]
fn every_golden_transaction_and_state_reads_back_as_itself() {
    for (name, bytes) in formats() {
        if name.starts_with("tx/") {
            assert_eq!(parse(&bytes).expect(&name).to_bytes(), bytes, "{name}");
            for length in 0..bytes.len() {
                assert!(parse(&bytes[..length]).is_err(), "{name} cut to {length} bytes is still read");
            }
            let longer = [bytes.as_slice(), &[0]].concat();
            assert!(SignedTx::parse(&longer, longer.len(), "transaction").is_err(), "{name} with a byte more is read");
        } else if name.starts_with("state/") {
            assert_eq!(ObjectState::parse(&bytes, bytes.len(), "state").expect(&name).to_bytes(), bytes, "{name}");
        }
    }
}

#[test]
fn the_longest_agenda_fits_a_state_value() {
    let body = StateBody::Agenda { open: vec![open_proposal(9_999, u64::MAX); OPEN_MAX] };
    let value = ObjectState { history: History::EMPTY, body }.to_bytes();
    assert!(value.len() <= VALUE_BYTES_MAX, "{} bytes", value.len());
    assert!(ObjectState::parse(&value, VALUE_BYTES_MAX, "state").is_ok());
}

#[test]
fn the_largest_set_of_validators_fits_a_state_value() {
    let seat = || Seat { key: public(11), member: gln(1), address: "x".repeat(ADDRESS_BYTES_MAX) };
    let pending = || PendingSeat { seat: seat(), replaces: Some(public(12)), since: u64::MAX };
    let body = StateBody::Validators {
        seats: (0..VALIDATORS_MAX).map(|_| seat()).collect(),
        pending: (0..PENDING_SEATS_MAX).map(|_| pending()).collect(),
        changes: vec![SeatChange { height: u64::MAX, seats: 128 }; 42],
        seats_min: 4,
        epoch_blocks: 600,
    };
    let value = ObjectState { history: History::EMPTY, body }.to_bytes();
    assert!(value.len() <= VALUE_BYTES_MAX, "{} bytes", value.len());
    assert!(ObjectState::parse(&value, VALUE_BYTES_MAX, "state").is_ok());
}
