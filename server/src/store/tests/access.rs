//! Keys and webhooks on both engines.

use super::*;
use crate::store::{AccessAudit, ApiKeyRow, FAILING_MS_MAX, NewDelivery, NewSecret, Outbox, Sent, WebhookRow};
use tracelight_api::rest::key::Scope;
use tracelight_api::rest::webhook::{EventType, OffReason};

on_both! {
    a_key_has_one_secret_and_after_a_rotation_two
    an_endpoint_that_fails_for_days_is_switched_off
}

fn audit(action: &'static str, subject: Uuid) -> AccessAudit {
    let user_name = "u".to_owned();
    AccessAudit { member: member(), user: Uuid::nil(), user_name, action, subject, detail: String::new() }
}

async fn a_key_has_one_secret_and_after_a_rotation_two(store: Store) {
    let row = ApiKeyRow {
        id: Uuid::now_v7(),
        member: member(),
        name: "仓库".to_owned(),
        scopes: vec![Scope::GoodsRead, Scope::Webhooks],
        created_by: "u".to_owned(),
        created_ms: 1,
        expires_ms: Some(100),
        revoked_ms: None,
        used_day: None,
    };
    let secret = |prefix, byte| NewSecret { prefix, hash: [byte; 32] };
    let made = audit("make_api_key", row.id);
    assert!(store.make_api_key(&row, secret("tl_aaaaaaaa", 1), &made, 1).await.expect("it works"));
    let ends = async || {
        let keys = store.api_keys(member()).await.expect("read");
        keys[0].1.iter().map(|secret| (secret.prefix.clone(), secret.until_ms)).collect::<Vec<_>>()
    };
    let rotate = async |prefix, byte, until, now| {
        let entry = audit("rotate_api_key", row.id);
        store.rotate_api_key(row.id, secret(prefix, byte), until, &entry, now).await.expect("it works")
    };
    assert!(rotate("tl_bbbbbbbb", 2, 50, 2).await);
    assert_eq!(ends().await, [("tl_bbbbbbbb".to_owned(), None), ("tl_aaaaaaaa".to_owned(), Some(50))]);
    assert!(rotate("tl_cccccccc", 3, 60, 3).await);
    assert_eq!(ends().await, [("tl_cccccccc".to_owned(), None), ("tl_bbbbbbbb".to_owned(), Some(60))]);
    let found = store.api_keys_by_prefix("tl_bbbbbbbb").await.expect("read");
    assert_eq!(found, [([2; 32], Some(60), row.clone())]);
    assert!(store.api_keys_by_prefix("TL_BBBBBBBB").await.expect("read").is_empty(), "byte for byte");
    store.api_key_used(row.id, 20_000).await.expect("written");
    store.api_key_used(row.id, 19_999).await.expect("written");
    assert_eq!(store.api_key(row.id).await.expect("read").and_then(|row| row.used_day), Some(20_000));
    assert!(!rotate("tl_dddddddd", 4, 200, 100).await, "it has expired");
    for now in [70, 80] {
        store.revoke_api_key(row.id, &audit("revoke_api_key", row.id), now).await.expect("it works");
    }
    assert_eq!(store.api_key(row.id).await.expect("read").and_then(|row| row.revoked_ms), Some(70));
    assert!(!rotate("tl_eeeeeeee", 5, 99, 90).await, "it was revoked");
}

async fn an_endpoint_that_fails_for_days_is_switched_off(store: Store) {
    let row = WebhookRow {
        id: Uuid::now_v7(),
        member: member(),
        url: "https://client.example.com/".to_owned(),
        events: vec![EventType::BatchSealed],
        description: String::new(),
        old_until_ms: None,
        off: None,
        created_ms: 1,
        failing_ms: None,
        place: 7,
    };
    assert!(store.make_webhook(&row, b"secret of sixteen", &audit("make_webhook", row.id)).await.expect("it works"));
    assert_eq!(store.webhooks(member()).await.expect("read"), std::slice::from_ref(&row));
    let delivery = || NewDelivery { id: Uuid::now_v7(), event: "batch.sealed", body: b"{}".to_vec() };
    store.webhook_told(&row, 9, vec![delivery(), delivery()], 10).await.expect("told");
    store.webhook_told(&row, 9, vec![delivery()], 10).await.expect("somebody was faster");
    assert_eq!(store.deliveries_waiting(Outbox::Events, row.id).await.expect("read"), 2);
    let claimed = store.claim_deliveries(Outbox::Events, 10, 20, 8).await.expect("claimed");
    assert_eq!((claimed.len(), &claimed[0].body), (2, &b"{}".to_vec()));
    let again = || Sent::Again { at_ms: 30, note: "answered 500".to_owned() };
    let sent = async |sent: Sent, now| store.delivery_sent(&claimed[0], Some(500), &sent, now).await.expect("written");
    assert!(!sent(again(), 100).await);
    assert!(!sent(again(), 99 + FAILING_MS_MAX).await);
    assert!(!sent(Sent::Delivered, 99 + FAILING_MS_MAX).await, "one success, and the count begins anew");
    assert!(!sent(again(), 100 + FAILING_MS_MAX).await);
    assert!(sent(again(), 100 + 2 * FAILING_MS_MAX).await);
    assert_eq!(store.webhooks(member()).await.expect("read")[0].off, Some(OffReason::Failing));
    assert_eq!(store.deliveries_waiting(Outbox::Events, row.id).await.expect("read"), 0);
    assert!(store.webhooks_behind(100, 10).await.expect("read").is_empty());
    store
        .rotate_webhook(row.id, b"another secret ..", 500, &audit("rotate_webhook", row.id), 5)
        .await
        .expect("rotated");
    let recipient = async |now| store.recipient(Outbox::Events, row.id, now).await.expect("read").expect("there");
    assert_eq!(recipient(499).await.secrets, [b"another secret ..".to_vec(), b"secret of sixteen".to_vec()]);
    assert_eq!(recipient(500).await.secrets, [b"another secret ..".to_vec()]);
    store.enable_webhook(row.id, 50, &audit("enable_webhook", row.id), 6).await.expect("enabled");
    assert_eq!(store.webhooks_behind(51, 10).await.expect("read")[0].place, 50);
    // The body of what was given up is still there.
    assert!(store.deliver_again(row.id, claimed[1].id, 1).await.expect("it works"));
    assert!(!store.deliver_again(Uuid::nil(), claimed[1].id, 1).await.expect("it works"), "another's");
    assert_eq!(store.claim_deliveries(Outbox::Events, 10, 20, 8).await.expect("claimed")[0].body, b"{}");
    store.drop_webhook(row.id, &audit("drop_webhook", row.id), 7).await.expect("dropped");
    assert!(store.recipient(Outbox::Events, row.id, 0).await.expect("read").is_none());
}
