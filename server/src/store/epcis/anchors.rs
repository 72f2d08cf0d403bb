//! Logs and their anchors on the chain.

use super::insert;
use crate::store::convert::{hash, int, uint};
use crate::store::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Value};
use tracelight_domain::ids::{Hash, MemberId, TxId};
use tracelight_domain::tx::SignedTx;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::signed;

/// A log as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogState {
    /// Entries.
    pub size: u64,
    /// Root over all of them.
    pub root: Hash,
}

/// An anchor that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorRow {
    /// Entries that it covers.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// Its transaction.
    pub tx_id: TxId,
    /// The signed bytes.
    pub tx: SignedTx,
    /// When it was signed, milliseconds.
    pub at_ms: u64,
}

#[derive(FromQueryResult)]
struct Row {
    size: i64,
    root: Vec<u8>,
    tx_id: Vec<u8>,
    tx: Vec<u8>,
    at_ms: i64,
}

fn anchor(row: &Row) -> Result<AnchorRow, StoreError> {
    Ok(AnchorRow {
        size: uint(row.size),
        root: hash("epcis_anchor", "root", &row.root)?,
        tx_id: TxId(hash("epcis_anchor", "tx_id", &row.tx_id)?.0),
        tx: signed::parse(&row.tx).map_err(|error| StoreError::corrupt("epcis_anchor", "tx", error))?,
        at_ms: uint(row.at_ms),
    })
}

impl Store {
    /// A member's log; empty when nothing was captured.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_log(&self, member: MemberId) -> Result<LogState, StoreError> {
        let text = "SELECT frontier FROM epcis_log WHERE member = ?";
        let row = self.reader().query_one_raw(sql(self.reader(), text, [member.to_string().into()])).await?;
        let frontier = match row {
            Some(row) => super::capture::frontier(member, &row.try_get::<Vec<u8>>("", "frontier")?)?,
            None => tracelight_proof::log::Frontier::default(),
        };
        Ok(LogState { size: frontier.size(), root: frontier.root() })
    }

    /// The newest anchor that was signed for a member.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_newest_anchor(&self, member: MemberId) -> Result<Option<AnchorRow>, StoreError> {
        let text = "SELECT size, root, tx_id, tx, at_ms FROM epcis_anchor WHERE member = ? ORDER BY size DESC LIMIT 1";
        let values = [Value::from(member.to_string())];
        let row = Row::find_by_statement(sql(self.reader(), text, values)).one(self.reader()).await?;
        row.as_ref().map(anchor).transpose()
    }

    /// The anchors that cover this many entries, smallest first; a few, because one may have been refused.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_anchors_over(&self, member: MemberId, size: u64) -> Result<Vec<AnchorRow>, StoreError> {
        let text = "SELECT size, root, tx_id, tx, at_ms FROM epcis_anchor WHERE member = ? AND size >= ? \
                    ORDER BY size LIMIT 8";
        let values: [Value; 2] = [member.to_string().into(), int(size).into()];
        let rows = Row::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?;
        rows.iter().map(anchor).collect()
    }

    /// Keeps an anchor before it is sent, in place of one of the same size that has expired.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_keep_anchor(&self, member: MemberId, row: &AnchorRow) -> Result<(), StoreError> {
        let values: Vec<Value> = vec![
            member.to_string().into(),
            int(row.size).into(),
            row.root.0.to_vec().into(),
            row.tx_id.0.to_vec().into(),
            row.tx.to_bytes().into(),
            int(row.tx.tx.expires_at).into(),
            int(row.at_ms).into(),
        ];
        let columns = "member, size, root, tx_id, tx, expires_at, at_ms";
        insert(self.writer(), "REPLACE", "epcis_anchor", columns, vec![values]).await
    }
}
