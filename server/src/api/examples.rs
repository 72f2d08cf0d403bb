//! What the document says beyond the routes: an id, a tag and a security requirement for each operation, and for each JSON
//! body an example that the call takes as it stands.
//!
//! The examples are requests of one small story (a product, a batch, a shipment); the reference page makes its commands of
//! them, and a test sends every one.

use crate::auth::{Need, needed};
use axum::http::Method;
use serde_json::{Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{OpenApi, PathItem, RefOr};

/// The scheme of keys.
const KEY: &str = "api_key";
/// The scheme of sessions.
const SESSION: &str = "session";
/// The scheme of gateways.
const GATEWAY: &str = "gateway";

/// Values for parameters of paths and queries, by name. What has none here is a shell variable of its name.
pub const PARAMETERS: &[(&str, &str)] = &[
    ("gtin", "06901234000771"),
    ("lot", "C26K28"),
    ("sscc", "069012340000000016"),
    ("queryName", "shipments"),
    ("kind", "products"),
    ("language", "en"),
    ("list", "eventTypes"),
    ("value", "ObjectEvent"),
    ("code", "(01)06901234000771(10)C26K28"),
    ("direction", "both"),
    ("cte", "shipping"),
    ("limit", "50"),
    ("q", "C26K"),
    ("days", "30"),
    ("outcome", "copy"),
    ("file", "batches.csv"),
    ("format", "csv"),
];

/// An example of the body of a call, as JSON.
#[must_use]
pub fn body(method: &str, path: &str) -> Option<Value> {
    let event = json!({
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "ObjectEvent",
        "eventTime": "2026-11-28T09:30:00.000+08:00", "eventTimeZoneOffset": "+08:00",
        "epcList": ["urn:epc:id:sgtin:6901234.000077.aB1"], "action": "OBSERVE", "bizStep": "storing",
        "readPoint": { "id": "urn:epc:id:sgln:6901234.00001.0" }
    });
    Some(match (method, path) {
        ("post", "/session") => json!({ "user": "maker", "password": "…" }),
        ("post", "/account/password") => json!({ "current": "…", "new": "four words that differ" }),
        ("post", "/account/totp") => json!({ "password": "…" }),
        ("post", "/account/totp/confirm") => json!({ "code": "123456" }),
        ("post", "/account/totp/recovery" | "/account/totp/off") => json!({ "password": "…", "code": "123456" }),
        ("put", "/users/{user}") => json!({ "role": "viewer" }),
        ("post", "/invitations") => json!({ "role": "operator", "label": "Warehouse, night shift" }),
        ("post", "/invitations/look") => json!({ "token": "…" }),
        ("post", "/invitations/accept") => {
            json!({ "token": "…", "name": "li", "password": "four words that differ" })
        }
        ("post", "/products") => json!({ "gtin": "06901234000771", "name_en": "Amoxicillin capsules",
            "name_zh": "阿莫西林胶囊", "detail": "250 mg × 24", "kind": "medicine" }),
        ("put", "/products/{gtin}/code-rule") => json!({ "alphabet": "digits", "length": 20 }),
        ("put", "/products/{gtin}/links/{link}") => {
            json!({ "link_type": "gs1:pip", "href": "https://www.example.com/leaflet",
            "title": "Leaflet", "hreflang": ["en"] })
        }
        ("put", "/products/{gtin}/marks") => json!({ "marks": [{ "kind": "pin.covered", "need": "optional" },
            { "kind": "nfc.ntag424", "need": "optional" }], "good_for_minutes": 60 }),
        ("post", "/products/{gtin}/marks/{kind}") => {
            json!({ "marks": [{ "serial": "7F3K9QX2M4TB", "reference": { "uid": "04DE5F1EACC040" } }] })
        }
        ("post", "/orders/{id}/pins") => json!({ "first": 0, "count": 100 }),
        ("post", "/batches") => json!({ "gtin": "06901234000771", "lot": "C26K28", "made_on": "2026-11-01",
            "expires_on": "2028-10-31", "quantity": 1000 }),
        ("post", "/batches/{gtin}/{lot}/orders") => json!({ "count": 100 }),
        ("post", "/batches/{gtin}/{lot}/blocks") => json!({ "line": "xian/line-1", "codes": 50 }),
        ("post", "/batches/{gtin}/{lot}/numbers/invalidate") => {
            json!({ "line": "xian/line-1", "count": 3, "reason": "The reel was burnt." })
        }
        ("post", "/line/batches/{gtin}/{lot}/blocks") => json!({ "line": "xian/line-1" }),
        ("post", "/ssccs") => json!({ "count": 1 }),
        ("post", "/devices") => json!({ "key": "5a".repeat(32), "line": "line 2", "site": "Xi'an" }),
        ("post", "/shipments") => json!({ "to": "6901234000023", "objects": ["069012340000000016"] }),
        ("post", "/shipments/{id}/receive") => json!({ "short": [], "damaged": [] }),
        ("post", "/units/actions") => {
            json!({ "code": "(01)06901234000771(10)C26K28(21)aB1", "action": "dispense" })
        }
        ("post", "/recalls") => json!({ "gtin": "06901234000771", "lot": "C26K28", "class": 2,
            "reason_en": "The cup has wrong marks.", "reason_zh": "量杯刻度有误。", "drill": true }),
        ("post", "/recall-cases") | ("put", "/recall-cases/{id}") => {
            json!({ "revision": 0, "title": "Measuring cup, line 2",
            "class": 2, "reason_en": "The cup has wrong marks.", "reason_zh": "量杯刻度有误。", "region": "Shaanxi",
            "publication": "Shops of the chain", "drill": true, "lots": [{ "gtin": "06901234000771", "lot": "C26K28" }] })
        }
        ("post", "/recall-cases/{id}/open" | "/recall-cases/{id}/approve") => json!({ "revision": 1, "packs": 1000 }),
        ("post", "/recall-cases/{id}/withdraw" | "/recall-cases/{id}/close") => {
            json!({ "revision": 4, "reason": "Two kiosks are closed for good; their owners were called." })
        }
        ("post", "/recall-tasks/{id}/answers") => json!({ "revision": 0, "lots": [{ "gtin": "06901234000771",
            "lot": "C26K28", "found": 0, "quarantined": 96, "sold": 4, "unaccounted": 0, "note": "" }] }),
        ("put", "/products/{gtin}/hologram") => {
            let option = |zh: &str, en: &str| json!({ "zh": zh, "en": en });
            let question = json!({ "zh": "颜色", "en": "Colour", "right": 0,
                "options": [option("由金变绿", "From gold to green"), option("不变", "Not at all")] });
            json!({ "questions": [question.clone(), question], "enough": 2 })
        }
        ("post", "/marks/checks") => json!({ "code": "(01)06901234000771(21)aB1", "kind": "rfid.tid",
            "evidence": { "tid": "E2801190A5030065EFCB0DA1", "epc": "3034257BF7194E4000001A85" } }),
        ("put", "/alerts/{number}") => {
            json!({ "revision": 0, "status": "explained", "note": "Scanned twice: the first label was under a sticker." })
        }
        ("put", "/reports/{case}") => {
            json!({ "revision": 0, "status": "in_work", "note": "Asked the pharmacy for the pack." })
        }
        ("post", "/line/manifests") => json!({ "kind": "batch", "gtin": "06901234000771", "lot": "C26K28",
            "tx_id": "00".repeat(32), "first": 0, "serials": ["aB1"], "rejected": [], "count_salt": "00".repeat(16),
            "last": true }),
        ("post", "/api-keys") => {
            json!({ "name": "ERP", "scopes": ["goods:read", "epcis:capture"], "expires_in_days": 365 })
        }
        ("post", "/api-keys/{key}/rotate") => json!({ "overlap_hours": 24 }),
        ("post", "/webhooks") => json!({ "url": "https://erp.example.com/tracelight",
            "events": ["shipment.shipped", "recall.approved"], "description": "ERP" }),
        ("post", "/epcis/capture") => json!({
            "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "type": "EPCISDocument",
            "schemaVersion": "2.0", "creationDate": "2026-11-28T09:30:00.000+08:00",
            "epcisBody": { "eventList": [without_context(event)] }
        }),
        ("post", "/epcis/events") => event,
        ("post", "/epcis/queries") => json!({ "name": "shipments", "query": { "EQ_bizStep": ["shipping"] } }),
        ("post", "/epcis/queries/{queryName}/subscriptions") => {
            json!({ "dest": "https://erp.example.com/epcis", "stream": true })
        }
        _ => return None,
    })
}

/// Within a document the context is the document's.
fn without_context(mut event: Value) -> Value {
    if let Some(fields) = event.as_object_mut() {
        fields.remove("@context");
    }
    event
}

/// Completes a document: paths of REST are below `/api/v1`, those of EPCIS at the root.
pub fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            describe(method, path, operation);
        }
    }
    let schemes = document.components.get_or_insert_default();
    let bearer = |said: &str| {
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.description = Some(said.to_owned());
        SecurityScheme::Http(http)
    };
    schemes.add_security_scheme(KEY, bearer("A key of your member: `tl_…`, within its scopes"));
    schemes.add_security_scheme(GATEWAY, bearer("The token of a gateway, for the calls of a line"));
    schemes.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(crate::auth::COOKIE))));
}

/// The operations of a path with their methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", item.get.as_mut()),
        ("put", item.put.as_mut()),
        ("post", item.post.as_mut()),
        ("delete", item.delete.as_mut()),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation?)))
}

fn describe(method: &'static str, path: &str, operation: &mut Operation) {
    let words = path.split(['/', '{', '}', '-', '.']).filter(|word| !word.is_empty());
    // Names of functions are not unique over areas; a path and its method are.
    operation.operation_id = Some(std::iter::once(method).chain(words).collect::<Vec<_>>().join("_"));
    let area = path.split('/').nth(1).unwrap_or_default();
    operation.tags.get_or_insert_with(|| vec![tag(area).to_owned()]);
    operation.security = Some(security(method, path, area));
    let Some(example) = body(method, path) else { return };
    let Some(RefOr::T(request)) = operation.request_body.as_mut() else { return };
    for (media, content) in &mut request.content {
        if let RefOr::T(content) = content
            && media.ends_with("json")
        {
            content.example = Some(example.clone());
        }
    }
}

fn tag(area: &str) -> &'static str {
    match area {
        "orders" => "labels",
        "shipments" | "units" | "stock" => "handover",
        "recalls" => "recalls",
        _ => "trace",
    }
}

fn security(method: &str, path: &str, area: &str) -> Vec<SecurityRequirement> {
    let none: [&str; 0] = [];
    match (method, area) {
        ("post" | "delete", "session") => return vec![SecurityRequirement::default()],
        // Whoever has the link of an invitation has no account yet.
        ("post", "invitations") if path.ends_with("/look") || path.ends_with("/accept") => {
            return vec![SecurityRequirement::default()];
        }
        (_, "line") => return vec![SecurityRequirement::new(GATEWAY, none)],
        _ => {}
    }
    let session = SecurityRequirement::new(SESSION, none);
    match need(method, path) {
        Need::Person => vec![session],
        Need::AnyKey => vec![SecurityRequirement::new(KEY, none), session],
        Need::Scope(scope) => vec![SecurityRequirement::new(KEY, [scope.word()]), session],
    }
}

/// What a call of the document needs of a key.
#[must_use]
pub fn need(method: &str, path: &str) -> Need {
    let full = super::called(path);
    let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap_or(Method::POST);
    needed(&method, &full)
}
