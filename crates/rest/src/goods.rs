//! Products, batches and orders of codes.

use crate::call::{Again, Call, Tracelight, path, until};
use crate::error::Error;
use crate::once::Once;
use crate::rows::Rows;
use std::time::Duration;
use tracelight_api::rest::goods::{Batch, CodeRule, NewBatch, NewOrder, NewProduct, Order, OrderState, Product};

impl Tracelight {
    /// Registered products.
    #[must_use]
    pub fn products(&self) -> Rows<'_, Product> {
        Rows::of(self, path(&["products"]))
    }

    /// One product.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn product(&self, gtin: &str) -> Result<Product, Error> {
        self.read(Call::get(path(&["products", gtin])?)).await
    }

    /// Registers a product on the chain.
    ///
    /// # Errors
    /// [`Error`]; `already_exists`, `invalid_field` with the field and the character.
    pub async fn register_product(&self, product: &NewProduct, once: &Once) -> Result<Product, Error> {
        self.read(Call::post(path(&["products"])?, product, Again::Never)?.once(once)?).await
    }

    /// How the serials of a product look.
    ///
    /// # Errors
    /// [`Error`]; `not_found` for a product of another maker.
    pub async fn code_rule(&self, gtin: &str) -> Result<CodeRule, Error> {
        self.read(Call::get(path(&["products", gtin, "code-rule"])?)).await
    }

    /// Says how the serials of a product shall look, from the next order on.
    ///
    /// # Errors
    /// [`Error`]; `invalid_field` for a rule by which serials could be guessed.
    pub async fn set_code_rule(&self, gtin: &str, rule: &CodeRule) -> Result<CodeRule, Error> {
        self.read(Call::put(path(&["products", gtin, "code-rule"])?, rule)?).await
    }

    /// Batches that the member may see, newest first.
    #[must_use]
    pub fn batches(&self) -> Rows<'_, Batch> {
        Rows::of(self, path(&["batches"]))
    }

    /// One batch.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn batch(&self, gtin: &str, lot: &str) -> Result<Batch, Error> {
        self.read(Call::get(path(&["batches", gtin, lot])?)).await
    }

    /// Registers a batch on the chain.
    ///
    /// # Errors
    /// [`Error`]; `unknown_product`, `already_exists`, `dates_in_order`.
    pub async fn register_batch(&self, batch: &NewBatch, once: &Once) -> Result<Batch, Error> {
        self.read(Call::post(path(&["batches"])?, batch, Again::Never)?.once(once)?).await
    }

    /// Orders codes for a batch. They are made in the background: [`Tracelight::wait_for_order`].
    ///
    /// # Errors
    /// [`Error`]; `batch_sealed`, `idempotency_conflict`.
    pub async fn order_codes(&self, gtin: &str, lot: &str, order: NewOrder, once: &Once) -> Result<Order, Error> {
        let path = path(&["batches", gtin, lot, "orders"])?;
        self.read(Call::post(path, &order, Again::Never)?.once(once)?).await
    }

    /// Where an order stands.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn order(&self, id: &str) -> Result<Order, Error> {
        self.read(Call::get(path(&["orders", id])?)).await
    }

    /// Stops an order. The codes made so far stay.
    ///
    /// # Errors
    /// [`Error`]; `order_finished`.
    pub async fn cancel_order(&self, id: &str) -> Result<Order, Error> {
        self.read(Call::act(path(&["orders", id, "cancel"])?, Again::Never)).await
    }

    /// Waits until all codes of an order are made. The order goes on when nobody waits.
    ///
    /// # Errors
    /// [`Error::NotInTime`] after `within`; [`Error::OrderEnded`] when it was cancelled or failed; [`Error`].
    pub async fn wait_for_order(&self, id: &str, within: Duration) -> Result<Order, Error> {
        let look = || async move {
            let order = self.order(id).await?;
            match order.state {
                OrderState::Done => Ok(Some(order)),
                OrderState::Cancelled | OrderState::Failed => Err(Error::OrderEnded(Box::new(order))),
                OrderState::Queued | OrderState::Running => Ok(None),
            }
        };
        until(within, format!("order {id}"), look).await
    }
}
