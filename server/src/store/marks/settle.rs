//! What can be used up: [`Store::settle_mark`] is the rule of [`Claim::settle`] in statements that each decide by themselves.
//! Whoever's statement finds the row as the rule wants it has it, and nobody else. Of the tests, `rules_of_the_crate` holds it
//! against the pure function, `one_of_many` against 64 requests at once.

use super::super::convert::{int, uint};
use super::super::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, FromQueryResult};
use tracelight_marks::{Claim, Slot, Standing, Stored, Tries};

/// Times that a claim is looked at again when the row changed between two statements: wrong tries that came back just then.
const SETTLE_ATTEMPTS: usize = 3;

#[derive(FromQueryResult)]
struct SlotRow {
    highest: i64,
    used_at_ms: i64,
    uses: i64,
    misses: i64,
    misses_since_ms: i64,
}

impl Store {
    /// Settles a claim: of all who claim the same thing, one gets it.
    ///
    /// # Errors
    /// [`StoreError`]; the caller then takes [`Standing::Unavailable`].
    pub async fn settle_mark(&self, claim: &Claim, now_ms: u64) -> Result<Standing, StoreError> {
        match *claim {
            Claim::None => Ok(Standing::NotAsked),
            Claim::Advance { slot, counter } => self.advance(slot, counter, now_ms).await,
            Claim::First { slot, tries } => self.first(slot, tries, now_ms).await,
            Claim::Miss { slot, tries } => self.miss(slot, tries, now_ms).await,
        }
    }

    async fn advance(&self, slot: Slot, counter: u32, now_ms: u64) -> Result<Standing, StoreError> {
        if self.new_slot(slot, Stored { highest: counter, used_at_ms: now_ms, uses: 1, ..Stored::default() }).await? {
            return Ok(Standing::Fresh);
        }
        let text = "UPDATE mark_slot SET highest = ?, used_at_ms = ?, uses = 1 \
                    WHERE slot = ? AND (uses = 0 OR highest < ?)";
        let counter = i64::from(counter);
        let values = [counter.into(), int(now_ms).into(), key(slot), counter.into()];
        if self.changed(text, values).await? {
            return Ok(Standing::Fresh);
        }
        self.used_again(slot).await
    }

    async fn first(&self, slot: Slot, tries: Option<Tries>, now_ms: u64) -> Result<Standing, StoreError> {
        // Without tries none are ever spent.
        let tries = tries.unwrap_or(Tries { misses_max: u16::MAX, per_ms: 0 });
        let now = int(now_ms);
        if tries.misses_max == 0 {
            return Ok(Standing::TriesSpent);
        }
        if self.new_slot(slot, Stored { used_at_ms: now_ms, uses: 1, ..Stored::default() }).await? {
            return Ok(Standing::Fresh);
        }
        let left = "(misses < ? OR ? - misses_since_ms >= ?)";
        let of = |tries: Tries| [i64::from(tries.misses_max).into(), now.into(), int(tries.per_ms).into()];
        for _ in 0..SETTLE_ATTEMPTS {
            let text = format!("UPDATE mark_slot SET used_at_ms = ?, uses = 1 WHERE slot = ? AND uses = 0 AND {left}");
            let values = [now.into(), key(slot)].into_iter().chain(of(tries));
            if self.changed(&text, values).await? {
                return Ok(Standing::Fresh);
            }
            let text = format!("UPDATE mark_slot SET uses = uses + 1 WHERE slot = ? AND uses > 0 AND {left}");
            let values = [key(slot)].into_iter().chain(of(tries));
            if self.changed(&text, values).await? {
                let row = self.slot(slot).await?;
                return Ok(Standing::AlreadyUsed { at_ms: row.used_at_ms, count: row.uses });
            }
            let claim = Claim::First { slot, tries: Some(tries) };
            if claim.settle(self.slot(slot).await?, now_ms).1 == Standing::TriesSpent {
                return Ok(Standing::TriesSpent);
            }
        }
        Ok(Standing::Unavailable)
    }

    async fn miss(&self, slot: Slot, tries: Tries, now_ms: u64) -> Result<Standing, StoreError> {
        let Some(most) = tries.misses_max.checked_sub(1) else { return Ok(Standing::TriesSpent) };
        let (now, per) = (int(now_ms), int(tries.per_ms));
        if self.new_slot(slot, Stored { misses: 1, misses_since_ms: now_ms, ..Stored::default() }).await? {
            return Ok(Standing::Missed { left: most });
        }
        // The first of a new time. Two statements: the engines differ in which values the second assignment of one sees.
        let text = "UPDATE mark_slot SET misses = 1, misses_since_ms = ? \
                    WHERE slot = ? AND (misses = 0 OR ? - misses_since_ms >= ?)";
        if self.changed(text, [now.into(), key(slot), now.into(), per.into()]).await? {
            return Ok(Standing::Missed { left: most });
        }
        let text = "UPDATE mark_slot SET misses = misses + 1 WHERE slot = ? AND misses > 0 AND misses < ? \
                    AND ? - misses_since_ms < ?";
        let values = [key(slot), i64::from(tries.misses_max).into(), now.into(), per.into()];
        if !self.changed(text, values).await? {
            return Ok(Standing::TriesSpent);
        }
        let misses = self.slot(slot).await?.misses;
        Ok(Standing::Missed { left: tries.misses_max.saturating_sub(misses) })
    }

    /// Shown once more. The row is there.
    async fn used_again(&self, slot: Slot) -> Result<Standing, StoreError> {
        self.changed("UPDATE mark_slot SET uses = uses + 1 WHERE slot = ?", [key(slot)]).await?;
        let row = self.slot(slot).await?;
        Ok(Standing::AlreadyUsed { at_ms: row.used_at_ms, count: row.uses })
    }

    /// Writes the first row of a slot; false when there is one.
    async fn new_slot(&self, slot: Slot, row: Stored) -> Result<bool, StoreError> {
        let text = format!(
            "{} mark_slot (slot, highest, used_at_ms, uses, misses, misses_since_ms) VALUES (?, ?, ?, ?, ?, ?)",
            self.insert_if_absent()
        );
        let values = [
            key(slot),
            i64::from(row.highest).into(),
            int(row.used_at_ms).into(),
            i64::from(row.uses).into(),
            i64::from(row.misses).into(),
            int(row.misses_since_ms).into(),
        ];
        self.changed(&text, values).await
    }

    async fn changed(&self, text: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> Result<bool, StoreError> {
        Ok(self.writer().execute_raw(sql(self.writer(), text, values)).await?.rows_affected() == 1)
    }

    /// The row of a slot as it is now; all zero when there is none.
    pub(in crate::store) async fn slot(&self, slot: Slot) -> Result<Stored, StoreError> {
        let text = "SELECT highest, used_at_ms, uses, misses, misses_since_ms FROM mark_slot WHERE slot = ?";
        let row = SlotRow::find_by_statement(sql(self.writer(), text, [key(slot)])).one(self.writer()).await?;
        Ok(row.map_or_else(Stored::default, |row| Stored {
            highest: u32::try_from(row.highest).unwrap_or(u32::MAX),
            used_at_ms: uint(row.used_at_ms),
            uses: u32::try_from(row.uses).unwrap_or(u32::MAX),
            misses: u16::try_from(row.misses).unwrap_or(u16::MAX),
            misses_since_ms: uint(row.misses_since_ms),
        }))
    }
}

fn key(slot: Slot) -> sea_orm::Value {
    slot.as_bytes().to_vec().into()
}
