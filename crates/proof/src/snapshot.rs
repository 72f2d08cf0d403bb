//! The files of a snapshot: the state after one certified block, with the chain before it. This is their bytes and what each
//! of them shows by itself; the node's `store::snapshot` reads and writes the files and the store.
//!
//! It stands in this crate, and not beside the store, because a snapshot comes from another member and is read like any other
//! stranger's bytes: against the genesis, by the code that checks certificates and state roots. So it can be fuzzed, and
//! checked by a tool that has no store.
//!
//! ```text
//! manifest        version u8 = 2 | chain 32 | headers u32, blob* of blocks E to C | certificate of C, blob | steps up to C, list
//!                 | 256 * (kind u8: 0 no leaf, 1 one, 2 more | hash 32) | state version u64 | pruned u64
//!                 | blocks files u32 | nonces files u32 | digest of the nonces 32 | digest of the pruned transactions 32
//! state-00 … -ff  count u32 | (object row blob, events u32, event blob *)*       objects whose key begins with that byte, by key
//! blocks-N        count u32 | block*                                             from block 0 to E
//!   block         header blob | 1, body blob                                     whole
//!                             | 2, nonces u32, transaction ids, list             pruned: blocks 1 to `pruned`
//!                 | outcomes, list | option certificate, blob | commitments
//! validators-0    count u32 | (height, state of the `Validators` object)*
//! nonces-N        count u32 | (key, nonce, transaction id)*
//! ```
//! E is what header C speaks of. Version 1 had no pruned blocks. A blob is a length u32 and its bytes.
//!
//! | bound | value |
//! |---|---|
//! | [`HEADERS_MAX`] | 1,024: from E to C; a certified header speaks of a block a few back |
//! | [`STEPS_MAX`] | 65,535 |
//! | [`FILES_MAX`] | 100,000 files of blocks, or of nonces |
//! | entries of a file | as many as its bytes hold: a large count over few bytes reserves nothing |

mod manifest;

pub use manifest::{FILES_MAX, HEADERS_MAX, Manifest, PARTS, Promise, STEPS_MAX, Step};

use crate::block::{BODY_BYTES_MAX, Commitments, HEADER_BYTES, TXS_PER_BLOCK_MAX};
use crate::certificate::CERTIFICATE_BYTES_MAX;
use crate::codec::{Canonical, DecodeError, Reader, write_blob, write_list};
use crate::hash::body_hash;
use crate::history;
use crate::state_proof::{Leaf, Subtree, VALUE_BYTES_MAX, state_key, value_hash};
use tracelight_domain::ids::{Hash, Height, PublicKey, TxId};
use tracelight_domain::state::{Event, History, ObjectId, ObjectState};

/// Bytes of an object's row, id and state; the longest id is a pack's.
pub const OBJECT_ROW_BYTES_MAX: usize = 64 + VALUE_BYTES_MAX;
/// Bytes of one event.
const EVENT_BYTES_MAX: usize = 1_024;

/// An object with its whole history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEntry {
    /// Which.
    pub id: ObjectId,
    /// What it is.
    pub state: ObjectState,
    /// What happened to it. Reading compares them with the head in the state.
    pub events: Vec<Event>,
}

impl Canonical for ObjectEntry {
    fn write(&self, out: &mut Vec<u8>) {
        let mut row = self.id.to_bytes();
        self.state.write(&mut row);
        write_blob(&row, out);
        u32::try_from(self.events.len()).unwrap_or(u32::MAX).write(out);
        self.events.iter().for_each(|event| write_blob(&event.to_bytes(), out));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (id, state) = <(ObjectId, ObjectState)>::parse(
            r.blob(OBJECT_ROW_BYTES_MAX, "object row")?,
            OBJECT_ROW_BYTES_MAX,
            "object row",
        )?;
        let count = u32::read(r)?;
        if count != state.history.count {
            return Err(r.invalid("events", 4));
        }
        let (mut events, mut history) = (Vec::new(), History::EMPTY);
        for _ in 0..count {
            let event = Event::parse(r.blob(EVENT_BYTES_MAX, "event")?, EVENT_BYTES_MAX, "event")?;
            history = history::extend(history, &event);
            events.push(event);
        }
        if history == state.history { Ok(Self { id, state, events }) } else { Err(r.invalid("history", 0)) }
    }
}

impl ObjectEntry {
    /// Its place in the state tree.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        Leaf { key: state_key(&self.id), value: value_hash(&self.state.to_bytes()) }
    }
}

/// What is left of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Its body.
    Whole(Vec<u8>),
    /// Which transactions it had.
    Pruned {
        /// Their ids, in the block's order.
        ids: Vec<TxId>,
        /// Nonces that they used up.
        nonces: u32,
    },
}

/// A block of a file of blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEntry {
    /// Header bytes.
    pub header: Vec<u8>,
    /// Its body, or what is left of it.
    pub content: Content,
    /// Outcome code of each transaction.
    pub outcomes: Vec<u16>,
    /// The finalization of exactly this block.
    pub certificate: Option<Vec<u8>>,
    /// What is said after it.
    pub after: Commitments,
}

impl Canonical for BlockEntry {
    fn write(&self, out: &mut Vec<u8>) {
        write_blob(&self.header, out);
        match &self.content {
            Content::Whole(body) => {
                out.push(1);
                write_blob(body, out);
            }
            Content::Pruned { ids, nonces } => {
                out.push(2);
                nonces.write(out);
                write_list(ids, out);
            }
        }
        write_list(&self.outcomes, out);
        match &self.certificate {
            None => out.push(0),
            Some(certificate) => {
                out.push(1);
                write_blob(certificate, out);
            }
        }
        self.after.write(out);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let header = r.blob(HEADER_BYTES, "header")?.to_vec();
        let content = match u8::read(r)? {
            1 => Content::Whole(r.blob(BODY_BYTES_MAX, "body")?.to_vec()),
            2 => Content::Pruned { nonces: Canonical::read(r)?, ids: r.list(TXS_PER_BLOCK_MAX, "transaction ids")? },
            _ => return Err(r.invalid("block content", 1)),
        };
        let outcomes = r.list(TXS_PER_BLOCK_MAX, "outcomes")?;
        let certificate = match u8::read(r)? {
            0 => None,
            1 => Some(r.blob(CERTIFICATE_BYTES_MAX, "certificate")?.to_vec()),
            _ => return Err(r.invalid("option", 1)),
        };
        Ok(Self { header, content, outcomes, certificate, after: Canonical::read(r)? })
    }
}

/// A used-up nonce of an operator's or approver's key, and the transaction that used it.
pub type NonceEntry = ((PublicKey, u64), TxId);

/// The `Validators` object as it was after a block that changed it.
pub type ValidatorsEntry = (Height, ObjectState);

/// Reads a file of entries.
///
/// # Errors
/// [`DecodeError`] at the first byte that no writer of snapshots writes.
pub fn read_entries<T: Canonical>(bytes: &[u8]) -> Result<Vec<T>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let count = u32::read(&mut reader)?;
    // Grows as entries are found: a large count over few bytes reserves nothing.
    let mut entries = Vec::new();
    for _ in 0..count {
        entries.push(T::read(&mut reader)?);
    }
    reader.finish()?;
    Ok(entries)
}

/// Whether `entries` are all objects whose keys begin with the byte `part`, under the subtree that the manifest promises.
#[must_use]
pub fn is_part(part: usize, promised: Subtree, entries: &[ObjectEntry]) -> bool {
    let leaves: Vec<Leaf> = entries.iter().map(ObjectEntry::leaf).collect();
    leaves.is_sorted_by(|a, b| a.key < b.key)
        && leaves.iter().all(|leaf| leaf.key.0.first().map(|byte| usize::from(*byte)) == Some(part))
        && Subtree::of_leaves(&leaves, 8) == promised
}

/// A hash over rows, in the order in which they come: `d' = BLAKE3(d ‖ row)`, from 32 zero bytes.
#[derive(Clone, Copy, Debug)]
pub struct Digest(Hash);

impl Default for Digest {
    fn default() -> Self {
        Self(Hash::ZERO)
    }
}

impl Digest {
    /// Takes the next row.
    pub fn add(&mut self, row: &[u8]) {
        self.0 = body_hash(&[&self.0.0, row].concat());
    }

    /// The hash over all of them.
    #[must_use]
    pub const fn end(self) -> Hash {
        self.0
    }
}
