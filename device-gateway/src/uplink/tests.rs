//! The uplink against a chain that keeps the ledger's rules for device keys, and a server that can be away.

use super::*;
use crate::core::{Core, Incoming, Lookup, Setup};
use crate::line::{Sheet, batch_id};
use crate::reading::Way;
use crate::spool::{Folder, Limits};
use crate::topic::Place;
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use tracelight_api::Base64;
use tracelight_api::chain::{Receipt, TxOutcome};
use tracelight_api::line::{AckOutcome, LineOp, Reading, ReadingBody};
use tracelight_api::rest::line::{Manifest, ManifestStored};
use tracelight_client::keys::Signer;
use tracelight_domain::gs1::{Serial, Sscc};
use tracelight_domain::ids::{BatchId, ChainId, Height, PublicKey, TxId};
use tracelight_domain::rules::Refusal;
use tracelight_domain::tx::{SignedTx, TxBody};
use tracelight_proof::signed::{tx_id, verify};

const GTIN: &str = "09506000134352";

#[derive(Default)]
struct Ledger {
    height: Height,
    next_nonce: u64,
    /// Final: transaction, outcome.
    blocks: Vec<(SignedTx, Option<Refusal>)>,
    /// Parents and batches that exist.
    objects: BTreeSet<String>,
    /// Sentence while it does not answer.
    away: Option<&'static str>,
    /// Answers that get lost after the transactions were taken.
    lose_answers: u32,
    /// Refuses this parent before it is ordered.
    rejects: Option<Sscc>,
    /// Answers `pending` so often before anything becomes final.
    pending: u32,
}

#[derive(Clone, Default)]
struct FakeChain(Arc<Mutex<Ledger>>);

impl FakeChain {
    fn with<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        change(&mut self.0.lock().expect("not poisoned"))
    }
}

impl Ledger {
    fn receipt(tx: &SignedTx, outcome: TxOutcome, refusal: Option<Refusal>) -> Receipt {
        Receipt {
            tx_id: Some(tracelight_api::Text(tx_id(&tx.tx))),
            outcome,
            already: false,
            height: None,
            refusal: refusal.map(|refusal| refusal.name().to_owned()),
            detail: refusal.map(|refusal| refusal.text().to_owned()),
        }
    }

    fn take(&mut self, tx: &SignedTx) -> Receipt {
        verify(tx).expect("the gateway signs well");
        if let Some((_, outcome)) = self.blocks.iter().find(|(known, _)| tx_id(&known.tx) == tx_id(&tx.tx)) {
            let name = if outcome.is_some() { TxOutcome::Refused } else { TxOutcome::Applied };
            return Self::receipt(tx, name, *outcome);
        }
        let reject = |refusal| Self::receipt(tx, TxOutcome::Rejected, Some(refusal));
        if tx.tx.expires_at < self.height {
            return reject(Refusal::Expired);
        }
        match tx.tx.nonce.cmp(&self.next_nonce) {
            std::cmp::Ordering::Less => return Self::receipt(tx, TxOutcome::Conflict, Some(Refusal::NonceUsed)),
            std::cmp::Ordering::Greater => return reject(Refusal::NonceGap),
            std::cmp::Ordering::Equal => {}
        }
        if self.pending > 0 {
            self.pending -= 1;
            return Self::receipt(tx, TxOutcome::Pending, None);
        }
        let object = match &tx.tx.body {
            TxBody::Pack { parent, .. } if Some(*parent) == self.rejects => return reject(Refusal::AlreadyExists),
            TxBody::Pack { parent, .. } => parent.to_string(),
            TxBody::SealBatch(seal) => seal.batch.to_string(),
            other => panic!("a gateway does not send {other:?}"),
        };
        let refusal = (!self.objects.insert(object)).then_some(Refusal::AlreadyExists);
        self.next_nonce += 1;
        self.height += 1;
        self.blocks.push((tx.clone(), refusal));
        Self::receipt(tx, if refusal.is_some() { TxOutcome::Refused } else { TxOutcome::Applied }, refusal)
    }
}

#[async_trait]
impl Chain for FakeChain {
    fn id(&self) -> ChainId {
        ChainId([7; 32])
    }
    async fn height(&self) -> Result<Height, LinkError> {
        self.with(|ledger| match ledger.away {
            Some(why) => Err(LinkError::Unreachable(why.to_owned())),
            None => Ok(ledger.height),
        })
    }
    async fn next_nonce(&self, _key: PublicKey) -> Result<Option<u64>, LinkError> {
        Ok(Some(self.with(|ledger| ledger.next_nonce)))
    }
    async fn submit(&self, txs: &[SignedTx], _wait_ms: u64) -> Result<Vec<Receipt>, LinkError> {
        self.with(|ledger| {
            let receipts = txs.iter().map(|tx| ledger.take(tx)).collect();
            if ledger.lose_answers > 0 {
                ledger.lose_answers -= 1;
                return Err(LinkError::Unreachable("the answer got lost".to_owned()));
            }
            Ok(receipts)
        })
    }
}

#[derive(Clone, Default)]
struct FakeOffice(Arc<Mutex<(Vec<Manifest>, Option<LinkError>)>>);

#[async_trait]
impl Office for FakeOffice {
    async fn batch(&self, _batch: &BatchId, _line: &str) -> Result<Option<Sheet>, LinkError> {
        Ok(None)
    }
    async fn store(&self, manifest: &Manifest) -> Result<ManifestStored, LinkError> {
        let mut state = self.0.lock().expect("not poisoned");
        if let Some(error) = &state.1 {
            return Err(error.clone());
        }
        state.0.push(manifest.clone());
        Ok(ManifestStored { already: false, checked: true })
    }
}

struct Rig {
    folder: tempfile::TempDir,
    chain: FakeChain,
    office: FakeOffice,
    core: Arc<Mutex<Core>>,
    uplink: Uplink,
    seq: u64,
}

fn open(folder: &Path, chain: &FakeChain, office: &FakeOffice) -> Result<(Arc<Mutex<Core>>, Uplink), UplinkError> {
    let place = Place { org: "o".into(), site: "s".into(), line: "l".into(), device: "d".into() };
    let device = Signer::from_seed(&[4; 32]).public_key();
    let limits = Limits { segment_bytes_max: 2_000, total_bytes_max: 1_000_000 };
    let setup = Setup {
        folder: folder.to_owned(),
        devices: BTreeMap::from([(place, crate::reading::Trust::Signed(tracelight_api::Text(device)))]),
        spool: limits,
        quarantine: limits,
    };
    let core = Arc::new(Mutex::new(Core::open(setup)?.0));
    let disk = Folder::open(&folder.join("outbox")).expect("our folder");
    let outbox = Outbox::open(Arc::new(disk))?.0;
    let uplink = Uplink::new(
        Arc::clone(&core),
        outbox,
        Arc::new(chain.clone()),
        Arc::new(office.clone()),
        Signer::from_seed(&[6; 32]),
        folder.join("dead-letters.jsonl"),
    )?;
    Ok((core, uplink))
}

impl Rig {
    fn new() -> Self {
        let (folder, chain, office) =
            (tempfile::tempdir().expect("a folder"), FakeChain::default(), FakeOffice::default());
        let (core, uplink) = open(folder.path(), &chain, &office).expect("opens");
        Self { folder, chain, office, core, uplink, seq: 0 }
    }

    /// Ends as a kill does and opens again.
    fn crash(self) -> Self {
        let Self { folder, chain, office, core, uplink, seq } = self;
        drop((core, uplink));
        let (core, uplink) = open(folder.path(), &chain, &office).expect("opens again");
        Self { folder, chain, office, core, uplink, seq }
    }

    fn send(&mut self, op: LineOp) {
        let body = ReadingBody { boot: "0123456789abcdef".into(), seq: self.seq, ts_ms: 1, op };
        let body = serde_json::to_string(&body).expect("plain data");
        let sig = Base64(Signer::from_seed(&[4; 32]).sign_reading(body.as_bytes()).expect("in memory").to_vec());
        let payload = serde_json::to_vec(&Reading { body, sig }).expect("plain data");
        let incoming =
            Incoming { topic: "tt/v1/o/s/l/d/evt".into(), payload, way: Way::Broker, received_ms: 1, salt: [3; 16] };
        let mut core = lock(&self.core);
        let ack = core.handle(&incoming, &Lookup::Kept).expect("a good disk");
        assert_eq!(ack.outcome, AckOutcome::Stored, "{ack:?}");
        core.sync().expect("a good disk");
        self.seq += 1;
    }

    /// A batch of `cases` cases with two packs each.
    fn batch(&mut self, lot: &str, cases: u64) {
        let issued = (0..2 * cases).map(|i| Serial::parse(&format!("S{i}")).expect("a serial")).collect();
        let batch = batch_id(GTIN, lot).expect("a batch");
        let sheet = Sheet {
            batch,
            secret: [1; 32],
            issued,
            expires_on: None,
            quota: 2 * cases,
            sealed: false,
            line: String::new(),
        };
        lock(&self.core).keep_sheet(&sheet).expect("keeps");
        self.send(LineOp::open(GTIN, lot));
        for case in 0..cases {
            for unit in [2 * case, 2 * case + 1] {
                let raw = format!("(01){GTIN}(10){lot}(21)S{unit}");
                self.send(LineOp::Commission { raw: raw.clone() });
                self.send(LineOp::Pack { raw });
            }
            let reference = case + 1_000 * u64::from(lot.as_bytes()[0]);
            self.send(LineOp::close_case(format!("(00){}", sscc(reference))));
        }
        self.send(LineOp::close_batch());
    }

    async fn rounds(&mut self, max: usize) {
        for _ in 0..max {
            if self.uplink.round(10).await.is_ok_and(|round| round.waiting == 0) {
                return;
            }
        }
    }

    fn applied(&self) -> Vec<TxBody> {
        let applied = |(tx, refusal): &(SignedTx, Option<Refusal>)| refusal.is_none().then(|| tx.tx.body.clone());
        self.chain.with(|ledger| ledger.blocks.iter().filter_map(applied).collect())
    }

    /// Nothing lost, nothing doubled: each deed once on the chain, in order, without a refusal, its list with the server.
    #[track_caller]
    fn assert_all_once(&self, batches: usize, cases: usize) {
        assert_eq!(self.chain.with(|ledger| ledger.blocks.len()), batches + cases);
        let bodies = self.applied();
        let seals = bodies.iter().filter(|body| matches!(body, TxBody::SealBatch(_))).count();
        assert_eq!((bodies.len(), seals), (batches + cases, batches));
        assert_eq!(lock(&self.core).deeds_waiting(), 0);
        let lists = self.office.0.lock().expect("not poisoned").0.clone();
        let distinct: BTreeSet<String> = lists.iter().map(|list| format!("{list:?}")).collect();
        assert_eq!(distinct.len(), batches + cases);
        let ids: BTreeSet<TxId> = self.chain.with(|l| l.blocks.iter().map(|(tx, _)| tx_id(&tx.tx)).collect());
        for list in &lists {
            let (Manifest::Batch { tx_id, .. } | Manifest::Case { tx_id, .. }) = list;
            assert!(ids.contains(&TxId::parse_hex(tx_id).expect("an id")), "the list names its transaction");
        }
    }

    fn dead_letters(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.path().join("dead-letters.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a letter")).collect()
    }
}

fn sscc(reference: u64) -> Sscc {
    Sscc::build(3, "9506000", reference).expect("a label")
}

#[tokio::test]
async fn deeds_go_up_once_each_in_order_and_leave_the_disk() {
    let mut rig = Rig::new();
    rig.batch("A", 5);
    rig.rounds(3).await;
    rig.assert_all_once(1, 5);
    let before = lock(&rig.core).spool_bytes();
    for lot in ["B", "C"] {
        rig.batch(lot, 5);
        rig.rounds(3).await;
    }
    rig.assert_all_once(3, 15);
    assert!(lock(&rig.core).spool_bytes() <= before + 2_000, "what is final is deleted");
    assert!(rig.dead_letters().is_empty());
}

#[tokio::test]
async fn a_kill_at_any_point_sends_the_same_bytes_again() {
    for lost in 0..4 {
        let mut rig = Rig::new();
        rig.batch("A", 3);
        rig.chain.with(|ledger| ledger.lose_answers = lost);
        for _ in 0..6 {
            let _ = rig.uplink.round(10).await;
            rig = rig.crash();
        }
        rig.rounds(3).await;
        rig.assert_all_once(1, 3);
        rig = rig.crash();
        rig.rounds(3).await;
        rig.assert_all_once(1, 3);
        assert!(rig.dead_letters().is_empty());
    }
}

#[tokio::test]
async fn while_the_chain_is_away_everything_waits_and_then_goes_up() {
    let mut rig = Rig::new();
    rig.chain.with(|ledger| ledger.away = Some("no route"));
    for lot in ["A", "B", "C", "D"] {
        rig.batch(lot, 30);
        assert!(rig.uplink.round(10).await.is_err_and(|error| error.is_passing()));
        rig = rig.crash();
    }
    rig.chain.with(|ledger| (ledger.away, ledger.pending) = (None, 3));
    rig.rounds(10).await;
    rig.assert_all_once(4, 120);
}

#[tokio::test]
async fn an_expired_transaction_is_signed_again_under_its_nonce() {
    let mut rig = Rig::new();
    rig.batch("A", 2);
    rig.chain.with(|ledger| ledger.pending = 100);
    rig.rounds(2).await;
    rig.chain.with(|ledger| (ledger.pending, ledger.height) = (0, 1_000_000));
    rig.rounds(4).await;
    rig.assert_all_once(1, 2);
    let nonces: Vec<u64> = rig.chain.with(|ledger| ledger.blocks.iter().map(|(tx, _)| tx.tx.nonce).collect());
    assert_eq!(nonces, [0, 1, 2]);
}

#[tokio::test]
async fn a_nonce_that_somebody_else_used_is_passed_over() {
    let mut rig = Rig::new();
    rig.batch("A", 2);
    rig.chain.with(|ledger| ledger.pending = 100);
    rig.rounds(1).await;
    rig.chain.with(|ledger| (ledger.pending, ledger.next_nonce) = (0, 5));
    rig.rounds(4).await;
    rig.assert_all_once(1, 2);
}

#[tokio::test]
async fn a_refused_deed_is_a_dead_letter_with_its_rule_and_the_rest_goes_on() {
    let mut rig = Rig::new();
    let taken = sscc(1_000 * u64::from(b'A') + 1);
    rig.chain.with(|ledger| ledger.objects.insert(taken.to_string()));
    rig.batch("A", 3);
    rig.rounds(4).await;
    assert_eq!(lock(&rig.core).deeds_waiting(), 0);
    assert_eq!(rig.applied().len(), 3);
    let letters = rig.dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!((&letters[0]["refusal"], &letters[0]["what"]), (&"already_exists".into(), &"transaction".into()));
    assert_eq!(rig.office.0.lock().expect("not poisoned").0.len(), 3, "no list for what is not there");
}

#[tokio::test]
async fn a_deed_that_no_node_takes_is_given_up_after_a_while_and_its_nonce_goes_to_the_next() {
    let mut rig = Rig::new();
    rig.chain.with(|ledger| ledger.rejects = Some(sscc(1_000 * u64::from(b'A') + 1)));
    rig.batch("A", 3);
    for round in 0..20 {
        let _ = rig.uplink.round(10).await;
        if round == 4 {
            assert!(rig.dead_letters().is_empty(), "not given up at once");
        }
    }
    let nonces: Vec<u64> = rig.chain.with(|ledger| ledger.blocks.iter().map(|(tx, _)| tx.tx.nonce).collect());
    assert_eq!(nonces, [0, 1, 2]);
    assert_eq!((rig.dead_letters().len(), lock(&rig.core).deeds_waiting()), (1, 0));
    rig = rig.crash();
    rig.batch("B", 1);
    rig.rounds(3).await;
    assert_eq!(rig.chain.with(|ledger| ledger.next_nonce), 5);
}

#[tokio::test]
async fn lists_wait_for_the_server_and_a_definite_no_is_kept_for_people() {
    let mut rig = Rig::new();
    rig.office.0.lock().expect("not poisoned").1 = Some(LinkError::Unreachable("down".into()));
    rig.batch("A", 2);
    for _ in 0..3 {
        let round = rig.uplink.round(10).await.expect("the chain is there");
        assert_eq!(round.waiting, 3);
        rig = rig.crash();
    }
    rig.office.0.lock().expect("not poisoned").1 = None;
    rig.rounds(3).await;
    rig.assert_all_once(1, 2);
    rig.office.0.lock().expect("not poisoned").1 = Some(LinkError::Refused("manifest_mismatch".into()));
    rig.batch("B", 1);
    rig.rounds(4).await;
    assert_eq!(lock(&rig.core).deeds_waiting(), 0);
    assert!(rig.dead_letters().iter().all(|letter| letter["what"] == "manifest"));
    assert_eq!(rig.dead_letters().len(), 2);
}

#[tokio::test]
async fn an_outbox_of_another_gateway_is_not_used() {
    let mut rig = Rig::new();
    rig.batch("A", 2);
    rig.chain.with(|ledger| ledger.pending = 100);
    let _ = rig.uplink.round(10).await;
    let Rig { folder, chain, office, core, uplink, .. } = rig;
    drop((core, uplink));
    std::fs::remove_dir_all(folder.path().join("spool")).expect("our folder");
    let error = open(folder.path(), &chain, &office).err().expect("does not open");
    assert!(matches!(error, UplinkError::Mismatch(_)), "{error}");
}
