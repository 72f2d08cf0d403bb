//! Where the projection stands, and where a transaction stands on the chain.

use super::convert::{evidence, hash, uint};
use super::entity::{rm_marker, rm_object, rm_tx};
use super::{Store, StoreError};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use tracelight_api::rest::Evidence;
use tracelight_client::chain::Position;
use tracelight_domain::ids::TxId;
use tracelight_domain::rules::Refusal;
use tracelight_domain::state::{ObjectId, ObjectState};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::state_proof::VALUE_BYTES_MAX;

/// The height marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Where the follower goes on.
    pub position: Position,
    /// Events projected so far.
    pub events: u64,
}

impl Store {
    /// Where the projection stands; `None` before the first block.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn marker(&self) -> Result<Option<Marker>, StoreError> {
        let Some(row) = rm_marker::Entity::find_by_id(1_i16).one(self.reader()).await? else { return Ok(None) };
        let position = Position {
            height: uint(row.height),
            block: Some(hash("rm_marker", "block_id", &row.block_id)?),
            outcomes: Some(hash("rm_marker", "outcomes", &row.outcomes)?),
            time_ms: uint(row.time_ms),
        };
        Ok(Some(Marker { position, events: uint(row.events) }))
    }

    /// The first place of a transaction in the chain, and the rule that refused it, if one did.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn transaction(&self, id: TxId) -> Result<Option<(Evidence, Option<Refusal>)>, StoreError> {
        let found = rm_tx::Entity::find()
            .filter(rm_tx::Column::TxId.eq(id.0.to_vec()))
            .order_by_asc(rm_tx::Column::Height)
            .one(self.reader())
            .await?;
        let Some(row) = found else { return Ok(None) };
        let refusal = match row.code {
            0 => None,
            code => {
                let known = u16::try_from(code).ok().and_then(Refusal::from_code);
                Some(known.ok_or_else(|| StoreError::corrupt("rm_tx", "code", code))?)
            }
        };
        Ok(Some((evidence("rm_tx", &row.tx_id, row.height, row.time_ms)?, refusal)))
    }

    /// The present state of an object, as the chain has it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn object(&self, id: &ObjectId) -> Result<Option<ObjectState>, StoreError> {
        let Some(row) = rm_object::Entity::find_by_id(id.to_bytes()).one(self.reader()).await? else {
            return Ok(None);
        };
        let state = ObjectState::parse(&row.state, VALUE_BYTES_MAX, "state")
            .map_err(|error| StoreError::corrupt("rm_object", "state", error))?;
        Ok(Some(state))
    }
}
