//! Endpoints of webhooks: the side that tells the server where to call. The side that is called: [`crate::webhook`].

use crate::call::{Again, Call, Tracelight, path};
use crate::error::Error;
use crate::rows::Rows;
use tracelight_api::rest::webhook::{MadeWebhook, NewWebhook, Webhook, WebhookDelivery};

impl Tracelight {
    /// Endpoints of the member, newest first.
    #[must_use]
    pub fn webhooks(&self) -> Rows<'_, Webhook> {
        Rows::of(self, path(&["webhooks"]))
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn webhook(&self, id: &str) -> Result<Webhook, Error> {
        self.read(Call::get(path(&["webhooks", id])?)).await
    }

    /// Makes an endpoint. Its secret is in this answer and nowhere else; each call makes another endpoint, so it is never sent again
    /// by itself.
    ///
    /// # Errors
    /// [`Error`]; `invalid_field` for an address that is not public, `too_many_webhooks`.
    pub async fn make_webhook(&self, webhook: &NewWebhook) -> Result<MadeWebhook, Error> {
        self.read(Call::post(path(&["webhooks"])?, webhook, Again::Never)?).await
    }

    /// Removes an endpoint with its log.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn delete_webhook(&self, id: &str) -> Result<(), Error> {
        self.done(Call::delete(path(&["webhooks", id])?)).await
    }

    /// Another secret. For a day both sign.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn rotate_webhook(&self, id: &str) -> Result<MadeWebhook, Error> {
        self.read(Call::act(path(&["webhooks", id, "rotate"])?, Again::Never)).await
    }

    /// Switches an endpoint on. It is told what happens from now on.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn enable_webhook(&self, id: &str) -> Result<Webhook, Error> {
        self.read(Call::act(path(&["webhooks", id, "enable"])?, Again::Harmless)).await
    }

    /// Switches an endpoint off. What waits for it is given up.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn disable_webhook(&self, id: &str) -> Result<Webhook, Error> {
        self.read(Call::act(path(&["webhooks", id, "disable"])?, Again::Harmless)).await
    }

    /// Sends an event of the type `webhook.test`.
    ///
    /// # Errors
    /// [`Error`]; `webhook_disabled`.
    pub async fn test_webhook(&self, id: &str) -> Result<WebhookDelivery, Error> {
        self.read(Call::act(path(&["webhooks", id, "test"])?, Again::Never)).await
    }

    /// The newest deliveries of an endpoint, at most 200.
    #[must_use]
    pub fn deliveries(&self, id: &str) -> Rows<'_, WebhookDelivery> {
        Rows::of(self, path(&["webhooks", id, "deliveries"]))
    }

    /// Sends a delivery again, under the same `webhook-id`.
    ///
    /// # Errors
    /// [`Error`]; `webhook_disabled`, `not_found` for one that is older than 14 days.
    pub async fn resend(&self, id: &str, delivery: &str) -> Result<WebhookDelivery, Error> {
        self.read(Call::act(path(&["webhooks", id, "deliveries", delivery, "resend"])?, Again::Harmless)).await
    }
}
