//! Captured events, on both engines.

use super::{mariadb, sqlite};
use crate::store::{
    Kind, Narrow, NewCapture, NewEvent, OnLedger, Outbox, QueryStored, Rejected, Sent, Store, SubscriptionRow,
};
use std::collections::BTreeSet;
use tracelight_domain::gs1::Gln;
use tracelight_domain::ids::MemberId;
use tracelight_proof::hash::{CAPTURED, hash, sha256};
use tracelight_proof::log::Frontier;
use uuid::Uuid;

on_both! {
    an_event_is_stored_once_and_its_id_is_its_own
    two_captures_at_once_leave_no_gap_in_the_log
    the_index_finds_what_events_name
    queries_and_subscriptions_are_each_members_own
    a_report_is_made_once_and_sent_until_it_is_taken
}

fn member(text: &str) -> MemberId {
    Gln::parse(text).expect("a GLN of constants")
}

fn maker() -> MemberId {
    member("6901234000016")
}

fn call(proceed: bool) -> NewCapture {
    NewCapture {
        job: Uuid::now_v7(),
        member: maker(),
        user: Uuid::nil(),
        user_name: "maker".to_owned(),
        now_ms: 1_000,
        proceed,
        document: [1; 32],
        master: None,
        errors: Vec::new(),
    }
}

/// An event with this id and content. The id `h…` stands for the hash of the content: the sender gave none.
fn event(id: &str, content: u8) -> NewEvent {
    NewEvent {
        pointer: format!("/{id}"),
        event_hash: [content; 32],
        content: [content; 32],
        id_key: sha256(id.as_bytes()).0,
        given_id: !id.starts_with('h'),
        declared: false,
        event_ms: i64::from(content),
        body: format!("{{\"id\":\"{id}\",\"content\":{content}}}"),
        salt: [content; 16],
        names: BTreeSet::from([(Kind::BizStep, "shipping".to_owned()), (Kind::Object, format!("urn:x:{content}"))]),
        to_be_signed: content == 7,
        ledger_note: String::new(),
    }
}

async fn capture(store: &Store, proceed: bool, events: Vec<NewEvent>) -> (u64, u64, Vec<String>) {
    let told = |rejected: &Rejected| format!("\"{}\"", rejected.pointer);
    let captured = store.epcis_capture(call(proceed), events, told).await.expect("the database works");
    (captured.stored, captured.known, captured.rejected.into_iter().map(|rejected| rejected.pointer).collect())
}

async fn an_event_is_stored_once_and_its_id_is_its_own(store: Store) {
    assert_eq!(capture(&store, false, vec![event("a", 1), event("h2", 2)]).await, (2, 0, vec![]));
    // The same document again; the same event without its id; the same event twice in a document.
    assert_eq!(capture(&store, false, vec![event("a", 1), event("h2", 2)]).await, (0, 2, vec![]));
    assert_eq!(capture(&store, false, vec![event("h1", 1)]).await, (0, 1, vec![]));
    assert_eq!(capture(&store, false, vec![event("c", 3), event("c", 3)]).await, (1, 1, vec![]));
    // Another event under a known id: nothing of the document is stored, or everything else is.
    let conflict = || vec![event("d", 4), event("a", 9)];
    assert_eq!(capture(&store, false, conflict()).await, (0, 0, vec!["/a".to_owned()]));
    assert_eq!(store.epcis_size(maker()).await.expect("it is read"), 3);
    assert_eq!(capture(&store, true, conflict()).await, (1, 0, vec!["/a".to_owned()]));
    // Equal hashes of other contents are other events; a withdrawal has its event's id.
    let collision = NewEvent { content: [99; 32], ..event("e", 1) };
    assert_eq!(capture(&store, false, vec![collision]).await, (1, 0, vec![]));
    let withdrawal = NewEvent { declared: true, content: [98; 32], ..event("a", 1) };
    assert_eq!(capture(&store, false, vec![withdrawal]).await, (1, 0, vec![]));
    let jobs = store.epcis_jobs(maker(), None, 100).await.expect("it is read");
    assert_eq!(jobs.len(), 8, "each call has a job");
    let failed = jobs.iter().filter(|job| job.errors == b"[\"/a\"]").count();
    assert_eq!(failed, 2, "{jobs:?}");
    let log = store.epcis_log(maker()).await.expect("it is read");
    assert_eq!(log.size, 6);
    assert_eq!(store.epcis_log(member("6901234000023")).await.expect("it is read").size, 0);
}

async fn two_captures_at_once_leave_no_gap_in_the_log(store: Store) {
    let many = |from: u8| (from..from + 20).map(|n| event(&format!("{n}"), n)).collect::<Vec<_>>();
    let both = futures::future::join(capture(&store, false, many(10)), capture(&store, false, many(20)));
    let ((first, _, _), (second, _, _)) = both.await;
    assert_eq!(first + second, 30, "ten events are in both");
    let rows = store.epcis_events(maker(), 0, 100, &Narrow::default()).await.expect("it is read");
    assert!(rows.iter().map(|row| row.seq).eq(0..30));
    let mut log = Frontier::default();
    for row in &rows {
        let json: serde_json::Value = serde_json::from_slice(&row.body).expect("JSON");
        let salt = [u8::try_from(json["content"].as_u64().expect("a number")).expect("a byte"); 16];
        log.append(&hash(CAPTURED, &[&salt, &sha256(&row.body).0]).0);
    }
    let kept = store.epcis_log(maker()).await.expect("it is read");
    assert_eq!((kept.size, kept.root), (30, log.root()), "anybody with the events comes to the root");
}

async fn the_index_finds_what_events_name(store: Store) {
    capture(&store, false, (1..=9).map(|n| event(&format!("{n}"), n)).collect()).await;
    let found = async |narrow: Narrow| -> Vec<i64> {
        let rows = store.epcis_events(maker(), 0, 100, &narrow).await.expect("it is read");
        rows.into_iter().map(|row| row.seq).collect()
    };
    let names = |kind, names: &[&str]| (kind, names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let objects = names(Kind::Object, &["urn:x:2", "urn:x:5", "urn:x:none"]);
    assert_eq!(found(Narrow { names: vec![objects.clone()], ..Narrow::default() }).await, [1, 4]);
    let both = vec![objects, names(Kind::BizStep, &["receiving"])];
    assert!(found(Narrow { names: both, ..Narrow::default() }).await.is_empty(), "every condition has to hold");
    let id_keys = Some(vec![sha256(b"3").0]);
    assert_eq!(found(Narrow { id_keys, ..Narrow::default() }).await, [2]);
    let times = Narrow { event_from_ms: Some(8), event_to_ms: Some(8), ..Narrow::default() };
    assert_eq!(found(times).await, [7]);
    let steps = store.epcis_resources(maker(), Kind::BizStep, None, 10).await.expect("it is read");
    assert_eq!(steps.iter().map(|step| step.value.as_slice()).collect::<Vec<_>>(), [b"shipping"]);
    assert!(store.epcis_names(maker(), Kind::BizStep, "shipping").await.expect("it is read"));
    assert!(!store.epcis_names(member("6901234000023"), Kind::BizStep, "shipping").await.expect("it is read"));
    // One of them waits for a signature, and gets its answer.
    let waiting = store.epcis_to_be_signed(maker(), 10).await.expect("it is read");
    assert_eq!(waiting.iter().map(|(entry, ..)| *entry).collect::<Vec<_>>(), [6]);
    store.epcis_settled(maker(), 6, OnLedger::Refused, "not yours", None).await.expect("it is written");
    assert!(store.epcis_to_be_signed(maker(), 10).await.expect("it is read").is_empty());
    let told = store.epcis_on_ledger(maker(), waiting[0].2).await.expect("it is read");
    assert_eq!((told[6].state, told[6].note.as_str()), (OnLedger::Refused, "not yours"));
}

fn subscription(query: &str) -> SubscriptionRow {
    SubscriptionRow {
        id: Uuid::now_v7(),
        member: maker(),
        regulator: false,
        query: query.to_owned(),
        dest: "https://client.example.com/".to_owned(),
        secret: vec![7; 32],
        schedule: None,
        report_if_empty: false,
        from_ms: Some(5),
        place: Some("0.0".to_owned()),
        due_ms: 10,
        created_ms: 1,
        notified_ms: None,
    }
}

async fn queries_and_subscriptions_are_each_members_own(store: Store) {
    let other = member("6901234000023");
    let add = async |member, name: &str| store.epcis_add_query(member, name, "{}", 1).await.expect("it is written");
    assert_eq!(add(maker(), "b").await, QueryStored::Stored);
    assert_eq!(add(maker(), "B").await, QueryStored::Stored, "names differ by case");
    assert_eq!(add(maker(), "b").await, QueryStored::Taken);
    assert_eq!(add(other, "b").await, QueryStored::Stored, "another member's names are its own");
    let names = store.epcis_queries(maker(), "B", 10).await.expect("it is read");
    assert_eq!(names.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["b"]);
    let row = subscription("b");
    assert!(store.epcis_subscribe(&row).await.expect("it is written"));
    assert_eq!(store.epcis_subscriptions(maker(), "b").await.expect("it is read"), std::slice::from_ref(&row));
    assert!(store.epcis_subscriptions(other, "b").await.expect("it is read").is_empty());
    assert!(!store.epcis_unsubscribe(other, "b", row.id).await.expect("it is tried"));
    assert!(store.epcis_delete_query(maker(), "b").await.expect("it is deleted"));
    assert!(!store.epcis_delete_query(maker(), "b").await.expect("it is gone"));
    assert!(store.epcis_subscriptions(maker(), "b").await.expect("it is read").is_empty(), "they go with their query");
    assert!(store.epcis_query(other, "b").await.expect("it is read").is_some());
}

async fn a_report_is_made_once_and_sent_until_it_is_taken(store: Store) {
    let row = subscription("q");
    store.epcis_subscribe(&row).await.expect("it is written");
    assert_eq!(store.epcis_due(9, 10).await.expect("it is read"), []);
    assert_eq!(store.epcis_due(10, 10).await.expect("it is read"), std::slice::from_ref(&row));
    let report =
        async || store.epcis_report(row.id, 10, Some("3.4"), 20, Some(b"{}"), 11).await.expect("it is written");
    assert!(report().await && !report().await, "the second worker finds that it was done");
    let now = store.epcis_subscriptions(maker(), "q").await.expect("it is read").remove(0);
    assert_eq!((now.place.as_deref(), now.due_ms), (Some("3.4"), 20));
    let claim =
        async |now: u64| store.claim_deliveries(Outbox::Reports, now, now + 100, 10).await.expect("it is claimed");
    let first = claim(11).await.remove(0);
    assert_eq!((first.attempts, first.body.as_slice()), (1, b"{}".as_slice()));
    assert!(claim(50).await.is_empty(), "it is in somebody's hands");
    let again = Sent::Again { at_ms: 60, note: "answered 500".to_owned() };
    store.delivery_sent(&first, Some(500), &again, 51).await.expect("it is written");
    let second = claim(60).await.remove(0);
    assert_eq!((second.attempts, second.id), (2, first.id));
    assert_eq!(store.deliveries_waiting(Outbox::Reports, row.id).await.expect("it is read"), 1);
    store.delivery_sent(&second, Some(204), &Sent::Delivered, 61).await.expect("it is written");
    assert!(claim(1_000).await.is_empty());
    let line = store.deliveries(Outbox::Reports, row.id).await.expect("it is read").remove(0);
    assert_eq!((line.state, line.attempts, line.status, line.delivered_ms), (1, 2, Some(204), Some(61)));
    let now = store.epcis_subscriptions(maker(), "q").await.expect("it is read").remove(0);
    assert_eq!(now.notified_ms, Some(61));
    store.forget_deliveries(Outbox::Reports, 1_000).await.expect("it is deleted");
    assert!(store.deliveries(Outbox::Reports, row.id).await.expect("it is read").is_empty());
}
