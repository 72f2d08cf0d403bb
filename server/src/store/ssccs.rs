//! Numbers of cases and pallets: a counter for each company prefix and extension digit, so that none is given out twice.

use super::convert::{int, uint};
use super::entity::{rm_logistic, sscc_counter};
use super::{Store, StoreError};
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _};
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::MemberId;

impl Store {
    /// Takes `count` serial references behind each other. Returns the first, or `None` when fewer are left of `capacity`.
    ///
    /// # Errors
    /// [`StoreError`]; no number is taken then.
    pub async fn take_ssccs(
        &self,
        prefix: &str,
        extension: u8,
        count: u64,
        capacity: u64,
    ) -> Result<Option<u64>, StoreError> {
        let key = (prefix.to_owned(), i16::from(extension));
        let fresh = sscc_counter::Model { company_prefix: key.0.clone(), extension: key.1, next_ref: 0 };
        let txn = self.begin().await?;
        // A row that is there stays as it is; either way the next statement finds one to lock.
        let keep = OnConflict::columns([sscc_counter::Column::CompanyPrefix, sscc_counter::Column::Extension])
            .update_column(sscc_counter::Column::CompanyPrefix)
            .to_owned();
        let placed = sscc_counter::Entity::insert(fresh.into_active_model()).on_conflict(keep);
        placed.exec_without_returning(&txn).await?;
        let mut query = sscc_counter::Entity::find_by_id(key.clone());
        if !self.is_sqlite() {
            query = query.lock(LockType::Update);
        }
        let first = query.one(&txn).await?.map_or(0, |row| uint(row.next_ref));
        let Some(next) = first.checked_add(count).filter(|next| *next <= capacity) else {
            txn.rollback().await?;
            return Ok(None);
        };
        sscc_counter::Entity::update_many()
            .col_expr(sscc_counter::Column::NextRef, Expr::value(int(next)))
            .filter(sscc_counter::Column::CompanyPrefix.eq(key.0))
            .filter(sscc_counter::Column::Extension.eq(key.1))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(Some(first))
    }

    /// The first number that was not given out yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_sscc(&self, prefix: &str, extension: u8) -> Result<u64, StoreError> {
        let key = (prefix.to_owned(), i16::from(extension));
        Ok(sscc_counter::Entity::find_by_id(key).one(self.reader()).await?.map_or(0, |row| uint(row.next_ref)))
    }

    /// Did the member make this case or pallet, or does it answer for it now, by itself or inside a pallet?
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_logistic(&self, member: MemberId, sscc: Sscc) -> Result<bool, StoreError> {
        let member = member.to_string();
        let find = |label: String| rm_logistic::Entity::find_by_id(label).one(self.reader());
        let Some(row) = find(sscc.to_string()).await? else { return Ok(false) };
        if row.made_by == member || (row.parent.is_none() && row.custodian == member) {
            return Ok(true);
        }
        let Some(parent) = row.parent else { return Ok(false) };
        Ok(find(parent).await?.is_some_and(|pallet| pallet.custodian == member))
    }
}
