use super::*;
use crate::ledger::tests::goods::{Goods, public, sign};
use crate::ledger::tests::{alliance, checked};
use ed25519_dalek::SigningKey;

const LIMITS: BlockLimits = BlockLimits { txs_max: 100, bytes_max: 100_000 };

fn pool(txs_max: usize) -> Mempool {
    Mempool::new(MempoolLimits { txs_max, bytes_max: 1 << 20 })
}

fn tx(key: &SigningKey, nonce: u64, expires_at: Height, number: u64) -> Arc<CheckedTx> {
    let chain = alliance().genesis.chain_id();
    checked(&[sign(key, chain, nonce, expires_at, Goods::new(number).register_product())]).remove(0)
}

fn nonces(chosen: &[Arc<CheckedTx>]) -> Vec<u64> {
    chosen.iter().map(|tx| tx.signed.tx.nonce).collect()
}

#[test]
fn full_means_busy_and_nothing_is_pushed_out() {
    let key = SigningKey::from_bytes(&[1; 32]);
    let mut pool = pool(2);
    assert_eq!(pool.offer(tx(&key, 1, 10, 1), KeyTurn::Any), Offered::Added);
    assert_eq!(pool.offer(tx(&key, 1, 10, 1), KeyTurn::Any), Offered::Known);
    let other = tx(&key, 1, 10, 2);
    assert_eq!(pool.offer(other, KeyTurn::Any), Offered::Conflict(tx(&key, 1, 10, 1).id));
    assert_eq!(pool.offer(tx(&key, 2, 10, 3), KeyTurn::Any), Offered::Added);
    assert_eq!(pool.offer(tx(&key, 3, 10, 4), KeyTurn::Any), Offered::Busy);
    assert_eq!(nonces(&pool.select(1, LIMITS, &HashSet::new(), |_| 0)), [1, 2]);
    let mut tight = Mempool::new(MempoolLimits { txs_max: 10, bytes_max: 300 });
    assert_eq!(tight.offer(tx(&key, 1, 10, 1), KeyTurn::Any), Offered::Added);
    assert_eq!(tight.offer(tx(&key, 2, 10, 2), KeyTurn::Any), Offered::Busy);
}

#[test]
fn a_devices_transactions_come_out_gapless() {
    let device = SigningKey::from_bytes(&[2; 32]);
    let mut pool = pool(100);
    for nonce in [6, 4, 8, 5] {
        pool.offer(tx(&device, nonce, 10, nonce), KeyTurn::Next(4));
    }
    assert_eq!(nonces(&pool.select(1, LIMITS, &HashSet::new(), |_| 4)), [4, 5, 6]);
    assert!(pool.select(1, LIMITS, &HashSet::new(), |_| 3).is_empty());
    // An expired one in the middle stops those behind it.
    pool.offer(tx(&device, 7, 2, 7), KeyTurn::Next(4));
    assert_eq!(nonces(&pool.select(3, LIMITS, &HashSet::new(), |_| 4)), [4, 5, 6]);
    assert_eq!(nonces(&pool.select(2, LIMITS, &HashSet::new(), |_| 4)), [4, 5, 6, 7, 8]);
    let two = BlockLimits { txs_max: 2, ..LIMITS };
    assert_eq!(nonces(&pool.select(1, two, &HashSet::new(), |_| 4)), [4, 5]);
    // After the chain has taken nonces below 8 through another node, only 8 is of use.
    pool.settle(&[], 1, &BTreeMap::from([(public(&device), 8)]));
    assert_eq!(nonces(&pool.waiting_since(u64::MAX, usize::MAX)), [8]);
}

#[test]
fn what_is_executed_ordered_or_expired_is_not_chosen() {
    let key = SigningKey::from_bytes(&[1; 32]);
    let mut pool = pool(100);
    let txs: Vec<_> = (0..4).map(|i| tx(&key, i, if i == 3 { 5 } else { 50 }, i)).collect();
    for tx in &txs {
        assert_eq!(pool.offer(Arc::clone(tx), KeyTurn::Any), Offered::Added);
    }
    let ancestors = HashSet::from([txs[1].id]);
    assert_eq!(nonces(&pool.select(5, LIMITS, &ancestors, |_| 0)), [0, 2, 3]);
    assert_eq!(nonces(&pool.select(6, LIMITS, &ancestors, |_| 0)), [0, 2]);
    pool.settle(&[txs[0].id], 6, &BTreeMap::new());
    assert_eq!((pool.len(), pool.contains(&txs[0].id), pool.contains(&txs[3].id)), (2, false, false));
    let bytes: usize = txs[1..3].iter().map(|tx| tx.bytes.len()).sum();
    assert_eq!(pool.bytes(), bytes);
}
