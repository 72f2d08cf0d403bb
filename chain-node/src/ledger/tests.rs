use super::checked::{CheckedTx, SeenTxs};
use super::signatures::{TxFault, check_all};
use super::*;
use ed25519_dalek::SigningKey;
use std::convert::Infallible;
use tracelight_domain::gs1::Gln;
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::{LogisticStatus, MemberRole, UnitStatus};
use tracelight_domain::tx::TxBody;
use tracelight_proof::genesis::{EPOCH_BLOCKS, GenesisMember, SUITE_SHA256_ED25519};

#[path = "../../tests/common/goods.rs"]
pub(crate) mod goods;

use goods::{Goods, public, sign};

pub(crate) const GENESIS_MS: u64 = 1_790_000_000_000;

/// Four members with fixed keys, in the order manufacturer, logistics, pharmacy, regulator.
pub(crate) struct Alliance {
    pub genesis: Genesis,
    pub operators: Vec<SigningKey>,
    pub approvers: Vec<SigningKey>,
    pub glns: Vec<MemberId>,
    nonce: u64,
}

pub(crate) fn alliance() -> Alliance {
    let key = |purpose: u8, member: usize| {
        SigningKey::from_bytes(&[purpose * 16 + u8::try_from(member).expect("four members"); 32])
    };
    let roles = [MemberRole::Manufacturer, MemberRole::Logistics, MemberRole::Pharmacy, MemberRole::Regulator];
    let glns: Vec<MemberId> = (1..=4).map(|i| Gln::build("6901234", i).expect("a small number")).collect();
    let members = roles.iter().zip(&glns).enumerate().map(|(index, (role, gln))| GenesisMember {
        gln: *gln,
        role: *role,
        name_en: format!("{role:?}"),
        name_zh: "成员".to_owned(),
        place_en: "Here".to_owned(),
        place_zh: "这里".to_owned(),
        validator: public(&key(1, index)),
        keys: vec![(public(&key(2, index)), KeyPurpose::Operator), (public(&key(3, index)), KeyPurpose::Approver)],
    });
    let genesis = Genesis {
        suite: SUITE_SHA256_ED25519,
        name: "Test".to_owned(),
        time_ms: GENESIS_MS,
        epoch_blocks: EPOCH_BLOCKS,
        members: members.collect(),
        witnesses: Vec::new(),
    };
    genesis.check().expect("a sound genesis");
    let keys = |purpose| (0..4).map(|member| key(purpose, member)).collect();
    Alliance { genesis, operators: keys(2), approvers: keys(3), glns, nonce: 0 }
}

impl Alliance {
    /// A member's signed transaction with the next unused nonce.
    pub(crate) fn sign(&mut self, member: usize, body: TxBody) -> Vec<u8> {
        self.nonce += 1;
        let approver = matches!(body, TxBody::ApproveRecall { .. } | TxBody::Vote { .. });
        let key = if approver { &self.approvers[member] } else { &self.operators[member] };
        sign(key, self.genesis.chain_id(), self.nonce, 1_000, body)
    }

    /// The way of a batch from its maker to a patient and through a recall, one list of transactions a block.
    pub(crate) fn story(&mut self, goods: &Goods) -> Vec<Vec<Vec<u8>>> {
        let pharmacy = self.glns[2];
        let mut blocks = Vec::new();
        let made = [goods.register_product(), goods.register_batch(), goods.seal(), goods.pack()];
        blocks.push(made.into_iter().map(|body| self.sign(0, body)).collect());
        blocks.push(vec![self.sign(0, goods.ship(pharmacy))]);
        blocks.push(Vec::new());
        blocks.push(vec![self.sign(2, goods.receive()), self.sign(2, goods.dispense(0))]);
        blocks.push(vec![self.sign(3, goods.open_recall()), self.sign(3, goods.approve_recall())]);
        blocks
    }
}

pub(crate) fn checked(bytes: &[Vec<u8>]) -> Vec<Arc<CheckedTx>> {
    let bytes: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
    check_all(&SeenTxs::default(), &bytes).into_iter().map(|tx| tx.expect("well signed")).collect()
}

/// The state in memory.
#[derive(Clone, Default)]
struct Memory {
    objects: BTreeMap<ObjectId, ObjectState>,
    nonces: BTreeMap<(PublicKey, u64), TxId>,
    events: BTreeMap<(ObjectId, u32), Event>,
}

impl View for Memory {
    type Error = Infallible;

    fn object(&self, id: &ObjectId) -> Result<Option<ObjectState>, Infallible> {
        Ok(self.objects.get(id).cloned())
    }

    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, Infallible> {
        Ok(self.events.get(&(id.clone(), seq)).cloned())
    }

    fn nonce_owner(&self, key: &PublicKey, nonce: u64) -> Result<Option<TxId>, Infallible> {
        Ok(self.nonces.get(&(*key, nonce)).copied())
    }

    fn block_id(&self, height: Height) -> Result<Option<Hash>, Infallible> {
        // Every block of these tests has the id that its height gives.
        Ok(Some(Hash([u8::try_from(height % 251).expect("below 251"); 32])))
    }
}

impl Memory {
    fn new(genesis: &Genesis) -> Self {
        Self { objects: genesis.objects().into_iter().collect(), nonces: BTreeMap::new(), events: BTreeMap::new() }
    }

    fn run(&mut self, chain: ChainId, height: Height, txs: &[Vec<u8>]) -> BlockEffects {
        let input = BlockInput { chain, height, time_ms: GENESIS_MS + height * 1_000, txs: &checked(txs) };
        let Ok(effects) = execute(self, input);
        let Ok(again) = execute(self, input);
        assert_eq!(effects, again, "the same block gives the same effects");
        self.objects.extend(effects.objects.clone());
        self.nonces.extend(effects.nonces.clone());
        let placed = effects.events.iter().cloned();
        self.events.extend(placed.map(|it| ((it.object, it.seq), it.event)));
        effects
    }

    fn body(&self, id: ObjectId) -> StateBody {
        self.objects.get(&id).expect("the object exists").body.clone()
    }
}

#[test]
fn goods_travel_from_maker_to_patient_and_are_recalled() {
    let mut alliance = alliance();
    let (chain, goods) = (alliance.genesis.chain_id(), Goods::new(1));
    let mut state = Memory::new(&alliance.genesis);
    let mut events: Vec<PlacedEvent> = Vec::new();
    for (height, txs) in (1..).zip(alliance.story(&goods)) {
        let effects = state.run(chain, height, &txs);
        assert!(effects.outcomes.iter().all(|code| *code == APPLIED), "block {height}: {:?}", effects.outcomes);
        events.extend(effects.events);
    }
    let unit = state.body(ObjectId::Unit(goods.touch(0).unit));
    assert!(
        matches!(unit, StateBody::Unit { status: UnitStatus::Dispensed, custodian, .. } if custodian == alliance.glns[2])
    );
    let case = state.body(ObjectId::Logistic(goods.case));
    assert!(
        matches!(case, StateBody::Logistic { status: LogisticStatus::InStock, custodian, .. } if custodian == alliance.glns[2])
    );
    assert!(matches!(state.body(ObjectId::Batch(goods.batch.clone())), StateBody::Batch { recalled: Some(_), .. }));
    // Each object's events are its whole history, in order.
    for (id, object) in &state.objects {
        let own: Vec<&PlacedEvent> = events.iter().filter(|placed| placed.object == *id).collect();
        assert!(own.iter().zip(0u32..).all(|(placed, seq)| placed.seq == seq));
        let own: Vec<Event> = own.into_iter().map(|placed| placed.event.clone()).collect();
        assert!(history::is_complete(&own, &object.history), "{id:?}");
    }
    // A recalled pack is not supplied.
    let refused = alliance.sign(2, goods.dispense(1));
    assert_eq!(state.run(chain, 9, &[refused]).outcomes, [Refusal::BatchRecalled.code()]);
}

#[test]
fn a_refused_transaction_changes_nothing_but_its_turn() {
    let mut alliance = alliance();
    let (chain, goods) = (alliance.genesis.chain_id(), Goods::new(1));
    let mut state = Memory::new(&alliance.genesis);
    let wrong_role = alliance.sign(1, goods.register_product());
    let effects = state.run(chain, 1, std::slice::from_ref(&wrong_role));
    assert_eq!(effects.outcomes, [Refusal::WrongRole.code()]);
    assert!(effects.objects.is_empty() && effects.events.is_empty());
    assert_eq!(effects.nonces.len(), 1, "its nonce is used up");
    // Ordered again by a faulty leader, in a later block and twice in one.
    let again = state.run(chain, 2, &[wrong_role.clone(), wrong_role]);
    assert_eq!(again.outcomes, [Refusal::NonceUsed.code(); 2]);
    // Not admitted: not even the nonce is used up.
    let expired = sign(&alliance.operators[0], chain, 77, 3, goods.register_product());
    let effects = state.run(chain, 4, &[expired]);
    assert_eq!(effects.outcomes, [Refusal::Expired.code()]);
    assert_eq!(
        effects,
        BlockEffects { outcomes: effects.outcomes.clone(), tx_ids: effects.tx_ids.clone(), ..BlockEffects::default() }
    );
    let fresh = sign(&alliance.operators[0], chain, 77, 100, goods.register_product());
    assert_eq!(state.run(chain, 5, &[fresh]).outcomes, [APPLIED]);
}

#[test]
fn a_devices_nonce_moves_with_each_of_its_turns() {
    let mut alliance = alliance();
    let (chain, goods) = (alliance.genesis.chain_id(), Goods::new(1));
    let mut state = Memory::new(&alliance.genesis);
    let device = SigningKey::from_bytes(&[99; 32]);
    let label = "line 1".to_owned();
    let setup: Vec<_> =
        [TxBody::RegisterDevice { device: public(&device), label }, goods.register_product(), goods.register_batch()]
            .into_iter()
            .map(|body| alliance.sign(0, body))
            .collect();
    assert_eq!(state.run(chain, 1, &setup).outcomes, [APPLIED; 3]);
    let turn = |nonce, body| sign(&device, chain, nonce, 100, body);
    let txs = [
        turn(1, goods.pack()),
        turn(0, goods.seal()),
        turn(1, goods.pack()),
        turn(2, goods.seal()),
        turn(2, goods.pack()),
    ];
    let expected = [Refusal::NonceGap.code(), APPLIED, APPLIED, Refusal::BatchSealed.code(), Refusal::NonceUsed.code()];
    assert_eq!(state.run(chain, 2, &txs).outcomes, expected);
    let key = state.body(ObjectId::Key(public(&device)));
    assert!(matches!(key, StateBody::Key { next_nonce: 3, .. }));
}

#[test]
fn signatures_are_checked_once_and_exactly() {
    let mut alliance = alliance();
    let good = alliance.sign(0, Goods::new(1).register_product());
    let mut forged = good.clone();
    *forged.last_mut().expect("a signature") ^= 1;
    // A key of small order with a signature that nobody made: it verifies under ZIP-215 and must not count.
    let mut small = tracelight_proof::signed::parse(&good).expect("a transaction");
    small.tx.key = PublicKey([0; 32]);
    small.tx.key.0[0] = 1;
    small.signature = [0; 64];
    small.signature[0] = 1;
    assert!(tracelight_proof::signed::verify(&small).is_ok(), "the bare signature rule accepts it");
    let small = tracelight_proof::codec::Canonical::to_bytes(&small);
    let seen = SeenTxs::default();
    let answers = check_all(&seen, &[&good, &forged, &small, b"?", &good]);
    assert!(answers[0].is_ok() && answers[4].is_ok());
    assert_eq!(answers[1].as_ref().err(), Some(&TxFault::BadSignature));
    assert_eq!(answers[2].as_ref().err(), Some(&TxFault::BadSignature));
    assert!(matches!(answers[3], Err(TxFault::Malformed(_))));
    // The good one is remembered; neighbours with other signatures are not taken for it.
    let key = checked::bytes_key(&good);
    assert!(seen.get(&key).is_some() && seen.get(&checked::bytes_key(&forged)).is_none());
    let again = check_all(&seen, &[&good, &forged]);
    assert!(again[0].is_ok() && again[1].is_err());
}
