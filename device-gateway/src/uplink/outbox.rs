//! Signed transactions on disk, so that the same bytes are sent again after a crash. A [`Spool`] of entries:
//!
//! ```text
//! entry = version u8 | record u64 | what
//! what  = 01 signed transaction (u32 | bytes)     for the deed of this spool record; a later one replaces it
//!       | 02                                      applied on the chain
//!       | 03                                      refused on the chain; its nonce is used up
//!       | 04                                      given up before it was ordered; its nonce is free
//!       | 05                                      nothing is left to do
//! ```

use crate::spool::{Disk, Limits, Recovery, Spool, SpoolError};
use std::collections::BTreeMap;
use std::sync::Arc;
use thiserror::Error;
use tracelight_domain::tx::{SignedTx, TX_BYTES_MAX};
use tracelight_proof::codec::{Canonical as _, DecodeError, Reader, write_blob};

const VERSION: u8 = 1;
const LIMITS: Limits = Limits { segment_bytes_max: 1024 * 1024, total_bytes_max: 4 * 1024 * 1024 * 1024 };

/// Why the outbox cannot be used.
#[derive(Debug, Error)]
pub enum OutboxError {
    /// Its files.
    #[error("outbox: {0}")]
    Spool(#[from] SpoolError),
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// To be sent, until there is an answer for good.
    Signed,
    /// Applied; its list has to go to the server.
    Applied,
    /// Refused or given up.
    Dead,
    /// Nothing is left to do.
    Done,
}

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As it is sent.
    pub signed: SignedTx,
    /// Where it stands.
    pub stage: Stage,
    /// Its first entry.
    entry: u64,
}

enum What {
    Signed(Box<SignedTx>),
    Applied,
    Refused,
    GivenUp,
    Done,
}

/// The outbox.
pub struct Outbox {
    spool: Spool,
    rows: BTreeMap<u64, Row>,
    next_nonce: Option<u64>,
}

impl Outbox {
    /// Opens the outbox.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn open(disk: Arc<dyn Disk>) -> Result<(Self, Recovery), OutboxError> {
        let (mut rows, mut next_nonce) = (BTreeMap::new(), None);
        let (spool, recovery) = Spool::open(disk, LIMITS, 1, &mut |entry, payload| {
            let (record, what) = decode(payload).map_err(|error| error.to_string())?;
            take(&mut rows, &mut next_nonce, entry, record, what);
            Ok(())
        })?;
        Ok((Self { spool, rows, next_nonce }, recovery))
    }

    /// The nonce that follows the last one; `None` when the outbox has never signed.
    #[must_use]
    pub const fn next_nonce(&self) -> Option<u64> {
        self.next_nonce
    }

    /// The row of a spool record.
    #[must_use]
    pub fn row(&self, record: u64) -> Option<&Row> {
        self.rows.get(&record)
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = (u64, &Row)> {
        self.rows.iter().map(|(record, row)| (*record, row))
    }

    /// Rows at a stage, in the order of their nonces, which is the order in which the chain takes them.
    #[must_use]
    pub fn at(&self, stage: Stage) -> Vec<(u64, SignedTx)> {
        let at_stage = self.rows().filter(|(_, row)| row.stage == stage);
        let mut rows: Vec<_> = at_stage.map(|(record, row)| (record, row.signed.clone())).collect();
        rows.sort_by_key(|(_, signed)| signed.tx.nonce);
        rows
    }

    /// Keeps signed transactions. Durable when it returns; only then may they be sent.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn sign(&mut self, signed: Vec<(u64, SignedTx)>) -> Result<(), OutboxError> {
        for (record, tx) in signed {
            self.write(record, What::Signed(Box::new(tx)))?;
        }
        Ok(self.spool.sync()?)
    }

    /// Final, and did what it says. Durable when it returns.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn applied(&mut self, record: u64) -> Result<(), OutboxError> {
        self.write_synced(record, What::Applied)
    }

    /// Final, and refused.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn refused(&mut self, record: u64) -> Result<(), OutboxError> {
        self.write_synced(record, What::Refused)
    }

    /// Never ordered and never to be sent again. What was signed after it has to be signed anew.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn given_up(&mut self, record: u64) -> Result<(), OutboxError> {
        self.write_synced(record, What::GivenUp)
    }

    /// Nothing is left to do.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn done(&mut self, record: u64) -> Result<(), OutboxError> {
        self.write_synced(record, What::Done)
    }

    /// Forgets rows of records below `below`, which the gateway's own progress covers by now.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn release(&mut self, below: u64) -> Result<(), OutboxError> {
        self.rows.retain(|record, row| *record >= below || row.stage != Stage::Done);
        let oldest = self.rows.values().map(|row| row.entry).min().unwrap_or(u64::MAX);
        self.spool.release(oldest)?;
        Ok(())
    }

    fn write_synced(&mut self, record: u64, what: What) -> Result<(), OutboxError> {
        self.write(record, what)?;
        Ok(self.spool.sync()?)
    }

    fn write(&mut self, record: u64, what: What) -> Result<(), OutboxError> {
        let entry = self.spool.append(&encode(record, &what))?;
        take(&mut self.rows, &mut self.next_nonce, entry, record, what);
        Ok(())
    }
}

/// One entry's effect, the same for a new one and for one read from disk.
fn take(rows: &mut BTreeMap<u64, Row>, next_nonce: &mut Option<u64>, entry: u64, record: u64, what: What) {
    let given_up = matches!(what, What::GivenUp);
    let stage = match what {
        What::Signed(signed) => {
            *next_nonce = Some(signed.tx.nonce.saturating_add(1));
            let entry = rows.get(&record).map_or(entry, |row| row.entry);
            rows.insert(record, Row { signed: *signed, stage: Stage::Signed, entry });
            return;
        }
        What::Applied => Stage::Applied,
        What::Refused | What::GivenUp => Stage::Dead,
        What::Done => Stage::Done,
    };
    // The beginning of an old row may have been deleted with its segment.
    let Some(row) = rows.get_mut(&record) else { return };
    row.stage = stage;
    if given_up {
        *next_nonce = Some(row.signed.tx.nonce);
    }
}

fn encode(record: u64, what: &What) -> Vec<u8> {
    let mut out = vec![VERSION];
    record.write(&mut out);
    match what {
        What::Signed(signed) => {
            out.push(1);
            write_blob(&signed.to_bytes(), &mut out);
        }
        What::Applied => out.push(2),
        What::Refused => out.push(3),
        What::GivenUp => out.push(4),
        What::Done => out.push(5),
    }
    out
}

fn decode(payload: &[u8]) -> Result<(u64, What), DecodeError> {
    let mut r = Reader::new(payload);
    if u8::read(&mut r)? != VERSION {
        return Err(r.invalid("outbox version", 1));
    }
    let record = u64::read(&mut r)?;
    let what = match u8::read(&mut r)? {
        1 => What::Signed(Box::new(tracelight_proof::signed::parse(r.blob(TX_BYTES_MAX, "transaction")?)?)),
        2 => What::Applied,
        3 => What::Refused,
        4 => What::GivenUp,
        5 => What::Done,
        _ => return Err(r.invalid("outbox entry", 1)),
    };
    r.finish()?;
    Ok((record, what))
}
