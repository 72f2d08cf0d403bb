//! GS1's documents and those of the event hash, through the HTTP capture: the good ones are taken and come back as the same
//! events, the same documents with a fault in them are refused with nothing stored.

use super::{capture, document, events, exception, format_of, job};
use crate::http::encoded;
use crate::testing::World;
use std::path::{Path, PathBuf};
use tracelight_client::testing::MAKER;
use tracelight_epcis::Event;
use tracelight_epcis::document::Format;
use tracelight_epcis::event::EventKind;
use tracelight_epcis::hash::event_hash;
use tracelight_testkit::data::shared_data;
use tracelight_testkit::vectors::epcis_files;

fn all() -> Vec<PathBuf> {
    let folders = ["gs1-epcis", "epcis-event-hash"].map(shared_data);
    folders.into_iter().flatten().flat_map(|folder| epcis_files(&folder)).collect()
}

fn media(path: &Path) -> (&'static str, Format) {
    if path.extension().is_some_and(|extension| extension == "xml") {
        ("application/xml", Format::Xml)
    } else {
        ("application/ld+json", Format::Json)
    }
}

#[tokio::test]
async fn d7_every_good_document_is_taken_and_comes_back() {
    let files = all();
    let mut world = World::start().await;
    let mut maker = world.sign_in("maker").await;
    let mut read_back = 0;
    for path in &files {
        let bytes = std::fs::read(path).expect("a file");
        let (media, format) = media(path);
        let sent = document(&bytes, format);
        let mut told = job(&world, &maker, capture(&world, &maker, media, bytes.clone()).await).await;
        if told["success"] == false {
            // GS1's examples reuse ids: another file's event has it.
            assert_eq!(told["errors"][0]["type"], "epcisException:ResourceAlreadyExistsException", "{path:?}: {told}");
            world = World::start().await;
            maker = world.sign_in("maker").await;
            told = job(&world, &maker, capture(&world, &maker, media, bytes.clone()).await).await;
        }
        assert_eq!(told["success"], true, "{path:?}: {told}");
        let again = job(&world, &maker, capture(&world, &maker, media, bytes).await).await;
        let evidence = &again["tracelight:evidence"];
        assert_eq!((&again["success"], &evidence["stored"]), (&true.into(), &0.into()), "{path:?}: {again}");
        for event in &sent.events {
            let hash = event_hash(event);
            let id = event.event_id.as_ref().map_or_else(|| hash.clone(), |id| id.as_str().to_owned());
            let at = format!("/epcis/events/{}", encoded(&id));
            for accept in ["application/json", "application/xml"] {
                let reply = super::send(&world, "GET", &at, &maker, &[("accept", accept)], "").await;
                assert_eq!(reply.status, 200, "{path:?}: {at}: {}", String::from_utf8_lossy(&reply.body));
                let found = events(&reply);
                let hashes: Vec<String> = found.iter().map(event_hash).collect();
                assert!(hashes.contains(&hash), "{path:?}: {id} comes back as {hashes:?} in {:?}", format_of(&reply));
                let same = found.iter().any(|found| found.fingerprint() == event.fingerprint());
                assert!(same || accept.ends_with("xml"), "{path:?}: {id} is another event");
                read_back += 1;
            }
        }
    }
    eprintln!("{} documents, {read_back} answers", files.len());
    assert!(files.is_empty() || (files.len() >= 50 && read_back >= 120), "{} documents, {read_back}", files.len());
}

/// What is done to a good document, and whether it is for JSON.
type Fault = fn(&str) -> String;

fn first(text: &str, from: &str, to: &str) -> String {
    text.replacen(from, to, 1)
}

/// Without its last characters.
fn cut(text: &str, count: usize) -> String {
    text.chars().take(text.chars().count().saturating_sub(count)).collect()
}

#[tokio::test]
async fn a_fault_in_a_good_document_is_refused_with_nothing_stored() {
    let json: [(&str, Fault); 6] = [
        ("no event time", |text| first(text, "\"eventTime\"", "\"eventTimed\"")),
        ("a time without a zone", |text| first(text, "\"eventTimeZoneOffset\"", "\"eventTimeZone\"")),
        ("no type", |text| text.replace("\"type\"", "\"kind\"")),
        ("a bare own field", |text| first(text, "\"eventTime\"", "\"myField\": 1, \"eventTime\"")),
        ("cut off", |text| cut(text, 40)),
        ("no context", |text| first(text, "\"@context\"", "\"@contexts\"")),
    ];
    let xml: [(&str, Fault); 4] = [
        ("no event time", |text| text.replace("eventTime>", "eventMoment>")),
        ("an unknown element", |text| first(text, "<eventTime>", "<mood>good</mood><eventTime>")),
        ("cut off", |text| cut(text, 20)),
        ("a DTD", |text| {
            let name = text.find("EPCIS").expect("a root");
            let (_, root) = text.split_at(text[..name].rfind('<').expect("a root"));
            format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{root}")
        }),
    ];
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let member = world.node.chain().member(MAKER).gln;
    let mut tried = 0;
    for path in all() {
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        let (media, format) = media(&path);
        let faults: &[(&str, Fault)] = if format == Format::Json { &json } else { &xml };
        for (name, fault) in faults {
            // The schema lets an event of somebody's own kind have any field.
            let own_kind = |event: &Event| matches!(event.kind, EventKind::Extended(_));
            if *name == "a bare own field" && document(text.as_bytes(), format).events.iter().any(own_kind) {
                continue;
            }
            let broken = fault(&text);
            assert_ne!(broken, text, "{path:?}: {name} changes nothing");
            let reply = capture(&world, &maker, media, broken).await;
            assert_eq!(reply.status, 400, "{path:?}: {name}: {}", String::from_utf8_lossy(&reply.body));
            assert_eq!(exception(&reply), "ValidationException", "{path:?}: {name}");
            let told = reply.json();
            assert!(told["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{path:?}: {name}: {told}");
            tried += 1;
        }
    }
    assert_eq!(world.state.store.epcis_size(member).await.expect("it is read"), 0);
    assert!(
        world.state.store.epcis_jobs(member, None, 10).await.expect("it is read").is_empty(),
        "and there is no job"
    );
    eprintln!("{tried} broken documents");
}
