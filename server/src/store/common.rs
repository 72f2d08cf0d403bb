//! What packs have in common with others, read once for many scans: their product, their lot, their case.
//!
//! ```text
//! (product | lot | case, newest block with transactions)  ->  what the tables say of it
//! ```
//! * Each was read at one moment, at most [`HELD_FOR`] ago; a block with transactions that this server has projected makes new ones. So
//!   a recall counts with its block, as everywhere, and what another server of the same database has projected a second later.
//! * What is not there is not kept: it may arrive at any moment, and strangers could fill the memory with it.
//! * Who writes starts with an empty one.

use super::convert::{date, from_tag, gln};
use super::entity::{rm_batch, rm_product};
use super::packs::CaseLabel;
use super::{Store, StoreError};
use crate::scan::HELD_FOR;
use crate::scan::facts::Notice;
use moka::future::Cache;
use sea_orm::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use tracelight_domain::gs1::{Date, Gtin, Sscc};
use tracelight_domain::ids::{BatchId, Height, MemberId};
use tracelight_domain::state::{Event, ObjectId, StateBody, UnitStatus};
use tracelight_domain::tx::{Product, RecallClass};

/// Products, lots and cases that are kept, of each. A case with its pallets has tens of events of 200 bytes; the most that a case may
/// have are 20,000.
const KEPT_MAX: u64 = 1_024;

/// A product.
#[derive(Clone, Debug)]
pub struct ProductFacts {
    /// Master data as signed.
    pub product: Product,
    /// Its maker.
    pub maker: MemberId,
}

/// A lot.
#[derive(Clone, Debug)]
pub struct LotFacts {
    /// AI 11.
    pub made_on: Date,
    /// AI 17.
    pub expires_on: Date,
    /// Whether it is sealed.
    pub sealed: bool,
    /// Whether its list is here and was compared with the chain.
    pub has_list: bool,
    /// The gravest recall in force.
    pub recalled: Option<RecallClass>,
    /// The published notice of that recall, when this server keeps it.
    pub notice: Option<Notice>,
    /// What happened to the lot itself.
    pub events: Vec<Event>,
}

/// A case.
#[derive(Clone, Debug)]
pub struct CaseFacts {
    /// What it, or the pallet that it stands on, says of a pack without a state of its own. The phone asks the same.
    pub fate: UnitStatus,
    /// What happened to it.
    pub events: Vec<Event>,
    /// What happened to every pallet that ever carried it.
    pub hosts: BTreeMap<Sscc, Vec<Event>>,
}

/// What is kept.
#[derive(Debug)]
pub struct Common {
    products: Cache<(Gtin, Height), Arc<ProductFacts>>,
    lots: Cache<(BatchId, Height), Arc<LotFacts>>,
    cases: Cache<(CaseLabel, Height), Arc<CaseFacts>>,
}

impl Default for Common {
    fn default() -> Self {
        Self { products: kept(), lots: kept(), cases: kept() }
    }
}

fn kept<K: std::hash::Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>() -> Cache<K, V> {
    Cache::builder().max_capacity(KEPT_MAX).time_to_live(HELD_FOR).build()
}

/// Facts as of a block, kept or read.
#[derive(Clone, Copy, Debug)]
pub struct CommonAt<'a> {
    /// What is kept.
    pub kept: &'a Common,
    /// The newest block with transactions that this server has projected, taken before anything is read.
    pub changed: Height,
}

impl CommonAt<'_> {
    /// A product, if it is registered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn product(&self, store: &Store, gtin: Gtin) -> Result<Option<Arc<ProductFacts>>, StoreError> {
        let key = (gtin, self.changed);
        if let Some(found) = self.kept.products.get(&key).await {
            return Ok(Some(found));
        }
        let found = store.product_facts(gtin).await?.map(Arc::new);
        if let Some(found) = &found {
            self.kept.products.insert(key, Arc::clone(found)).await;
        }
        Ok(found)
    }

    /// A lot, if it is in the read model.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lot(&self, store: &Store, batch: &BatchId) -> Result<Option<Arc<LotFacts>>, StoreError> {
        let key = (batch.clone(), self.changed);
        if let Some(found) = self.kept.lots.get(&key).await {
            return Ok(Some(found));
        }
        let found = store.snapshot().await?.lot_facts(batch).await?.map(Arc::new);
        if let Some(found) = &found {
            self.kept.lots.insert(key, Arc::clone(found)).await;
        }
        Ok(found)
    }

    /// A case.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn case(&self, store: &Store, case: CaseLabel) -> Result<Arc<CaseFacts>, StoreError> {
        let key = (case, self.changed);
        if let Some(found) = self.kept.cases.get(&key).await {
            return Ok(found);
        }
        let found = Arc::new(store.snapshot().await?.case_facts(case.sscc).await?);
        self.kept.cases.insert(key, Arc::clone(&found)).await;
        Ok(found)
    }
}

impl Store {
    async fn product_facts(&self, gtin: Gtin) -> Result<Option<ProductFacts>, StoreError> {
        let row = rm_product::Entity::find_by_id(gtin.to_string()).one(self.reader()).await?;
        let Some(row) = row else { return Ok(None) };
        let maker = gln("rm_product", "maker", &row.maker)?;
        let kind = from_tag("rm_product", "kind", row.kind)?;
        let product = Product {
            gtin,
            name_en: row.name_en,
            name_zh: row.name_zh,
            detail: row.detail,
            approval: row.approval,
            hotline: row.hotline,
            kind,
        };
        Ok(Some(ProductFacts { product, maker }))
    }

    async fn lot_facts(&self, batch: &BatchId) -> Result<Option<LotFacts>, StoreError> {
        let key = (batch.gtin.to_string(), batch.lot.as_bytes().to_vec());
        let Some(row) = rm_batch::Entity::find_by_id(key).one(self.reader()).await? else { return Ok(None) };
        let recalled = row.recalled.map(|class| from_tag("rm_batch", "recalled", class)).transpose()?;
        let notice = match recalled {
            Some(_) => self.notice_in_force(batch).await?,
            None => None,
        };
        let object = ObjectId::Batch(batch.clone());
        let events = self.events_of(std::slice::from_ref(&object)).await?.remove(&object);
        Ok(Some(LotFacts {
            made_on: date("rm_batch", "made_on", &row.made_on)?,
            expires_on: date("rm_batch", "expires_on", &row.expires_on)?,
            sealed: row.seal_tx.is_some(),
            has_list: self.has_list(batch).await?,
            recalled,
            notice,
            events: events.unwrap_or_default(),
        }))
    }

    async fn case_facts(&self, case: Sscc) -> Result<CaseFacts, StoreError> {
        let object = ObjectId::Logistic(case);
        let mut outermost = self.object(&object).await?.map(|state| state.body);
        if let Some(StateBody::Logistic { parent: Some(pallet), .. }) = outermost {
            outermost = self.object(&ObjectId::Logistic(pallet)).await?.map(|state| state.body);
        }
        let fate = match outermost {
            Some(StateBody::Logistic { status, .. }) => status.fate_of_packs(),
            _ => UnitStatus::Active,
        };
        let events = self.events_of(std::slice::from_ref(&object)).await?.remove(&object).unwrap_or_default();
        let hosts = self.hosts_of(&events).await?;
        Ok(CaseFacts { fate, events, hosts })
    }
}
