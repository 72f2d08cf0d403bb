//! Devices that sign for a member, as registered on the chain, with what they have done since.

use super::convert::{bytes, evidence, int};
use super::entity::{rm_device, rm_object, rm_tx};
use super::{Store, StoreError};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use std::collections::BTreeMap;
use tracelight_api::rest::Evidence;
use tracelight_api::rest::device::{Device, DeviceState, place};
use tracelight_domain::ids::{Height, MemberId, PublicKey};
use tracelight_domain::rules::Refusal;
use tracelight_domain::state::{ObjectId, ObjectState, StateBody};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::state_proof::VALUE_BYTES_MAX;

/// A place in the list of devices, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceCursor {
    /// Height of the registration.
    pub height: Height,
    /// The device.
    pub key: PublicKey,
}

/// What the chain says of a device's key.
#[derive(Clone, Copy, Debug)]
struct Key {
    from: Height,
    until: Option<Height>,
    next_nonce: u64,
}

impl Store {
    /// Devices of a member, newest first, as they stand after the block of height `at`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn devices(
        &self,
        member: MemberId,
        after: Option<DeviceCursor>,
        limit: u64,
        at: Height,
    ) -> Result<Vec<Device>, StoreError> {
        let mut query = rm_device::Entity::find()
            .filter(rm_device::Column::Member.eq(member.to_string()))
            .order_by_desc(rm_device::Column::Height)
            .order_by_asc(rm_device::Column::DeviceKey)
            .limit(limit);
        if let Some(after) = after {
            let same = Condition::all()
                .add(rm_device::Column::Height.eq(int(after.height)))
                .add(rm_device::Column::DeviceKey.gt(after.key.0.to_vec()));
            query = query.filter(Condition::any().add(rm_device::Column::Height.lt(int(after.height))).add(same));
        }
        let rows = query.all(self.reader()).await?;
        self.with_deeds(rows, at).await
    }

    /// One device, of whatever member.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn device(&self, key: PublicKey, at: Height) -> Result<Option<(String, Device)>, StoreError> {
        let Some(row) = rm_device::Entity::find_by_id(key.0.to_vec()).one(self.reader()).await? else {
            return Ok(None);
        };
        let member = row.member.clone();
        Ok(self.with_deeds(vec![row], at).await?.pop().map(|device| (member, device)))
    }

    async fn with_deeds(&self, rows: Vec<rm_device::Model>, at: Height) -> Result<Vec<Device>, StoreError> {
        let ids: Vec<PublicKey> = rows.iter().map(|row| key_of(&row.device_key)).collect::<Result<_, _>>()?;
        let keys = self.device_keys(&ids).await?;
        let seen = self.last_seen(&keys).await?;
        let view = |(row, id): (rm_device::Model, PublicKey)| {
            let missing = || StoreError::corrupt("rm_object", "state", format!("no state of key {id}"));
            let key = keys.get(&id).copied().ok_or_else(missing)?;
            let (line, site) = place(&row.label);
            Ok(Device {
                key: id.to_string(),
                line: line.to_owned(),
                site: site.to_owned(),
                state: state(key, at),
                until: key.until,
                last_sequence: key.next_nonce.checked_sub(1),
                last_seen: seen.get(&id).cloned(),
                registered: evidence("rm_device", &row.tx_id, row.height, row.time_ms)?,
            })
        };
        rows.into_iter().zip(ids.iter().copied()).map(view).collect()
    }

    async fn device_keys(&self, ids: &[PublicKey]) -> Result<BTreeMap<PublicKey, Key>, StoreError> {
        let objects = ids.iter().map(|id| ObjectId::Key(*id).to_bytes());
        let found = rm_object::Entity::find().filter(rm_object::Column::ObjectKey.is_in(objects));
        let mut keys = BTreeMap::new();
        for row in found.all(self.reader()).await? {
            let corrupt = |column| move |error| StoreError::corrupt("rm_object", column, error);
            let id = ObjectId::parse(&row.object_key, 64, "object id").map_err(corrupt("object_key"))?;
            let state = ObjectState::parse(&row.state, VALUE_BYTES_MAX, "state").map_err(corrupt("state"))?;
            if let (ObjectId::Key(id), StateBody::Key { from, until, next_nonce, .. }) = (id, state.body) {
                keys.insert(id, Key { from, until, next_nonce });
            }
        }
        Ok(keys)
    }

    /// The newest transaction of each device: that with its highest number. One with a forged signature is not the device's.
    async fn last_seen(&self, keys: &BTreeMap<PublicKey, Key>) -> Result<BTreeMap<PublicKey, Evidence>, StoreError> {
        let mut newest = Condition::any();
        for (id, key) in keys {
            let Some(nonce) = key.next_nonce.checked_sub(1) else { continue };
            let one = Condition::all()
                .add(rm_tx::Column::Signer.eq(id.0.to_vec()))
                .add(rm_tx::Column::Nonce.eq(nonce.to_be_bytes().to_vec()));
            newest = newest.add(one);
        }
        if newest.is_empty() {
            return Ok(BTreeMap::new());
        }
        let forged = i16::try_from(Refusal::BadSignature.code()).unwrap_or(i16::MAX);
        let rows = rm_tx::Entity::find()
            .filter(newest)
            .filter(rm_tx::Column::Code.ne(forged))
            .order_by_asc(rm_tx::Column::Height)
            .order_by_asc(rm_tx::Column::Pos)
            .all(self.reader())
            .await?;
        let mut seen = BTreeMap::new();
        for row in rows {
            let id = PublicKey(bytes("rm_tx", "signer", &row.signer)?);
            let at = evidence("rm_tx", &row.tx_id, row.height, row.time_ms)?;
            // A number counts once; what came with it later was refused.
            seen.entry(id).or_insert(at);
        }
        Ok(seen)
    }
}

fn key_of(column: &[u8]) -> Result<PublicKey, StoreError> {
    bytes("rm_device", "device_key", column).map(PublicKey)
}

/// Whether the key may sign in the block after `at`.
fn state(key: Key, at: Height) -> DeviceState {
    let next = at.saturating_add(1);
    if key.until.is_some_and(|until| next >= until) {
        DeviceState::Revoked
    } else if next < key.from {
        DeviceState::Waits
    } else {
        DeviceState::Active
    }
}

/// The cursor behind a device of a page.
#[must_use]
pub fn cursor_after(device: &Device) -> String {
    format!("{}-{}", device.registered.height, device.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_waits_signs_and_ends_where_the_rules_say() {
        let key = |until| Key { from: 10, until, next_nonce: 0 };
        // `from` and `until` are the first heights at which it may and may not.
        assert_eq!(state(key(None), 8), DeviceState::Waits);
        assert_eq!(state(key(None), 9), DeviceState::Active);
        assert_eq!(state(key(Some(20)), 18), DeviceState::Active);
        assert_eq!(state(key(Some(20)), 19), DeviceState::Revoked);
    }
}
