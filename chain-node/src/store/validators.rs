//! Who certified when: the ledger's `Validators` object as it was after every block that changed it, and the steps from one
//! set to the next. Both are rare, small and kept for ever: a light client walks the steps, and a node that starts in the
//! middle of an epoch has to know its set.

pub use super::columns::StepRow;
use super::columns::{Column, STEPS, VALIDATORS, family};
use super::{FinalBlock, Store, StoreError};
use rocksdb::{Direction, IteratorMode, WriteBatch};
use tracelight_domain::governance::{PendingSeat, Seat};
use tracelight_domain::ids::Height;
use tracelight_domain::state::{ObjectId, ObjectState, StateBody};
use tracelight_proof::certificate::ValidatorSet;
use tracelight_proof::codec::Canonical;
use tracelight_proof::genesis::validators_hash;

/// The ledger's validators after some block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validators {
    /// Who has a seat, ascending by key.
    pub seats: Vec<Seat>,
    /// Who will have one when it is in step.
    pub pending: Vec<PendingSeat>,
}

impl Validators {
    /// The seats as certificates are checked against them.
    ///
    /// # Errors
    /// When the keys are no set, which the rules do not let happen.
    pub fn set(&self) -> Result<ValidatorSet, StoreError> {
        let keys: Vec<[u8; 32]> = self.seats.iter().map(|seat| seat.key.0).collect();
        ValidatorSet::new(&keys).map_err(StoreError::Genesis)
    }
}

impl Store {
    /// Keeps the validators as they are after this block, if it changed them.
    pub(super) fn put_validators<'a>(
        &self,
        batch: &mut WriteBatch,
        height: Height,
        mut objects: impl Iterator<Item = (&'a ObjectId, &'a ObjectState)>,
    ) -> Result<(), StoreError> {
        match objects.find(|(id, _)| **id == ObjectId::Validators) {
            Some((_, state)) => VALIDATORS.put(&self.db, batch, &height, state),
            None => Ok(()),
        }
    }

    /// Keeps the step, if this block is one.
    pub(super) fn put_step(&self, batch: &mut WriteBatch, block: &FinalBlock<'_>) -> Result<(), StoreError> {
        let header = block.header;
        if header.next_validators == header.validators {
            return Ok(());
        }
        let height = header.height;
        let certificate = block.certificate.ok_or(StoreError::Missing { column: "certificates", height })?.to_vec();
        let validators = self.validators_at(header.executed)?;
        if validators_hash(&validators.set()?) != header.next_validators {
            return Err(StoreError::Missing { column: VALIDATORS.name, height: header.executed });
        }
        let keys = validators.seats.iter().map(|seat| seat.key).collect();
        let row = StepRow { header: block.header_bytes.to_vec(), certificate, keys };
        STEPS.put(&self.db, batch, &height, &row)
    }

    /// The ledger's validators after the block at this height, which has to be executed.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn validators_at(&self, height: Height) -> Result<Validators, StoreError> {
        let missing = StoreError::Missing { column: VALIDATORS.name, height };
        match self.newest_at(&VALIDATORS, height)?.ok_or(missing)?.body {
            StateBody::Validators { seats, pending, .. } => Ok(Validators { seats, pending }),
            _ => Err(StoreError::Missing { column: VALIDATORS.name, height }),
        }
    }

    /// Everybody who ever had a seat or was to have one, newest first, at most `max`.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn seats_ever(&self, max: usize) -> Result<Vec<Seat>, StoreError> {
        let mut seats: Vec<Seat> = Vec::new();
        let rows = self.db.iterator_cf(family(&self.db, VALIDATORS.name)?, IteratorMode::End);
        for row in rows {
            let (_, value) = row.map_err(|source| StoreError::Read { column: VALIDATORS.name, source })?;
            let StateBody::Validators { seats: held, pending, .. } = VALIDATORS.parse(&value)?.body else { continue };
            for seat in held.into_iter().chain(pending.into_iter().map(|it| it.seat)) {
                if !seats.iter().any(|known| known.key == seat.key) {
                    seats.push(seat);
                }
            }
            if seats.len() >= max {
                break;
            }
        }
        seats.truncate(max);
        Ok(seats)
    }

    /// The step at exactly this height.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn step(&self, height: Height) -> Result<Option<StepRow>, StoreError> {
        STEPS.get(&self.db, &height)
    }

    /// The steps at or above this height, oldest first, at most `max`.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn steps(&self, from: Height, max: usize) -> Result<Vec<StepRow>, StoreError> {
        let start = from.to_bytes();
        let mode = IteratorMode::From(&start, Direction::Forward);
        let rows = self.db.iterator_cf(family(&self.db, STEPS.name)?, mode).take(max);
        rows.map(|row| {
            let (_, value) = row.map_err(|source| StoreError::Read { column: STEPS.name, source })?;
            STEPS.parse(&value)
        })
        .collect()
    }

    /// The row with the greatest key that is not above `height`.
    pub(super) fn newest_at<V: Canonical>(
        &self,
        column: &Column<Height, V>,
        height: Height,
    ) -> Result<Option<V>, StoreError> {
        let start = height.to_bytes();
        let mode = IteratorMode::From(&start, Direction::Reverse);
        let Some(row) = self.db.iterator_cf(family(&self.db, column.name)?, mode).next() else { return Ok(None) };
        let (_, value) = row.map_err(|source| StoreError::Read { column: column.name, source })?;
        column.parse(&value).map(Some)
    }
}
