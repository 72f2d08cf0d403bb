//! Each answer to a verification, through the router.

use super::{Version, version};
use crate::scan::story::{GTIN, Story, caught_up};
use crate::testing::{GATEWAY_TOKEN, Reply, World};
use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tracelight_client::testing::{MAKER, PHARMACY};

const UUID: &str = "08dd5e1b-78e7-4dee-9f55-e69f5edf099b";
const GOOD: &str = "linkType=verificationService&context=dscsaSaleableReturn";

/// Asks as the pharmacy, with version 1.3.
struct Asking<'w> {
    world: &'w World,
    session: String,
    version: Option<&'static str>,
}

impl Asking<'_> {
    async fn of<'w>(world: &'w World, user: &str) -> Asking<'w> {
        Asking { world, session: world.sign_in(user).await, version: Some("1.3.0") }
    }

    async fn get(&self, path: &str) -> Reply {
        let (name, value) = self.session.split_once(": ").expect("a credential");
        let mut request = axum::http::Request::get(path).header(name, value);
        if let Some(version) = self.version {
            request = request.header("GS1US-Version", version);
        }
        self.world.send(request.body(axum::body::Body::empty()).expect("a request")).await
    }

    /// `data` of the answer about a pack.
    async fn data(&self, lot: &str, serial: &str, exp: &str) -> Value {
        let path = format!("/vrs/verify/gtin/{GTIN}/lot/{lot}/ser/{serial}?exp={exp}&{GOOD}");
        self.get(&path).await.expect(200).json()["data"].clone()
    }
}

fn failed(reason: &str) -> Value {
    json!({"verified": false, "verificationFailureReason": reason})
}

#[tokio::test]
async fn each_line_of_the_decision_table() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let pharmacy = Asking::of(&world, "pharmacy").await;
    let (good, unused) = (story.serials[0].to_string(), story.serials[5].to_string());
    for (lot, serial, exp, expected) in [
        ("A24K07", good.as_str(), "281000", json!({"verified": true})),
        ("A24K07", good.as_str(), "281031", json!({"verified": true})),
        ("A24K07", "NEVERISSUED", "281000", failed("No_match_GTIN_Serial")),
        ("A24K07", unused.as_str(), "281000", failed("No_match_GTIN_Serial")),
        ("OTHER", "NEVERISSUED", "991231", failed("No_match_GTIN_Serial")),
        ("OTHER", good.as_str(), "281000", failed("No_match_GTIN_Serial_Lot")),
        ("a24k07", good.as_str(), "281000", failed("No_match_GTIN_Serial_Lot")),
        ("A24K07", good.as_str(), "281030", failed("No_match_GTIN_Serial_Expiry")),
        ("A24K07", good.as_str(), "271031", failed("No_match_GTIN_Serial_Expiry")),
        ("OTHER", good.as_str(), "271031", failed("No_match_GTIN_Serial_Lot_Expiry")),
    ] {
        assert_eq!(pharmacy.data(lot, serial, exp).await, expected, "{lot} {serial} {exp}");
    }
}

#[tokio::test]
async fn an_answer_has_the_standards_shape_whichever_words_the_path_has() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let pharmacy = Asking::of(&world, "pharmacy").await;
    let maker = world.node.chain().member(MAKER).gln;
    let own = world.node.chain().member(PHARMACY).gln;
    let serial = &story.serials[0];
    for path in [
        format!(
            "/vrs/verify/gtin/{GTIN}/lot/A24K07/ser/{serial}?exp=281031&{GOOD}&reqGLN={own}&corrUUID={UUID}\
                 &ctrlPossessAtt=true&email=demo%40mail.com&telephone=9874563210"
        ),
        format!("/vrs/verify/01/{GTIN}/10/A24K07/21/{serial}?17=281031&{GOOD}&corrUUID={UUID}"),
    ] {
        let answer = pharmacy.get(&path).await.expect(200).json();
        let at = answer["verificationTimestamp"].as_str().expect("a time");
        let shape: String = at.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{at}");
        let expected = json!({"verificationTimestamp": at, "responderGLN": maker.to_string(), "data": {"verified": true},
            "corrUUID": UUID});
        assert_eq!(answer, expected);
    }
    let path = format!("/vrs/verify/gtin/{GTIN}/lot/A24K07/ser/{serial}?exp=281031&{GOOD}");
    let without = pharmacy.get(&path).await.expect(200).json();
    assert!(without.get("corrUUID").is_none(), "none was sent");
}

#[tokio::test]
async fn a_recalled_pack_is_verified_and_called_recalled() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let regulator = world.sign_in("regulator").await;
    let recall = json!({"gtin": GTIN, "lot": "A24K07", "class": 1, "reason_en": "Glass.", "reason_zh": "玻璃。", "drill": false});
    let opened = world.call("POST", "/api/v1/recalls", Some(&regulator), Some(recall)).await.expect(201).json();
    let mut pharmacy = Asking::of(&world, "pharmacy").await;
    let serial = story.serials[0].to_string();
    assert_eq!(pharmacy.data("A24K07", &serial, "281031").await, json!({"verified": true}), "opened is not approved");
    let path = format!("/api/v1/recalls/{}/approve", opened["id"].as_str().expect("an id"));
    let second = world.sign_in("regulator2").await;
    world.call("POST", &path, Some(&second), Some(json!({}))).await.expect(200);
    for (version, word) in [(Some("1.3.0"), "Recalled"), (Some("1.0.2"), "recalled"), (None, "recalled")] {
        pharmacy.version = version;
        let expected = json!({"verified": true, "additionalInfo": word});
        assert_eq!(pharmacy.data("A24K07", &serial, "281031").await, expected, "{version:?}");
    }
    assert_eq!(pharmacy.data("OTHER", &serial, "281031").await, failed("No_match_GTIN_Serial_Lot"));
}

#[tokio::test]
async fn a_pack_that_left_the_trade_is_not_for_redistribution() {
    use tracelight_domain::ids::ShipmentId;
    use tracelight_domain::tx::{ShortOutcome, TxBody};
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let maker = world.sign_in("maker").await;
    let mut pharmacy = Asking::of(&world, "pharmacy").await;
    // A pack outside of any case, destroyed by its maker; the case with the others is stolen on its way.
    let destroy = json!({"code": format!("https://id.gs1.org{}", story.path(3)), "action": "destroy"});
    world.call("POST", "/api/v1/units/actions", Some(&maker), Some(destroy)).await.expect(200);
    let gone = story.serials[3].to_string();
    assert_eq!(pharmacy.data("A24K07", &gone, "281031").await, failed("Not_for_re-distribution"));

    let (shipment, case) = (ShipmentId([1; 16]), crate::scan::story::sscc(1));
    let carrier = world.node.chain().member(tracelight_client::testing::CARRIER).gln;
    world.node.apply(MAKER, TxBody::Ship { shipment, to: carrier, objects: vec![crate::scan::story::sscc(9)] });
    let short = TxBody::Receive { shipment, short: vec![case], damaged: vec![] };
    world.node.apply(tracelight_client::testing::CARRIER, short);
    world.node.apply(MAKER, TxBody::ResolveShort { sscc: case, outcome: ShortOutcome::Stolen });
    caught_up(&world).await;
    let stolen = story.serials[0].to_string();
    let mut expected = failed("Not_for_re-distribution");
    pharmacy.version = Some("1.1.0");
    assert_eq!(pharmacy.data("A24K07", &stolen, "281031").await, expected, "before 1.3 there is no word for it");
    pharmacy.version = Some("1.3.0");
    expected["additionalInfo"] = json!("Illegitimate");
    assert_eq!(pharmacy.data("A24K07", &stolen, "281031").await, expected);
}

#[tokio::test]
async fn an_expired_and_a_suspicious_pack_are_called_so() {
    use crate::scan::facts::Looked;
    use crate::scan::token::Subject;
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let unit = story.unit(0);
    let subject = Subject { gtin: unit.gtin, lot: None, serial: unit.serial };
    let now = crate::clock::now_ms();
    let Looked::Known(facts) = crate::scan::look(&world.state, &subject, now).await.expect("it works") else {
        panic!("the pack is known")
    };
    let expiry = facts.expires_on;
    let claim = super::Claim { gtin: subject.gtin, lot: facts.lot.clone(), serial: subject.serial.clone(), expiry };
    let day_ms = 86_400_000;
    let last_ms = u64::try_from(expiry.last_day().to_days()).expect("after 1970") * day_ms;
    let looked = Looked::Known(facts.clone());
    let word = |version, at| super::judged(&claim, &looked, version, at).additional_info;
    assert_eq!(word(Version::From13, last_ms), None, "good on its last day");
    assert_eq!(word(Version::From13, last_ms + day_ms).as_deref(), Some("Expired"));
    assert_eq!(word(Version::Early, last_ms + day_ms), None, "before 1.3 there is no word for it");
    let mut copied = facts;
    // Two people say that an earlier check was not theirs.
    let disowned = |device: u8| crate::scan::counting::CountedCheck {
        at_ms: now - 60_000 * u64::from(device),
        device: Some([device; 32]),
        cell: None,
        answer: Some("not_mine".to_owned()),
    };
    (copied.checks, copied.checks_in_all) = (vec![disowned(2), disowned(1)], 2);
    let looked = Looked::Known(copied);
    assert_eq!(super::judged(&claim, &looked, Version::From13, now).additional_info.as_deref(), Some("Suspect"));
    assert_eq!(super::judged(&claim, &looked, Version::Early, now).additional_info, None);
}

#[tokio::test]
async fn a_request_that_is_none_is_400() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let mut pharmacy = Asking::of(&world, "pharmacy").await;
    let serial = &story.serials[0];
    let path = format!("/vrs/verify/gtin/{GTIN}/lot/A24K07/ser/{serial}");
    for (field, query) in [
        ("linkType", "exp=281031&context=dscsaSaleableReturn".to_owned()),
        ("linkType", "exp=281031&linkType=pip&context=dscsaSaleableReturn".to_owned()),
        ("context", "exp=281031&linkType=verificationService".to_owned()),
        ("context", "exp=281031&linkType=verificationService&context=dscsaOther".to_owned()),
        ("exp", GOOD.to_owned()),
        ("date", format!("exp=281332&{GOOD}")),
        ("date", format!("exp=2810&{GOOD}")),
        ("corrUUID", format!("exp=281031&{GOOD}&corrUUID=1")),
        ("gln", format!("exp=281031&{GOOD}&reqGLN=0338300871688")),
    ] {
        let reply = pharmacy.get(&format!("{path}?{query}")).await.expect(400);
        assert_eq!(reply.json()["field"], field, "{query}");
    }
    for path in [
        format!("/vrs/verify/gtin/06901234567893/lot/A24K07/ser/{serial}"),
        format!("/vrs/verify/gtin/{GTIN}/lot/A24K07/ser/{serial}%20"),
        format!("/vrs/verify/gtin/{GTIN}/batch/A24K07/ser/{serial}"),
    ] {
        pharmacy.get(&format!("{path}?exp=281031&{GOOD}")).await.expect(400);
    }
    pharmacy.version = Some("2.0");
    let reply = pharmacy.get(&format!("{path}?exp=281031&{GOOD}")).await.expect(400);
    assert_eq!(reply.json()["field"], "GS1US-Version");
    let posted = world.call("POST", &format!("{path}?exp=281031&{GOOD}"), Some(&pharmacy.session), None).await;
    assert_eq!(posted.status, 405);
}

#[tokio::test]
async fn trading_partners_ask_for_themselves() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let path = format!("/vrs/verify/gtin/{GTIN}/lot/A24K07/ser/{}?exp=281031&{GOOD}", story.serials[0]);
    world.call("GET", &path, None, None).await.expect(401);
    world.call("GET", &path, Some("authorization: Bearer guess"), None).await.expect(401);
    let maker = world.node.chain().member(MAKER).gln;
    let own = world.node.chain().member(PHARMACY).gln;
    let bearer = World::bearer(GATEWAY_TOKEN);
    world.call("GET", &format!("{path}&reqGLN={maker}"), Some(&bearer), None).await.expect(200);
    world.call("GET", &format!("{path}&reqGLN={own}"), Some(&bearer), None).await.expect(403);
    let pharmacy = world.sign_in("pharmacy").await;
    world.call("GET", &format!("{path}&reqGLN={own}"), Some(&pharmacy), None).await.expect(200);
    let strange = world.call("GET", &format!("{path}&reqGLN=0614141000012"), Some(&pharmacy), None).await.expect(401);
    assert_eq!(strange.problem(), "unknown_partner");
}

#[tokio::test]
async fn a_product_of_nobody_here_is_404_and_an_outage_is_503() {
    let world = World::start().await;
    Story::sealed(&world, "A24K07").await;
    let pharmacy = Asking::of(&world, "pharmacy").await;
    let foreign = format!("/vrs/verify/gtin/09506000134352/lot/L/ser/S?exp=281031&{GOOD}");
    pharmacy.get(&foreign).await.expect(404);
    pharmacy.get("/vrs/checkConnectivity?gtin=09506000134352").await.expect(404);
    let elsewhere = World::start_with(|_, keys| *keys = crate::signing::Keys::default()).await;
    story_product(&elsewhere).await;
    let asking = Asking::of(&elsewhere, "pharmacy").await;
    asking.get(&format!("/vrs/checkConnectivity?gtin={GTIN}")).await.expect(404);
    asking.get(&format!("/vrs/verify/gtin/{GTIN}/lot/L/ser/S?exp=281031&{GOOD}")).await.expect(404);
    let (name, stale) = ("A24K07", format!("/vrs/verify/gtin/{GTIN}/lot/A24K07/ser/S?exp=281031&{GOOD}"));
    world.state.store.clone().close().await.expect("the database closes");
    let out = pharmacy.get(&stale).await.expect(503);
    assert!(out.json().get("data").is_none(), "{name}: an outage says nothing about a pack");
}

/// The product, put on the chain by its maker's own hand.
async fn story_product(world: &World) {
    use tracelight_domain::gs1::Gtin;
    world.node.apply(MAKER, crate::testing::story::product(Gtin::parse(GTIN).expect("a GTIN")));
    caught_up(world).await;
}

#[tokio::test]
async fn connectivity_tells_who_would_answer() {
    let world = World::start().await;
    story_product(&world).await;
    let pharmacy = Asking::of(&world, "pharmacy").await;
    let maker = world.node.chain().member(MAKER).gln;
    let own = world.node.chain().member(PHARMACY).gln;
    let path = format!("/vrs/checkConnectivity?gtin={GTIN}");
    let told = pharmacy.get(&format!("{path}&reqGLN={own}&context=dscsaSaleableReturn")).await.expect(200).json();
    assert_eq!(told, json!({"responderGLN": maker.to_string()}));
    pharmacy.get(&format!("{path}&reqGLN={maker}")).await.expect(403);
    pharmacy.get(&format!("{path}&reqGLN=0614141000012")).await.expect(401);
    pharmacy.get(&format!("{path}&context=other")).await.expect(400);
    pharmacy.get("/vrs/checkConnectivity?gtin=1").await.expect(400);
    world.call("GET", &path, None, None).await.expect(401);
}

#[tokio::test]
async fn a_program_asks_by_a_key_with_the_scope() {
    let world = World::start().await;
    story_product(&world).await;
    let maker = world.sign_in("maker").await;
    let path = format!("/vrs/checkConnectivity?gtin={GTIN}");
    for (scope, status) in [("trace:read", 200), ("goods:read", 403)] {
        let form = json!({"name": "router", "scopes": [scope]});
        let made = world.call("POST", "/api/v1/api-keys", Some(&maker), Some(form)).await.expect(201).json();
        let bearer = World::bearer(made["secret"].as_str().expect("a secret"));
        world.call("GET", &path, Some(&bearer), None).await.expect(status);
    }
    world.call("GET", &path, Some(&World::bearer(GATEWAY_TOKEN)), None).await.expect(200);
    world.call("GET", &path, Some(&World::bearer("tl_guess")), None).await.expect(401);
}

#[test]
fn versions_before_1_3_speak_the_old_words() {
    let of = |text: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("GS1US-Version", HeaderValue::from_str(text).expect("a header"));
        version(&headers).ok()
    };
    assert_eq!(version(&HeaderMap::new()).ok(), Some(Version::Early));
    for (text, expected) in [
        ("1.0.2", Some(Version::Early)),
        ("1.1", Some(Version::Early)),
        ("1.3.0", Some(Version::From13)),
        ("1.10", Some(Version::From13)),
        ("2.0.0", None),
        ("1", None),
        ("", None),
    ] {
        assert_eq!(of(text), expected, "{text}");
    }
}
