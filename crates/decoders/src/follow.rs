//! What a node tells a follower (`crates/client/src/follow.rs`): blocks with certificates and outcomes, all of them perhaps lies.
//!
//! ```text
//! input    genesis blob | block*                            blob: length u32 BE | bytes
//! block    header blob | body blob | certificate blob (empty: none) | outcomes blob, u16 BE each | next validators blob, 32 each (empty: none)
//! ```
//! Beside that: JSON of an answer to `GET /v1/blocks`, as the client reads it.

use tracelight_api::chain::{ChainBlock, Steps};
use tracelight_api::{Base64, Text};
use tracelight_domain::ids::PublicKey;
use tracelight_proof::codec::{DecodeError, Reader, write_blob};
use tracelight_proof::genesis::Genesis;

#[path = "../../../crates/client/src/follow.rs"]
pub mod follower;

use follower::{FollowError, VerifiedBlock, VerifiedFollower};

/// Writes an input.
#[must_use]
pub fn input(genesis: &[u8], blocks: &[ChainBlock]) -> Vec<u8> {
    let mut out = Vec::new();
    write_blob(genesis, &mut out);
    for block in blocks {
        let outcomes: Vec<u8> = block.outcomes.iter().flat_map(|code| code.to_be_bytes()).collect();
        let next = block.next_validators.iter().flatten().flat_map(|key| key.0.0).collect::<Vec<u8>>();
        let certificate = block.certificate.as_ref().map(|bytes| bytes.0.as_slice()).unwrap_or_default();
        for part in [&block.header.0, &block.body.0, certificate, &outcomes, &next] {
            write_blob(part, &mut out);
        }
    }
    out
}

fn read(bytes: &[u8]) -> Result<(Vec<u8>, Vec<ChainBlock>), DecodeError> {
    let mut reader = Reader::new(bytes);
    let genesis = reader.blob(bytes.len(), "genesis")?.to_vec();
    let mut blocks = Vec::new();
    // Ends with the first part that is cut off.
    while let Ok(header) = reader.blob(bytes.len(), "header") {
        let body = reader.blob(bytes.len(), "body")?;
        let certificate = reader.blob(bytes.len(), "certificate")?;
        let (outcomes, _) = reader.blob(bytes.len(), "outcomes")?.as_chunks::<2>();
        let (keys, _) = reader.blob(bytes.len(), "validators")?.as_chunks::<32>();
        blocks.push(ChainBlock {
            header: Base64(header.to_vec()),
            body: Base64(body.to_vec()),
            certificate: (!certificate.is_empty()).then(|| Base64(certificate.to_vec())),
            outcomes: outcomes.iter().map(|code| u16::from_be_bytes(*code)).collect(),
            next_validators: (!keys.is_empty()).then(|| keys.iter().map(|key| Text(PublicKey(*key))).collect()),
        });
    }
    Ok((genesis, blocks))
}

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    let Ok((genesis, blocks)) = read(bytes) else { return };
    let Ok(genesis) = Genesis::parse_checked(&genesis) else { return };
    let follower = VerifiedFollower::new(&genesis).expect("a checked genesis can be followed");
    let (mut at_once, mut one_by_one) = (follower.clone(), follower);
    let released = push(&mut at_once, &blocks);
    let singly: Result<Vec<Vec<VerifiedBlock>>, FollowError> =
        blocks.iter().map(|block| push(&mut one_by_one, core::slice::from_ref(block))).collect();
    // Singly every certificate is checked, at once only the newest: what passes the first passes the second.
    if let Ok(singly) = singly {
        assert_eq!(released.as_ref(), Ok(&singly.concat()), "the size of an answer changes what is believed");
        assert_eq!(at_once.position(), one_by_one.position());
    }
    walk(&genesis, &blocks);
}

fn push(follower: &mut VerifiedFollower, blocks: &[ChainBlock]) -> Result<Vec<VerifiedBlock>, FollowError> {
    let (before, next) = (follower.position(), follower.next_height());
    let pushed = follower.push(blocks);
    match &pushed {
        Ok(released) => {
            let heights = released.iter().map(|block| block.header.height);
            assert!(heights.eq(before.height + 1..=follower.position().height), "a gap in what was released");
            assert!(follower.next_height() >= next, "the follower fell back");
        }
        Err(_) => assert_eq!((follower.position(), follower.next_height()), (before, next), "a lie left a trace"),
    }
    pushed
}

/// The same blocks told as changes of the validators.
fn walk(genesis: &Genesis, blocks: &[ChainBlock]) {
    let step = |block: &ChainBlock| {
        let (certificate, validators) = (block.certificate.clone()?, block.next_validators.clone()?);
        Some(tracelight_api::chain::Step { header: block.header.clone(), certificate, validators })
    };
    let steps = Steps { steps: blocks.iter().filter_map(step).collect() };
    let far = follower::Position { height: u64::MAX - 1, block: None, outcomes: None, time_ms: 0 };
    let mut follower = VerifiedFollower::resume(genesis, far).expect("a checked genesis can be followed");
    let _ = follower.walk(&steps.steps);
    assert_eq!(follower.position(), far);
}
