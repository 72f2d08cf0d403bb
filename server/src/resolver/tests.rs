//! The resolver through the router.

mod criteria;
mod kept;
mod schema;

use crate::testing::{Reply, World};
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use serde_json::{Value, json};
use uuid::Uuid;

/// A registered product.
const GTIN: &str = "06901234567892";
/// Where the resolver of these tests is.
const BASE: &str = "https://id.example.com";
/// What a browser accepts.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const LINKSET: &str = "application/linkset+json";

/// A server under [`BASE`] with the product, and its maker's credential.
async fn world() -> (World, String) {
    let world = World::configured(|config| config.public_base_url = BASE.to_owned()).await;
    let maker = world.sign_in("maker").await;
    let product = json!({"gtin": GTIN, "name_en": "Paracetamol", "name_zh": "对乙酰氨基酚", "detail": "100 ml", "kind": "medicine"});
    world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await.expect(201);
    (world, maker)
}

/// Asks as a program that takes everything.
async fn ask(world: &World, path: &str) -> Reply {
    send(world, "GET", path, &[("accept", "*/*")]).await
}

async fn send(world: &World, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let request = headers
        .iter()
        .fold(Request::builder().method(method).uri(path), |request, (name, value)| request.header(*name, *value));
    world.send(request.body(Body::empty()).expect("a request")).await
}

/// Keeps a link and returns its id.
async fn put(world: &World, maker: &str, link: Value) -> String {
    let id = Uuid::now_v7().to_string();
    put_as(world, maker, &id, link).await.expect(200);
    id
}

async fn put_as(world: &World, who: &str, id: &str, link: Value) -> Reply {
    world.call("PUT", &format!("/api/v1/products/{GTIN}/links/{id}"), Some(who), Some(link)).await
}

/// A link of the product with what is given added.
fn link(kind: &str, href: &str, more: &Value) -> Value {
    let mut link = json!({"link_type": kind, "href": href, "title": format!("{kind} of it")});
    for (name, value) in more.as_object().into_iter().flatten() {
        link[name] = value.clone();
    }
    link
}

#[track_caller]
fn location(reply: Reply) -> String {
    let reply = reply.expect(307);
    reply.headers[header::LOCATION].to_str().expect("ASCII").to_owned()
}

fn link_headers(headers: &HeaderMap) -> Vec<String> {
    headers.get_all(header::LINK).iter().map(|value| value.to_str().expect("ASCII").to_owned()).collect()
}

fn voc(name: &str) -> String {
    format!("https://gs1.org/voc/{name}")
}
