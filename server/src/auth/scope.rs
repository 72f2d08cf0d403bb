//! What a key needs for each call: one table, closed. What stands in no line of it is for people.
//!
//! | scope | calls |
//! |---|---|
//! | any | who am I, how is the chain, which EPCIS is this |
//! | `goods:read` | products, batches, orders, labels, imports, partners, devices, stock, shipments: reading |
//! | `goods:write` | products, batches, orders, numbers of cases, imports: changing; blocks of codes, declaring codes invalid, closing books |
//! | `handover:write` | ship, receive, refuse, steps of single packs |
//! | `trace:read` | histories, the search, recalls, recall cases and what they ask of the member, recall notices, the FSMA 204 spreadsheet, verification of product identifiers |
//! | `epcis:capture` | capturing, and the jobs |
//! | `epcis:query` | events, vocabularies, stored queries, subscriptions |
//! | `webhooks` | webhooks |
//!
//! Never: sessions, keys, devices, recalls, recall cases, their answers and recall notices that are changed. A key must not widen what its member trusts.
//! Nor reports of fakes: they hold how to reach people. Nor the map of checks: it is looked at, and written down, by a person. Nor accounts of people, invitations and the audit log.

use axum::http::Method;
use tracelight_api::rest::key::Scope;

/// What a call needs of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Any good key.
    AnyKey,
    /// A key with this scope.
    Scope(Scope),
    /// A person; no key is enough.
    Person,
}

/// What a call needs.
#[must_use]
pub fn needed(method: &Method, path: &str) -> Need {
    let mut parts = path.split('/').skip(1);
    match parts.next() {
        Some("api") if parts.next() == Some("v1") => rest(method, parts.next().unwrap_or_default(), parts.count()),
        Some("epcis") => epcis(method, parts.next().unwrap_or_default(), parts.collect::<Vec<_>>().as_slice()),
        Some("vrs") if reads(method) => Need::Scope(Scope::TraceRead),
        _ => Need::Person,
    }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// REST v1: the first word of the path decides; `deeper` is how many follow.
fn rest(method: &Method, area: &str, deeper: usize) -> Need {
    let reads = reads(method);
    match area {
        "session" | "chain" if reads && deeper == 0 => Need::AnyKey,
        "products" | "batches" | "orders" | "imports" | "ssccs" if !reads => Need::Scope(Scope::GoodsWrite),
        "products" | "batches" | "orders" | "imports" | "logistic-units" | "partners" | "devices" | "stock"
        | "shipments"
            if reads =>
        {
            Need::Scope(Scope::GoodsRead)
        }
        "shipments" | "units" | "marks" if !reads => Need::Scope(Scope::HandoverWrite),
        "trace" | "recalls" | "recall-notices" | "recall-lots" | "recall-cases" | "recall-tasks" | "search"
        | "alerts"
            if reads =>
        {
            Need::Scope(Scope::TraceRead)
        }
        "webhooks" => Need::Scope(Scope::Webhooks),
        _ => Need::Person,
    }
}

fn epcis(method: &Method, area: &str, deeper: &[&str]) -> Need {
    match area {
        "" => Need::AnyKey,
        "capture" => Need::Scope(Scope::EpcisCapture),
        "events" if deeper.is_empty() && !reads(method) => Need::Scope(Scope::EpcisCapture),
        _ => Need::Scope(Scope::EpcisQuery),
    }
}
