//! Webhooks: what happens to a member's goods, sent to an address of the member (Standard Webhooks 1.0).
//!
//! ```text
//! POST <url>     webhook-id, webhook-timestamp, webhook-signature: v1,<base64> (two of them while a secret is rotated)
//! body           {"type": "shipment.received", "timestamp": "2026-11-28T09:30:00.000Z", "data": {…}}
//! answer         2xx: taken     410: the endpoint is switched off     anything else: again, later
//! ```
//! Events come from blocks that this server has verified; notices and reminders of recall cases come from the case itself and have
//! no evidence. They arrive at least once and in no promised order; the same
//! `webhook-id` is the same event.

use super::Evidence;
use serde::{Deserialize, Serialize};

/// Endpoints of one member.
pub const WEBHOOKS_MAX: u64 = 20;
/// Characters of an endpoint's description.
pub const DESCRIPTION_CHARS_MAX: usize = 200;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EventType {
    /// A batch of yours was sealed.
    #[serde(rename = "batch.sealed")]
    BatchSealed,
    /// Goods were shipped, by you or to you.
    #[serde(rename = "shipment.shipped")]
    ShipmentShipped,
    /// A shipment from you or to you was received, whole or in part.
    #[serde(rename = "shipment.received")]
    ShipmentReceived,
    /// A shipment from you or to you was refused.
    #[serde(rename = "shipment.refused")]
    ShipmentRefused,
    /// A recall waits for its second person. For the lot's maker and regulators.
    #[serde(rename = "recall.opened")]
    RecallOpened,
    /// A recall is in force. For every member.
    #[serde(rename = "recall.approved")]
    RecallApproved,
    /// A recall was wound up. For every member.
    #[serde(rename = "recall.closed")]
    RecallClosed,
    /// A recall case in force asks you about packs that you hold or held.
    #[serde(rename = "recall.notice")]
    RecallNotice,
    /// The same again, because you have not answered for every lot.
    #[serde(rename = "recall.reminder")]
    RecallReminder,
}

impl EventType {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 9] = [
        Self::BatchSealed,
        Self::ShipmentShipped,
        Self::ShipmentReceived,
        Self::ShipmentRefused,
        Self::RecallOpened,
        Self::RecallApproved,
        Self::RecallClosed,
        Self::RecallNotice,
        Self::RecallReminder,
    ];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BatchSealed => "batch.sealed",
            Self::ShipmentShipped => "shipment.shipped",
            Self::ShipmentReceived => "shipment.received",
            Self::ShipmentRefused => "shipment.refused",
            Self::RecallOpened => "recall.opened",
            Self::RecallApproved => "recall.approved",
            Self::RecallClosed => "recall.closed",
            Self::RecallNotice => "recall.notice",
            Self::RecallReminder => "recall.reminder",
        }
    }

    /// Back from its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Make an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where events go: `https://`, a public address.
    pub url: String,
    /// Which events, at least one.
    pub events: Vec<EventType>,
    /// What it is for, at most 200 characters.
    #[serde(default)]
    pub description: String,
}

/// Where an endpoint stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// Events are sent.
    Active,
    /// Switched off, and why: [`Webhook::off_because`].
    Disabled,
}

/// Why nothing is sent to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OffReason {
    /// Every attempt failed for three days.
    Failing,
    /// It answered 410: it wants no more.
    Gone,
    /// Somebody of your member switched it off.
    Told,
}

/// An endpoint, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Where events go.
    pub url: String,
    /// Which events.
    pub events: Vec<EventType>,
    /// What it is for.
    pub description: String,
    /// Where it stands.
    pub state: WebhookState,
    /// Why it is switched off; absent while it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_because: Option<OffReason>,
    /// When it was made, milliseconds.
    pub created_ms: u64,
    /// Since when every attempt has failed, milliseconds.
    pub failing_since_ms: Option<u64>,
    /// Until when the secret before the last rotation signs too, milliseconds.
    pub old_secret_until_ms: Option<u64>,
    /// The newest line of its delivery log, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_delivery: Option<WebhookDelivery>,
}

/// An endpoint that was just made, or whose secret was rotated.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeWebhook {
    /// The secret (`whsec_…`). It is told here and never again.
    pub secret: String,
    /// The endpoint.
    pub webhook: Webhook,
}

impl core::fmt::Debug for MadeWebhook {
    /// Without the secret.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MadeWebhook").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It will be sent, or sent again.
    Waits,
    /// Taken.
    Delivered,
    /// Not sent again, unless somebody says so.
    GivenUp,
}

/// A line of an endpoint's delivery log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookDelivery {
    /// Its id: `webhook-id`.
    pub id: String,
    /// The event's type; `webhook.test` for a test.
    pub event: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// When it was made, milliseconds.
    pub created_ms: u64,
    /// Attempts so far.
    pub attempts: u64,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// What went wrong last.
    pub note: String,
    /// When it was taken, milliseconds.
    pub delivered_ms: Option<u64>,
    /// When it will be sent, or sent again, milliseconds; absent when it is over. A moment that has passed is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_ms: Option<u64>,
}

/// The body of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookEvent {
    /// Its type.
    pub r#type: String,
    /// When it happened: time of its block, UTC.
    pub timestamp: String,
    /// What happened.
    pub data: EventData,
}

/// What happened. Fields that an event has nothing to say about are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventData {
    /// GTIN of the batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// Its lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Packs that were sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u64>,
    /// The shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<String>,
    /// GLN of its sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// GLN of its receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Received in part: something was short or damaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_part: Option<bool>,
    /// The recall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<String>,
    /// The recall case that asks you: its notice is at `/recall-tasks/{id}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Its class, 1 (grave) to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<u8>,
    /// A drill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<bool>,
    /// Where it stands on the chain; absent for a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}
