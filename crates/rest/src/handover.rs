//! Stock, shipments and steps of single packs. Each is signed on the chain in the name of the key's member.

use crate::call::{Again, Call, Tracelight, path};
use crate::error::Error;
use crate::once::Once;
use crate::rows::Rows;
use tracelight_api::rest::handover::{Done, NewShipment, ReceiveShipment, Shipment, StockItem, UnitActionRequest};

impl Tracelight {
    /// Cases and pallets in the member's hands.
    #[must_use]
    pub fn stock(&self) -> Rows<'_, StockItem> {
        Rows::of(self, path(&["stock"]))
    }

    /// Shipments from and to the member, newest first.
    #[must_use]
    pub fn shipments(&self) -> Rows<'_, Shipment> {
        Rows::of(self, path(&["shipments"]))
    }

    /// One shipment.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn shipment(&self, id: &str) -> Result<Shipment, Error> {
        self.read(Call::get(path(&["shipments", id])?)).await
    }

    /// Ships outermost cases and pallets to another member.
    ///
    /// # Errors
    /// [`Error`]; `not_the_custodian`, `inside_another`, `not_in_stock`, `batch_recalled`.
    pub async fn ship(&self, shipment: &NewShipment, once: &Once) -> Result<Shipment, Error> {
        self.read(Call::post(path(&["shipments"])?, shipment, Again::Never)?.once(once)?).await
    }

    /// Accepts a shipment, and says what is missing or broken.
    ///
    /// # Errors
    /// [`Error`]; `not_the_receiver`, `shipment_closed`.
    pub async fn receive(&self, id: &str, received: &ReceiveShipment, once: &Once) -> Result<Shipment, Error> {
        self.read(Call::post(path(&["shipments", id, "receive"])?, received, Again::Never)?.once(once)?).await
    }

    /// Refuses a shipment as a whole.
    ///
    /// # Errors
    /// [`Error`]; `not_the_receiver`, `shipment_closed`.
    pub async fn refuse(&self, id: &str, once: &Once) -> Result<Shipment, Error> {
        self.read(Call::act(path(&["shipments", id, "refuse"])?, Again::Never).once(once)?).await
    }

    /// Something happens to one pack: dispensed, sold, sampled, destroyed, stolen, exported, returned.
    ///
    /// # Errors
    /// [`Error`]; `unit_gone`, `batch_recalled`, `not_the_custodian`.
    pub async fn unit_action(&self, action: &UnitActionRequest, once: &Once) -> Result<Done, Error> {
        self.read(Call::post(path(&["units", "actions"])?, action, Again::Never)?.once(once)?).await
    }
}
