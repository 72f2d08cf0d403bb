//! What a log asks of a witness: the body of `add-checkpoint` (C2SP tlog-witness).
//!
//! ```text
//! old {size of the last checkpoint that the witness cosigned} LF
//! {base64 of a hash of the consistency proof} LF, up to 63 of them
//! LF
//! {note: the checkpoint with its signatures}
//! ```

use super::{NOTE_BYTES_MAX, Note, NoteError, base64_encode, parse_decimal, parse_hash};
use tracelight_domain::ids::Hash;

/// Hashes of a proof that a request may carry.
pub const REQUEST_HASHES_MAX: usize = 63;
/// Bytes of a request.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + 32 + 45 * REQUEST_HASHES_MAX;

/// The body of `add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Entries of the log that the witness knows.
    pub old_size: u64,
    /// From there to the checkpoint.
    pub proof: Vec<Hash>,
    /// The checkpoint.
    pub note: Note,
}

impl AddCheckpoint {
    /// The body as it is sent.
    #[must_use]
    pub fn encode(&self) -> String {
        let proof: String = self.proof.iter().map(|hash| base64_encode(&hash.0) + "\n").collect();
        format!("old {}\n{proof}\n{}", self.old_size, self.note.encode())
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn parse(body: &[u8]) -> Result<Self, NoteError> {
        if body.len() > REQUEST_BYTES_MAX {
            return Err(NoteError::TooLong(body.len()));
        }
        let malformed = NoteError::Malformed;
        let end = body.windows(2).position(|two| two == b"\n\n").ok_or(malformed("no blank line ends the proof"))?;
        let (head, note) = body.split_at_checked(end).ok_or(malformed("it is cut off"))?;
        let head = core::str::from_utf8(head).map_err(|_| malformed("it is not UTF-8"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(parse_decimal);
        let old_size = old.ok_or(malformed("its first line names no old size"))?;
        let proof: Option<Vec<Hash>> = lines.take(REQUEST_HASHES_MAX + 1).map(parse_hash).collect();
        let proof = proof.ok_or(malformed("a line of the proof is no hash"))?;
        if proof.len() > REQUEST_HASHES_MAX {
            return Err(malformed("the proof has more than 63 hashes"));
        }
        Ok(Self { old_size, proof, note: Note::parse(note.get(2..).unwrap_or_default())? })
    }
}
