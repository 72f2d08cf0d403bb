//! The client for integrators against this server, over a socket: from a product to the numbers of its batch, every refusal by
//! its name, events, tables, and webhooks down to the signature.

use super::epcis::{object_event, of};
use super::webhooks::Receiver;
use crate::testing::{PATIENCE, World, story};
use serde_json::{Value, json};
use tracelight_api::rest::fsma204::Fsma204Cte;
use tracelight_api::rest::goods::{
    BatchStage, CodeAlphabet, CodeRule, NewBatch, NewOrder, NewProduct, OrderState, ProductKind,
};
use tracelight_api::rest::handover::{NewShipment, ReceiveShipment, UnitAction, UnitActionRequest};
use tracelight_api::rest::imports::{ImportKind, ImportLanguage, ImportState};
use tracelight_api::rest::key::Scope;
use tracelight_api::rest::labels::NewSsccs;
use tracelight_api::rest::marks::{CarriedMark, ItemMark, MarkNeed, MarkOutcome, MarkPolicy, NewMarks, NewPins};
use tracelight_api::rest::numbers::{Invalidate, NewBlock};
use tracelight_api::rest::trace::Direction;
use tracelight_api::rest::webhook::{DeliveryState, EventType, NewWebhook, OffReason, WebhookState};
use tracelight_client::testing::CARRIER;
use tracelight_domain::gs1::Gtin;
use tracelight_rest::epcis::{Document, OnFault};
use tracelight_rest::fsma204::Fsma204Selection;
use tracelight_rest::labels::{LogisticLabel, Printed, Sheets};
use tracelight_rest::webhook::{Rejected, Secret, TOLERANCE_S, verify};
use tracelight_rest::{Error, Once, Tracelight};

/// A client with a key of a user's member.
async fn client(world: &World, user: &str, scopes: &[Scope]) -> Tracelight {
    let session = world.sign_in(user).await;
    let body = json!({ "name": "ERP", "scopes": scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>() });
    let made = world.call("POST", "/api/v1/api-keys", Some(&session), Some(body)).await.expect(201).json();
    let base = format!("http://{}", world.listen().await);
    Tracelight::new(&base, made["secret"].as_str().expect("a secret")).expect("a client")
}

fn once(name: &str) -> Once {
    Once::named(name).expect("a name")
}

fn gtin(item: u64) -> String {
    Gtin::build(0, "6901234", item).expect("a GTIN of constants").to_string()
}

fn product(item: u64) -> NewProduct {
    let [detail, approval, hotline] = [const { String::new() }; 3];
    let (name_en, name_zh) = ("Amoxicillin".to_owned(), "阿莫西林".to_owned());
    NewProduct { gtin: gtin(item), name_en, name_zh, detail, approval, hotline, kind: ProductKind::Medicine }
}

fn batch(item: u64, lot: &str) -> NewBatch {
    let [lot, made_on, expires_on] = [lot, "2026-10-01", "2028-09"].map(str::to_owned);
    NewBatch { gtin: gtin(item), lot, made_on, expires_on, quantity: 9 }
}

/// A call that must be refused under a name.
#[track_caller]
fn refused<T: std::fmt::Debug>(end: Result<T, Error>, name: &str, status: u16) {
    let error = end.expect_err(name);
    let refused = error.refused().unwrap_or_else(|| panic!("{name}: {error}"));
    assert_eq!((refused.name(), refused.problem.status), (name, status), "{error}");
}

#[tokio::test]
async fn from_a_product_to_the_numbers_of_its_batch() {
    let world = World::start().await;
    let server = client(&world, "maker", &[Scope::GoodsRead, Scope::GoodsWrite]).await;
    assert_eq!(server.session().await.expect("a session").member.gln.len(), 13);
    let new = product(1);
    let made = server.register_product(&new, &once("p1")).await.expect("a product");
    assert_eq!(server.register_product(&new, &once("p1")).await.expect("the same again"), made);
    refused(server.register_product(&product(2), &once("p1")).await, "idempotency_conflict", 409);
    refused(server.register_product(&new, &once("p2")).await, "already_exists", 409);
    assert_eq!(server.product(&gtin(1)).await.expect("it is there"), made);
    assert_eq!(server.products().first(9).await.expect("rows"), [made]);
    let rule = CodeRule { alphabet: CodeAlphabet::Digits, length: 20, prefix: "X".into() };
    assert_eq!(server.set_code_rule(&gtin(1), &rule).await.expect("a rule"), rule);
    let weak = CodeRule { length: 5, ..rule };
    refused(server.set_code_rule(&gtin(1), &weak).await, "invalid_field", 400);

    refused(server.register_batch(&batch(3, "L"), &once("b0")).await, "unknown_product", 409);
    let wrong = server.register_batch(&batch(1, "a b"), &once("b0")).await.expect_err("no lot");
    let problem = &wrong.refused().expect("a refusal").problem;
    assert_eq!((problem.field.as_deref(), problem.position), (Some("lot"), Some(2)));
    server.register_batch(&batch(1, "A/1"), &once("b1")).await.expect("a batch with a stroke");
    refused(server.batch(&gtin(1), "none").await, "not_found", 404);
    assert!(matches!(server.batch(&gtin(1), "..").await, Err(Error::BadPart { .. })));

    refused(
        server.order_codes(&gtin(1), "A/1", NewOrder { count: 0, signed: false }, &once("o0")).await,
        "invalid_field",
        400,
    );
    let order = server
        .order_codes(&gtin(1), "A/1", NewOrder { count: 300, signed: false }, &once("o1"))
        .await
        .expect("an order");
    let again = server
        .order_codes(&gtin(1), "A/1", NewOrder { count: 300, signed: false }, &once("o1"))
        .await
        .expect("the same");
    assert_eq!(again.id, order.id);
    let order = server.wait_for_order(&order.id, PATIENCE).await.expect("done");
    assert_eq!((order.state, order.made), (OrderState::Done, 300));
    refused(server.cancel_order(&order.id).await, "order_finished", 409);
    assert_eq!(server.batch(&gtin(1), "A/1").await.expect("a batch").stage, BatchStage::Coded);

    let mut table = Vec::new();
    let bytes = server.labels_csv(&order.id, &mut table).await.expect("a table");
    let text = String::from_utf8(table).expect("text");
    assert_eq!((text.len() as u64, text.lines().count()), (bytes, 301));
    let (mut sheets, mut zpl) = (Vec::new(), Vec::new());
    let few = Sheets { first: 10, count: Some(3), ..Sheets::default() };
    server.labels_pdf(&order.id, &few, &mut sheets).await.expect("sheets");
    server.labels_zpl(&order.id, &Printed { count: Some(2), ..Printed::default() }, &mut zpl).await.expect("labels");
    assert!(sheets.starts_with(b"%PDF") && zpl.windows(3).filter(|three| three == b"^XA").count() == 2);
    let none = Sheets { first: 300, ..Sheets::default() };
    refused(server.labels_pdf(&order.id, &none, &mut sheets).await, "invalid_field", 400);

    marks(&server, &order.id).await;
    numbers(&server).await;
    let sscc = server.new_ssccs(NewSsccs { count: 1, extension_digit: 3 }).await.expect("a number").ssccs.remove(0);
    let mut label = Vec::new();
    let form = LogisticLabel { to: Some("Anrui & Co".into()), ..LogisticLabel::default() };
    server.logistic_label(&sscc, &form, &mut label).await.expect("a label");
    assert!(label.starts_with(b"<svg"));
    let reads = client(&world, "maker", &[Scope::TraceRead]).await;
    refused(reads.products().first(1).await, "missing_scope", 403);
    let stranger = Tracelight::new(&format!("http://{}", world.listen().await), "tl_none").expect("a client");
    refused(stranger.session().await, "bad_api_key", 401);
}

/// What the product carries, and PINs that are told once.
async fn marks(server: &Tracelight, order: &str) {
    let pin = CarriedMark { kind: "pin.covered".into(), need: MarkNeed::Optional };
    let policy = MarkPolicy { marks: vec![pin], good_for_minutes: 60 };
    assert_eq!(server.set_mark_policy(&gtin(1), &policy).await.expect("a policy"), policy);
    assert_eq!(server.mark_policy(&gtin(1)).await.expect("it is there"), policy);
    let (mut table, pins) = (Vec::new(), NewPins { first: 0, count: Some(2), replace: false });
    server.make_pins(order, &pins, &mut table).await.expect("PINs");
    let text = String::from_utf8(table).expect("text");
    assert_eq!(text.lines().count(), 3);
    refused(server.make_pins(order, &pins, &mut Vec::new()).await, "pins_made", 409);
    let serial = text.lines().nth(1).and_then(|line| line.split(',').next()).expect("a serial").to_owned();
    let reference = [("uid".to_owned(), "04DE5F1EACC040".to_owned())].into();
    let tags = NewMarks { marks: vec![ItemMark { serial, reference }] };
    for outcome in [MarkOutcome::Stored, MarkOutcome::AlreadyStored] {
        let kept = server.keep_marks(&gtin(1), "nfc.ntag424", &tags).await.expect("an answer");
        assert_eq!(kept.marks[0].outcome, outcome);
    }
    refused(server.keep_marks(&gtin(1), "cdp.score", &tags).await, "invalid_field", 400);
}

/// Blocks, open codes over several pages, and what cannot be closed yet.
async fn numbers(server: &Tracelight) {
    let lot = "A/1";
    let all = server.numbers(&gtin(1), lot).await.expect("numbers");
    assert_eq!((all.counts.issued, all.counts.open), (300, 300));
    let open = server.open_numbers(&gtin(1), lot).first(1_000).await.expect("rows of several pages");
    assert_eq!(open.len(), 300);
    let block = NewBlock { line: "xian/line-1".into(), codes: 40 };
    let given = server.give_block(&gtin(1), lot, &block).await.expect("a block");
    let id = &given.blocks.first().expect("one").id;
    let too_many = NewBlock { codes: 261, ..block };
    refused(server.give_block(&gtin(1), lot, &too_many).await, "too_few_codes", 409);
    server.return_block(&gtin(1), lot, id).await.expect("back");
    refused(server.return_block(&gtin(1), lot, id).await, "nothing_open", 409);
    let open = server.open_numbers(&gtin(1), lot).first(1_000).await.expect("rows");
    assert_eq!(open.len(), 260, "what came back from a line is used by nobody");
    let named = |count| Invalidate {
        line: None,
        serials: open.iter().take(2).map(|code| code.serial.clone()).collect(),
        count,
        reason: "burnt".into(),
    };
    refused(server.invalidate_numbers(&gtin(1), lot, &named(3)).await, "numbers_changed", 409);
    let left = server.invalidate_numbers(&gtin(1), lot, &named(2)).await.expect("declared");
    assert_eq!((left.counts.invalid, left.counts.differ()), (2, 0));
    refused(server.close_books(&gtin(1), lot).await, "batch_not_sealed", 409);
}

#[tokio::test]
async fn goods_are_shipped_received_and_traced() {
    let world = World::start().await;
    story::play(&mut world.node.chain());
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    let maker = client(&world, "maker", &[Scope::GoodsRead, Scope::HandoverWrite, Scope::TraceRead]).await;
    let shipments = maker.shipments().first(10).await.expect("rows");
    let shipment = shipments.first().expect("the story has one").clone();
    assert_eq!(maker.shipment(&shipment.id).await.expect("it"), shipment);
    let to = world.node.chain().member(CARRIER).gln.to_string();
    let gone = NewShipment { to, objects: vec![story::sscc(1).to_string()] };
    let error = maker.ship(&gone, &once("s1")).await.expect_err("it was shipped");
    assert!(error.refused().is_some_and(|refused| refused.problem.status == 409), "{error}");
    let receive = maker.receive(&shipment.id, &ReceiveShipment::default(), &once("r1")).await;
    assert!(receive.expect_err("not the receiver").refused().is_some());
    assert!(maker.refuse(&shipment.id, &Once::random().expect("randomness")).await.is_err());
    let code = format!("(01){}(10)Lot-aB(21)aB1", story::batch().gtin);
    let sell = UnitActionRequest { code: code.clone(), action: UnitAction::Sell };
    assert!(maker.unit_action(&sell, &once("u1")).await.expect_err("it is gone").refused().is_some());
    let trace = maker.trace(&code).await.expect("a history");
    assert!(trace.steps.iter().any(|step| step.event == "sealed"), "{trace:?}");
    refused(maker.trace("(01)09521101530001(21)X").await, "not_found", 404);
    let lot = story::batch().to_string();
    let graph = maker.trace_graph(&lot, Direction::Back).await.expect("a graph");
    assert_eq!((graph.subject, graph.direction, graph.lots.len()), (lot, Direction::Back, 1));
    assert_eq!(graph.moves.iter().map(|one| (one.units, one.short)).collect::<Vec<_>>(), [(4, 0), (2, 2)]);
    refused(maker.trace_graph("(01)09521101530001(10)X", Direction::Both).await, "not_found", 404);
    // The story's product is a medicine: the spreadsheet is empty, and says so.
    let selection = Fsma204Selection { utc_offset: "-05:00".to_owned(), ..Fsma204Selection::default() };
    let summary = maker.fsma204(&selection).await.expect("a summary");
    assert_eq!((summary.time_zone.as_str(), summary.gaps_count), ("UTC-05:00", 0));
    let mut book = Vec::new();
    assert!(
        maker.fsma204_workbook(&selection, &mut book).await.expect("a workbook") > 1_000 && book.starts_with(b"PK")
    );
    let mut table = Vec::new();
    maker.fsma204_csv(Fsma204Cte::Shipping, &selection, &mut table).await.expect("a table");
    assert_eq!(String::from_utf8(table).expect("text").lines().count(), 1);
    let wrong = Fsma204Selection { gtin: "1".to_owned(), ..selection };
    refused(maker.fsma204(&wrong).await, "invalid_field", 400);
    let recalls = maker.recalls().first(10).await.expect("rows");
    let recall = recalls.first().expect("the story has one");
    assert_eq!(&maker.recall(&recall.id).await.expect("it"), recall);
    let holdings = maker.holdings(&story::batch().gtin.to_string(), "Lot-aB").await.expect("holdings");
    assert_eq!(holdings.sealed, Some(4));
    assert!(maker.stock().first(10).await.is_ok());
}

fn event(number: u32) -> Value {
    let epc = format!("urn:epc:id:sgtin:6901234.000077.x{number}");
    object_event(&[&epc], json!({ "bizStep": "storing" }))
}

#[tokio::test]
async fn events_are_captured_anchored_and_found_page_by_page() {
    let world = World::start().await;
    world.projected(1).await;
    let server = client(&world, "maker", &[Scope::EpcisCapture, Scope::EpcisQuery]).await;
    let mut one = event(1);
    one["@context"] = json!("https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld");
    let one = one.to_string();
    let first = server.capture_event(Document::Json(one.as_bytes())).await.expect("stored");
    assert!(!first.already && server.capture_event(Document::Json(one.as_bytes())).await.expect("known").already);
    let all = of(&(2..40).map(event).collect::<Vec<_>>());
    let id = server.capture(Document::Json(all.as_bytes()), OnFault::Proceed).await.expect("a job");
    let job = server.wait_for_anchor(&id, PATIENCE).await.expect("covered by a block");
    assert!(job.success && job.errors.is_empty());
    let evidence = job.evidence.expect("told");
    assert_eq!((evidence.stored, evidence.already_stored), (38, 0));
    assert!(evidence.anchor.is_some_and(|anchor| anchor.height > 0));
    let again = server.capture(Document::Json(all.as_bytes()), OnFault::Proceed).await.expect("a job");
    let again = server.wait_for_anchor(&again, PATIENCE).await.expect("covered too");
    let evidence = again.evidence.expect("told");
    assert_eq!((evidence.stored, evidence.already_stored), (0, 38));
    assert!(evidence.anchor.is_some_and(|anchor| anchor.height > 0));
    let found = server.events(&[("EQ_bizStep", "storing"), ("perPage", "7")]).first(1_000).await.expect("pages");
    assert_eq!(found.len(), 39);
    let error = server.capture(Document::Json(b"{}"), OnFault::RollBack).await.expect_err("no document");
    assert!(error.is("ValidationException") && !error.refused().expect("a refusal").violations.is_empty(), "{error}");
    refused(server.capture_job("none").await, "NoSuchResourceException", 404);
    refused(server.events(&[("EQ_nothing", "x")]).next().await, "QueryParameterException", 400);
}

#[tokio::test]
async fn a_table_is_checked_and_applied() {
    let world = World::start().await;
    let server = client(&world, "maker", &[Scope::GoodsRead, Scope::GoodsWrite]).await;
    let mut template = Vec::new();
    server.import_template(ImportKind::Partners, ImportLanguage::En, &mut template).await.expect("a template");
    let head = String::from_utf8(template).expect("text");
    let bad = format!("{}\n123,,,,,\n", head.lines().next().expect("a header"));
    let bad = server.upload_import(ImportKind::Partners, "bad.csv", "", bad.into_bytes()).await.expect("checked");
    assert!(bad.state == ImportState::Refused && bad.faults_count > 0);
    refused(server.apply_import(&bad.id, PATIENCE).await, "import_refused", 409);
    let mut errors = Vec::new();
    server.import_errors(&bad.id, ImportLanguage::En, &mut errors).await.expect("a table");
    assert!(!errors.is_empty());
    let good = b"GLN,Name (English),Role\n6901234000023,Anrui,carrier\n".to_vec();
    let good = server.upload_import(ImportKind::Partners, "good.csv", "", good).await.expect("checked");
    assert_eq!(good.state, ImportState::Checked, "{good:?}");
    assert_eq!(server.apply_import(&good.id, PATIENCE).await.expect("applied").state, ImportState::Applied);
    assert_eq!(server.partners().first(9).await.expect("rows").len(), 1);
    assert_eq!(server.undo_import(&good.id).await.expect("back").state, ImportState::Undone);
    assert_eq!(server.imports().first(9).await.expect("rows").len(), 2);
    assert_eq!(server.import(&good.id).await.expect("it").state, ImportState::Undone);
}

#[tokio::test]
async fn d5_a_receiver_believes_this_server_and_nobody_else() {
    let world = World::start().await;
    let server = client(&world, "maker", &[Scope::Webhooks]).await;
    let mut receiver = Receiver::start().await;
    let new = |url: &str| NewWebhook {
        url: url.to_owned(),
        events: vec![EventType::BatchSealed],
        description: "ERP".to_owned(),
    };
    refused(server.make_webhook(&new("https://10.0.0.1/")).await, "invalid_field", 400);
    let made = server.make_webhook(&new(&receiver.url)).await.expect("an endpoint");
    let id = made.webhook.id.clone();
    let sent = server.test_webhook(&id).await.expect("on its way");
    let (headers, body) = receiver.next().await;
    let secret = Secret::parse(&made.secret).expect("its form");
    let now_s = crate::clock::now_ms() / 1_000;
    let call = verify(&secret, &headers, &body, now_s).expect("it is from the server");
    assert_eq!((call.id(), call.event().expect("an event").r#type.as_str()), (sent.id.as_str(), "webhook.test"));
    let mut other = body.to_vec();
    other.push(b' ');
    assert_eq!(verify(&secret, &headers, &other, now_s), Err(Rejected::Signature));
    let late = now_s + TOLERANCE_S + 60;
    assert!(matches!(verify(&secret, &headers, &body, late), Err(Rejected::NotFresh(_))));

    let rotated = server.rotate_webhook(&id).await.expect("another secret");
    assert_ne!(rotated.secret, made.secret);
    server.resend(&id, &sent.id).await.expect("again");
    let (headers, body) = receiver.next().await;
    for told in [&made.secret, &rotated.secret] {
        let secret = Secret::parse(told).expect("its form");
        assert_eq!(verify(&secret, &headers, &body, now_s).expect("both sign").id(), sent.id);
    }
    let log = server.deliveries(&id).first(9).await.expect("rows");
    assert!(log.len() == 1 && log.iter().all(|line| line.state != DeliveryState::GivenUp));
    let off = server.disable_webhook(&id).await.expect("off");
    assert_eq!((off.state, off.off_because), (WebhookState::Disabled, Some(OffReason::Told)));
    refused(server.test_webhook(&id).await, "webhook_disabled", 409);
    assert_eq!(server.enable_webhook(&id).await.expect("on").state, WebhookState::Active);
    assert_eq!(server.webhooks().first(9).await.expect("rows").len(), 1);
    server.delete_webhook(&id).await.expect("gone");
    refused(server.webhook(&id).await, "not_found", 404);
}
