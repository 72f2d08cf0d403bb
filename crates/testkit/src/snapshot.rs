//! A small snapshot of the fixed alliance that passes every check, for golden bytes, fuzz corpora and tests of the decoder.

use crate::alliance::{certify, genesis, header, log, public, state};
use tracelight_domain::ids::{Hash, TxId};
use tracelight_domain::state::{History, ObjectId, ObjectState};
use tracelight_proof::block::{Commitments, Header, body_digest, encode_body};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::snapshot::{
    BlockEntry, Content, Digest, Manifest, NonceEntry, ObjectEntry, PARTS, ValidatorsEntry,
};
use tracelight_proof::state_proof::Subtree;

/// A snapshot, before it is files.
pub struct Files {
    /// The manifest.
    pub manifest: Manifest,
    /// Objects by the first byte of their key.
    pub parts: Vec<Vec<ObjectEntry>>,
    /// A whole block and a pruned one; they are not the chain's.
    pub blocks: Vec<BlockEntry>,
    /// The validators after the genesis.
    pub validators: Vec<ValidatorsEntry>,
    /// One used-up nonce.
    pub nonces: Vec<NonceEntry>,
}

impl Files {
    /// A file of entries, as it stands on disk.
    #[must_use]
    pub fn file<T: tracelight_proof::codec::Canonical>(entries: &[T]) -> Vec<u8> {
        let mut out = u32::try_from(entries.len()).unwrap_or(u32::MAX).to_bytes();
        entries.iter().for_each(|entry| entry.write(&mut out));
        out
    }
}

/// The state of the fixed alliance after block 10, certified by block 11; blocks 1 to 4 are pruned.
#[must_use]
pub fn snapshot() -> Files {
    let (state, genesis) = (state(true), genesis());
    let mut parts: Vec<Vec<ObjectEntry>> = vec![Vec::new(); PARTS];
    for (id, (object, events)) in &state.objects {
        let entry = ObjectEntry { id: id.clone(), state: object.clone(), events: events.clone() };
        let part = entry.leaf().key.0.first().map_or(0, |byte| usize::from(*byte));
        if let Some(part) = parts.get_mut(part) {
            part.push(entry);
        }
    }
    for part in &mut parts {
        part.sort_by_key(|entry| entry.leaf().key);
    }
    let subtree = |entries: &Vec<ObjectEntry>| {
        let leaves: Vec<_> = entries.iter().map(ObjectEntry::leaf).collect();
        Subtree::of_leaves(&leaves, 8)
    };
    let of_state = Header { height: 10, executed: 9, ..header(&state) };
    let certified = Header { parent: of_state.id(), ..header(&state) };
    let certificate = certify(&genesis, &certified.encode(), &[11, 12, 14]);
    let mut pruned = Digest::default();
    pruned.add(&[7; 32]);
    let nonces = vec![((public(1), 77), TxId([7; 32]))];
    let mut digest = Digest::default();
    nonces.iter().for_each(|row: &NonceEntry| digest.add(&row.to_bytes()));
    let validators = genesis.objects().into_iter().filter(|(id, _)| *id == ObjectId::Validators);
    let validators = validators.map(|(_, object)| (0, ObjectState { history: History::EMPTY, body: object.body }));
    Files {
        manifest: Manifest {
            chain: genesis.chain_id(),
            headers: vec![of_state.encode(), certified.encode()],
            certificate: certificate.clone(),
            steps: Vec::new(),
            parts: parts.iter().map(subtree).collect(),
            version: 6,
            pruned: 4,
            blocks_files: 1,
            nonces_files: 1,
            nonces: digest.end(),
            txs: pruned.end(),
        },
        parts,
        blocks: vec![block(&of_state, &certificate), pruned_block(&of_state)],
        validators: validators.collect(),
        nonces,
    }
}

fn after(header: &Header) -> Commitments {
    Commitments {
        state_root: header.state_root,
        outcomes: Hash([2; 32]),
        events: 12,
        log_root: log(10).root(),
        version: 6,
    }
}

fn block(header: &Header, certificate: &[u8]) -> BlockEntry {
    let body = encode_body::<Vec<u8>>(&[]);
    BlockEntry {
        header: Header { body: body_digest(&body), ..header.clone() }.encode(),
        content: Content::Whole(body),
        outcomes: Vec::new(),
        certificate: Some(certificate.to_vec()),
        after: after(header),
    }
}

fn pruned_block(header: &Header) -> BlockEntry {
    BlockEntry {
        header: Header { height: 4, txs: 2, ..header.clone() }.encode(),
        content: Content::Pruned { ids: vec![TxId([7; 32]), TxId([8; 32])], nonces: 1 },
        outcomes: vec![0, 41],
        certificate: None,
        after: after(header),
    }
}
