//! Capturing: outcomes, headers, limits, and who sees what.

use super::{capture, exception, job, location, object_event, of, send};
use crate::config::Config;
use crate::testing::{GATEWAY_TOKEN, OTHER_TOKEN, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tracelight_client::testing::MAKER;

const JSON: &str = "application/ld+json";
const A: &str = "urn:epc:id:sgtin:0614141.107346.2017";
const B: &str = "https://example.com/01/10614141073464/21/2018";

#[tokio::test]
async fn rollback_stores_all_or_nothing_and_proceed_the_good_ones() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let good = object_event(&[A], json!({ "eventID": "urn:uuid:1" }));
    let bad = object_event(&[B], json!({ "action": "OBSERVED" }));
    let mixed = of(&[good.clone(), bad]);
    let refused = capture(&world, &maker, JSON, mixed.clone()).await.expect(400);
    assert_eq!(exception(&refused), "ValidationException");
    assert_eq!(refused.json()["violations"][0]["pointer"], "/epcisBody/eventList/1/action", "{}", refused.json());
    let jobs = async || world.call("GET", "/epcis/capture", Some(&maker), None).await.expect(200).json();
    assert_eq!(jobs().await, json!([]), "nothing is kept of it");

    let proceed = [("content-type", JSON), ("gs1-capture-error-behaviour", "proceed")];
    let taken = job(&world, &maker, send(&world, "POST", "/epcis/capture", &maker, &proceed, mixed).await).await;
    assert_eq!((&taken["success"], &taken["captureErrorBehaviour"]), (&false.into(), &"proceed".into()));
    let error = &taken["errors"][0];
    assert_eq!((&error["status"], &error["pointer"]), (&400.into(), &"/epcisBody/eventList/1".into()), "{taken}");
    assert_eq!(taken["tracelight:evidence"]["stored"], 1);

    // Another event under the id of the first: the job fails, and with rollback so does what came with it.
    let other = object_event(&[B], json!({ "eventID": "urn:uuid:1" }));
    let fresh = object_event(&[B], json!({ "eventID": "urn:uuid:2" }));
    let conflict = job(&world, &maker, capture(&world, &maker, JSON, of(&[fresh.clone(), other.clone()])).await).await;
    assert_eq!((&conflict["success"], &conflict["running"]), (&false.into(), &false.into()));
    assert_eq!(conflict["errors"][0]["type"], "epcisException:ResourceAlreadyExistsException");
    assert_eq!(conflict["tracelight:evidence"]["stored"], 0);
    world.call("GET", "/epcis/events/urn:uuid:2", Some(&maker), None).await.expect(404);

    // One by one: 201, again 201 and said so, 409 for the other one.
    let one = async |event: &Value| {
        let mut event = event.clone();
        event["@context"] = super::CONTEXT.into();
        send(&world, "POST", "/epcis/events", &maker, &[("content-type", JSON)], event.to_string()).await
    };
    for outcome in ["stored", "already_stored"] {
        let reply = one(&fresh).await.expect(201);
        assert_eq!(reply.headers["tracelight-outcome"], outcome);
        world.call("GET", &location(&reply), Some(&maker), None).await.expect(200);
    }
    assert_eq!(exception(&one(&other).await.expect(409)), "ResourceAlreadyExistsException");
    let two = send(&world, "POST", "/epcis/events", &maker, &[("content-type", JSON)], of(&[good, fresh])).await;
    assert_eq!(exception(&two.expect(413)), "CaptureLimitExceededException");
    assert_eq!(jobs().await.as_array().map(Vec::len), Some(5), "each call that was not refused has its job");
}

#[tokio::test]
async fn an_event_is_the_same_in_every_spelling() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let urn = of(&[object_event(&[A], json!({ "bizStep": "shipping" }))]);
    let link = of(&[object_event(
        &["https://id.gs1.org/01/10614141073464/21/2017"],
        json!({ "bizStep": "shipping", "eventTime": "2026-11-01T12:00:00+02:00" }),
    )]);
    let xml = r#"<?xml version="1.0"?><epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2"
        creationDate="2026-11-01T10:00:00Z"><EPCISBody><EventList><ObjectEvent><eventTime>2026-11-01T10:00:00.0000Z</eventTime>
        <eventTimeZoneOffset>+00:00</eventTimeZoneOffset><epcList><epc>urn:epc:id:sgtin:0614141.107346.2017</epc></epcList>
        <action>OBSERVE</action><bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep></ObjectEvent></EventList></EPCISBody>
        </epcis:EPCISDocument>"#;
    for (media, body, stored) in [(JSON, urn, 1), ("application/json", link, 0), ("text/xml", xml.to_owned(), 0)] {
        let told = job(&world, &maker, capture(&world, &maker, media, body).await).await;
        let evidence = &told["tracelight:evidence"];
        assert_eq!((&evidence["stored"], &evidence["alreadyStored"]), (&stored.into(), &(1 - stored).into()), "{told}");
    }
}

#[tokio::test]
async fn limits_and_media_types_have_their_exceptions() {
    let small = |config: &mut Config| {
        config.epcis.capture_events_max = 2;
        config.epcis.capture_bytes_max = 4_096;
    };
    let world = World::configured(small).await;
    let maker = world.sign_in("maker").await;
    let event = |n: usize| object_event(&[A], json!({ "eventID": format!("urn:uuid:{n}") }));
    let three = capture(&world, &maker, JSON, of(&[event(1), event(2), event(3)])).await.expect(413);
    assert_eq!(exception(&three), "CaptureLimitExceededException");
    let said = |reply: &crate::testing::Reply| {
        ["gs1-epcis-capture-limit", "gs1-epcis-capture-file-size-limit"]
            .map(|name| reply.headers[name].to_str().expect("a text").to_owned())
    };
    assert_eq!(said(&three), ["2", "4096"]);
    let long = capture(&world, &maker, JSON, " ".repeat(5_000)).await.expect(413);
    assert_eq!(
        (exception(&long).as_str(), said(&long)),
        ("CaptureLimitExceededException", ["2", "4096"].map(str::to_owned))
    );
    let taken = capture(&world, &maker, JSON, of(&[event(1), event(2)])).await.expect(202);
    assert_eq!(said(&taken), ["2", "4096"]);
    assert_eq!(taken.headers["gs1-epcis-version"], "2.0.0");
    let other = capture(&world, &maker, "text/csv", "a,b").await.expect(415);
    assert_eq!(exception(&other), "UnsupportedMediaTypeException");
    let header = |name, value| [("content-type", JSON), (name, value)];
    let with =
        async |name, value| send(&world, "POST", "/epcis/capture", &maker, &header(name, value), of(&[event(9)])).await;
    assert_eq!(exception(&with("gs1-epcis-version", "3.0.0").await.expect(406)), "NotAcceptableException");
    assert_eq!(exception(&with("gs1-capture-error-behaviour", "maybe").await.expect(400)), "ValidationException");
    let options = send(&world, "OPTIONS", "/epcis/capture", &maker, &[], "").await.expect(204);
    let allow = options.headers["allow"].to_str().expect("a text");
    assert_eq!(allow.split(',').collect::<BTreeSet<_>>(), BTreeSet::from(["GET", "HEAD", "POST", "OPTIONS"]));
    assert_eq!(options.headers["gs1-capture-error-behaviour"], "all");
    let nowhere = world.call("GET", "/epcis/a/b/c/d", Some(&maker), None).await.expect(404);
    assert_eq!(exception(&nowhere), "NoSuchResourceException");
}

#[tokio::test]
async fn systems_capture_with_their_members_token_and_members_are_sealed_off() {
    let world = World::start().await;
    let (own, other) = (World::bearer(GATEWAY_TOKEN), World::bearer(OTHER_TOKEN));
    let body = of(&[object_event(&[A], json!({ "eventID": "urn:uuid:1" }))]);
    let reply = capture(&world, &own, JSON, body.clone()).await.expect(202);
    let path = location(&reply);
    world.call("GET", &path, Some(&own), None).await.expect(200);
    let carrier = world.sign_in("carrier").await;
    for stranger in [&other, &carrier] {
        world.call("GET", &path, Some(stranger), None).await.expect(404);
        world.call("GET", "/epcis/events/urn:uuid:1", Some(stranger), None).await.expect(404);
        let jobs = world.call("GET", "/epcis/capture", Some(stranger), None).await.expect(200).json();
        assert_eq!(jobs, json!([]));
        let all = world.call("GET", "/epcis/epcs", Some(stranger), None).await.expect(200).json();
        assert_eq!(all["member"], json!([]));
    }
    // The same id is free for another member.
    job(&world, &other, capture(&world, &other, JSON, body).await).await;
    let viewer = world.sign_in("maker-viewer").await;
    world.call("GET", "/epcis/events/urn:uuid:1", Some(&viewer), None).await.expect(200);
    let refused = capture(&world, &viewer, JSON, "{}").await.expect(403);
    assert_eq!(exception(&refused), "SecurityException");
    let nobody = world.call("GET", "/epcis/events", None, None).await.expect(401);
    assert_eq!(
        (exception(&nobody).as_str(), &nobody.headers["www-authenticate"]),
        ("SecurityException", &"Bearer".parse().expect("a header"))
    );
    let guess = world.call("GET", "/epcis/events", Some("authorization: Bearer guess"), None).await.expect(401);
    assert_eq!(exception(&guess), "SecurityException");
}

#[tokio::test]
async fn a_job_is_told_in_xml_too_and_the_list_goes_on() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    for n in 0..3 {
        let event = object_event(&[A], json!({ "eventID": format!("urn:uuid:{n}") }));
        capture(&world, &maker, JSON, of(&[event])).await.expect(202);
    }
    let clash = object_event(&[B], json!({ "eventID": "urn:uuid:0" }));
    let path = location(&capture(&world, &maker, JSON, of(&[clash])).await.expect(202));
    let xml = send(&world, "GET", &path, &maker, &[("accept", "application/xml")], "").await.expect(200);
    let text = String::from_utf8(xml.body).expect("UTF-8");
    assert!(text.contains("<epcis:EPCISCaptureJob ") && text.contains("success=\"false\""), "{text}");
    assert!(text.contains("<type>epcisException:ResourceAlreadyExistsException</type>"), "{text}");
    let (mut path, mut seen) = ("/epcis/capture?perPage=3".to_owned(), Vec::new());
    for expected in [3, 1] {
        let page = world.call("GET", &path, Some(&maker), None).await.expect(200);
        let jobs: Vec<Value> = page.json().as_array().cloned().expect("a list");
        assert_eq!(jobs.len(), expected);
        seen.extend(jobs.into_iter().map(|job| job["captureID"].as_str().expect("an id").to_owned()));
        match super::next(&page) {
            Some(next) => path = next,
            None => assert_eq!(expected, 1, "the first page has a next one"),
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 4);
    assert!(path.ends_with(&seen[2]), "the list begins with the newest and the token names the last one shown");
    let member = world.node.chain().member(MAKER).gln;
    assert_eq!(world.state.store.epcis_size(member).await.expect("it is read"), 3);
}
