//! What becomes of readings, and what the state says after them.

use super::*;
use crate::core::{Incoming, Lookup};
use crate::reading::Way;
use std::time::Instant;
use tracelight_api::line::{AckOutcome, Aggregation, Counted, Fill, LineReason, Order, Purpose};

fn open(lot: &str, case: u32) -> LineOp {
    let level = |count| Some(Aggregation { count, gtin: None });
    let order = Order { case: level(case), pallet: level(2), ..Order::default() };
    LineOp::OpenBatch { gtin: GTIN.into(), lot: lot.into(), order: Some(order) }
}

fn commission(i: u32) -> LineOp {
    LineOp::Commission { raw: code(i) }
}

fn pack(i: u32) -> LineOp {
    LineOp::Pack { raw: code(i) }
}

/// A reading of `t1`, as the intake gets it.
fn incoming(seq: u64, op: LineOp) -> Incoming {
    Incoming {
        topic: place("l", "t1").topic("evt"),
        payload: Rig::reading("0123456789abcdef", seq, op).to_string().into_bytes(),
        way: Way::Terminal,
        received_ms: 77,
        salt: [1; 16],
    }
}

#[tokio::test]
async fn l3_every_reason_a_line_can_give_is_named_with_a_way_out() {
    use LineReason::*;
    let mut rig = Rig::new(Over::Tls);
    let raw = |text: &str| LineOp::Commission { raw: text.to_owned() };
    let no = async |rig: &mut Rig, op: LineOp, reason: LineReason| {
        let ack = rig.next("t1", op.clone()).await;
        let name = serde_json::to_value(reason).expect("a name");
        assert_eq!((&ack["reason"], &ack["way_out"]), (&name, &json!(reason.way_out())), "{op:?}: {ack}");
        assert!(ack["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    };
    no(&mut rig, commission(0), NoOpenBatch).await;
    no(&mut rig, LineOp::open(GTIN, "never-kept"), ServerUnreachable).await;
    rig.ok("t1", [open("L", 3), commission(0), commission(1), commission(2), commission(3)]).await;
    no(&mut rig, raw("]d2smudge"), BadRead).await;
    no(&mut rig, raw(&code(4).replace("S04", "NEVER")), ForeignCode).await;
    no(&mut rig, raw("(01)09506000134376(21)S05"), WrongProduct).await;
    no(&mut rig, raw(&format!("(01){GTIN}(17)281031(10)L(21)S05")), WrongExpiry).await;
    no(&mut rig, commission(0), Duplicate).await;
    no(&mut rig, raw(&label(1)), WrongLevel).await;
    no(&mut rig, pack(9), NotCommissioned).await;
    no(&mut rig, LineOp::close_case(label(1)), Empty).await;
    rig.ok("t1", [pack(0), pack(1)]).await;
    no(&mut rig, LineOp::close_case(label(1)), WrongRatio).await;
    no(&mut rig, LineOp::reject(code(0)), WrongStep).await;
    rig.ok("t1", [pack(2), LineOp::close_case(label(1))]).await;
    rig.ok("t1", [LineOp::Break { raw: label(1), reason: "torn".into() }]).await;
    no(&mut rig, LineOp::Stack { raw: label(1) }, DeadLabel).await;
    let counted = Some(Counted { commissioned: 9, scrapped: 0, sampled: 0 });
    no(&mut rig, LineOp::CloseBatch { counted, carry: false }, CountsDiffer).await;
    rig.ok("t1", [LineOp::Hold { reason: "lunch".into() }]).await;
    no(&mut rig, commission(5), Held).await;
    rig.ok("t1", [LineOp::Resume]).await;
    rig.ok("t1", (4..12).map(commission)).await;
    no(&mut rig, commission(12), QuotaReached).await;
    no(&mut rig, LineOp::Break { raw: label(1), reason: " ".into() }, Malformed).await;
    rig.ok("t1", [LineOp::Sample { raw: code(4), purpose: Purpose::Quality }, LineOp::close_batch()]).await;
    // An order with a lowest grade, on the same line.
    let graded = Order { grade_min: Some("B".into()), ..Order::default() };
    rig.ok("t1", [LineOp::OpenBatch { gtin: GTIN.into(), lot: "M".into(), order: Some(graded) }]).await;
    no(&mut rig, raw(&format!("(01){GTIN}(10)M(21)S01")), GradeTooLow).await;
    // Numbers out of turn.
    let gap = rig.send("t1", &[Rig::reading("0123456789abcdef", 999, LineOp::Resume)]).await.json["acks"][0].clone();
    assert_eq!((&gap["outcome"], &gap["reason"]), (&json!("refused"), &json!("sequence_gap")));
    let conflict = rig.send("t1", &[Rig::reading("0123456789abcdef", 3, LineOp::Resume)]).await.json["acks"][0].clone();
    assert_eq!(conflict["reason"], "conflict");
}

#[tokio::test]
async fn a_full_spool_refuses_by_name_and_the_end_of_a_case_still_fits() {
    let small = Limits { segment_bytes_max: 3_072, total_bytes_max: 6_144 };
    let mut rig = Rig::with(Over::Tls, small);
    rig.ok("t1", [open("L", 3), commission(0), pack(0)]).await;
    let mut i = 1;
    let ack = loop {
        let ack = rig.next("t1", commission(i)).await;
        if ack["outcome"] != "stored" {
            break ack;
        }
        i += 1;
        assert!(i < 12, "it never gets full");
        rig.ok("t1", [pack(i - 1)]).await;
        rig.ok("t1", [LineOp::Unpack { raw: code(i - 1) }]).await;
    };
    assert_eq!((&ack["outcome"], &ack["reason"]), (&json!("refused"), &json!("spool_full")), "{ack}");
    let close = LineOp::CloseCase { raw: label(1), fill: Fill::Partial };
    rig.ok("t1", [close]).await;
}

#[tokio::test]
async fn readings_in_one_call_are_answered_in_order_and_once_whoever_sends_them_again() {
    let mut rig = Rig::new(Over::Tls);
    rig.ok("t1", [open("L", 3)]).await;
    let many: Vec<Value> =
        (1..13).map(|seq| Rig::reading("0123456789abcdef", seq, commission(seq as u32 - 1))).collect();
    let first = rig.send("t1", &many).await;
    let outcomes = |answer: &Answer| -> Vec<Value> {
        answer.json["acks"].as_array().expect("acks").iter().map(|ack| ack["outcome"].clone()).collect()
    };
    assert_eq!(outcomes(&first), vec![json!("stored"); 12]);
    assert_eq!(first.json["view"]["line"]["state"]["commissioned"], 12);
    let again = rig.send("t1", &many).await;
    assert_eq!(outcomes(&again), vec![json!("already_stored"); 12]);
    assert!(again.json["acks"].as_array().expect("acks").iter().all(|ack| ack["contiguous"] == 12));
    assert_eq!(lock(&rig.core).view(&place("l", "t1").line_key()).state.commissioned, 12);
}

#[tokio::test]
async fn who_lost_the_answer_to_a_blocked_reading_learns_why_when_it_sends_again() {
    let mut rig = Rig::new(Over::Tls);
    rig.ok("t1", [open("L", 3), commission(0)]).await;
    let blocked = Rig::reading("0123456789abcdef", 2, commission(0));
    for outcome in ["quarantined", "already_stored", "already_stored"] {
        let ack = rig.send("t1", std::slice::from_ref(&blocked)).await.json["acks"][0].clone();
        assert_eq!((&ack["outcome"], &ack["reason"]), (&json!(outcome), &json!("duplicate")), "{ack}");
        assert_eq!(ack["way_out"], LineReason::Duplicate.way_out());
    }
}

#[test]
fn what_a_number_was_blocked_for_is_known_after_a_restart_too() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut first = core(folder.path(), LIMITS);
    for (seq, op) in [open("L", 3), commission(0), commission(0), pack(0)].into_iter().enumerate() {
        first.handle(&incoming(seq as u64, op), &Lookup::Kept).expect("a good disk");
    }
    first.sync().expect("a good disk");
    let shown = first.view(&place("l", "t1").line_key());
    drop(first);
    let mut again = core(folder.path(), LIMITS);
    assert_eq!(again.view(&place("l", "t1").line_key()), shown, "also what was read last");
    assert_eq!(
        shown.recent.iter().map(|recent| recent.kind).collect::<Vec<_>>(),
        ["pack", "commission", "commission", "open_batch"]
    );
    let ack = again.handle(&incoming(2, commission(0)), &Lookup::Kept).expect("a good disk");
    assert_eq!((ack.outcome, ack.reason), (AckOutcome::AlreadyStored, Some(LineReason::Duplicate)));
    let ack = again.handle(&incoming(1, commission(0)), &Lookup::Kept).expect("a good disk");
    assert_eq!((ack.outcome, ack.reason), (AckOutcome::AlreadyStored, None));
}

#[test]
fn what_is_published_under_a_terminals_name_is_not_believed_and_a_terminal_speaks_for_itself_alone() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut core = core(folder.path(), LIMITS);
    let payload = Rig::reading("0123456789abcdef", 0, LineOp::open(GTIN, "L")).to_string().into_bytes();
    for (device, way) in [("t1", Way::Broker), ("cam", Way::Terminal)] {
        let topic = place("l", device).topic("evt");
        let incoming = Incoming { topic, payload: payload.clone(), way, received_ms: 1, salt: [1; 16] };
        let ack = core.handle(&incoming, &Lookup::Kept).expect("a good disk");
        assert_eq!((ack.outcome, ack.reason), (AckOutcome::Quarantined, Some(LineReason::BadSignature)), "{device}");
    }
    assert_eq!(core.view(&place("l", "t1").line_key()).state.lot, None);
}

#[test]
fn nothing_is_shown_before_it_is_synced() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut core = core(folder.path(), LIMITS);
    let shown = core.shown().remove(&place("l", "t1")).expect("a terminal");
    let seen = || (*shown.borrow()).clone();
    let before = seen();
    core.handle(&incoming(0, open("L", 3)), &Lookup::Kept).expect("a good disk");
    core.handle(&incoming(1, commission(0)), &Lookup::Kept).expect("a good disk");
    // The end of a deed of an earlier order does not show it either.
    core.done(7);
    assert_eq!(seen(), before);
    core.sync().expect("a good disk");
    let after = seen();
    assert!(after.at > before.at);
    assert_eq!(after.line.state.commissioned, 1);
    let held: Vec<_> = after.held.iter().map(|held| (held.boot.as_str(), held.contiguous)).collect();
    assert_eq!(held, [("0123456789abcdef", 1)]);
    core.sync().expect("a good disk");
    assert_eq!(seen().at, after.at, "nothing is new");
}

#[tokio::test]
async fn l7_another_terminal_sees_the_open_case_and_takes_out_what_the_first_put_in() {
    let mut rig = Rig::new(Over::Tls);
    rig.ok("t1", [open("L", 5), commission(0), commission(1), pack(0), pack(1)]).await;
    let state = rig.get("/terminal/s/l/t2/state", Some("t2")).await.json;
    let line = &state["line"];
    assert_eq!((&line["state"]["in_case"], &line["state"]["case_of"]), (&json!(2), &json!(5)));
    assert_eq!(line["inside"]["case"][0]["name"], "S01");
    assert_eq!((&line["recent"][0]["kind"], &line["recent"][0]["device"]), (&json!("pack"), &json!("t1")));
    let raw = line["inside"]["case"][0]["raw"].as_str().expect("a code").to_owned();
    rig.ok("t2", [LineOp::Unpack { raw }, commission(2), pack(2)]).await;
    let inside = lock(&rig.core).view(&place("l", "t1").line_key()).inside;
    assert_eq!(inside.case.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["S02", "S00"]);
    // Another line is another matter.
    let other = rig.get("/terminal/s/m/t3/state", Some("t3")).await.json;
    assert_eq!((&other["line"]["state"]["lot"], &other["line"]["recent"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn a_call_that_has_seen_the_state_waits_for_another_one() {
    let mut rig = Rig::new(Over::Tls);
    let first = rig.get("/terminal/s/l/t2/state", Some("t2")).await.json;
    let path = format!("/terminal/s/l/t2/state?seen={}", first["tag"].as_str().expect("a tag"));
    let request = rig.request("GET", &path, Some("t2")).body(Body::empty()).expect("a call");
    let (router, started) = (rig.router.clone(), Instant::now());
    let waiting = tokio::spawn(async move { router.oneshot(request).await.expect("infallible").status() });
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!waiting.is_finished(), "nothing has changed");
    rig.ok("t1", [open("L", 5)]).await;
    assert_eq!(waiting.await.expect("no panic"), 200);
    assert!(started.elapsed() < Duration::from_secs(5));
    rig.mode.send_replace(Since { mode: Mode::SpoolFull, since_ms: 9 });
    let state = rig.get(&path, Some("t2")).await.json;
    assert_eq!((&state["mode"], &state["mode_since_ms"]), (&json!("spool_full"), &json!(9)));
}

#[tokio::test]
async fn what_waits_for_the_chain_is_counted_for_its_line_with_its_age() {
    let mut rig = Rig::new(Over::Tls);
    rig.ok("t1", [open("L", 1), commission(0), pack(0), LineOp::close_case(label(1)), LineOp::close_batch()]).await;
    let line = rig.get("/terminal/s/l/t1/state", Some("t1")).await.json["line"].clone();
    assert_eq!(line["deeds_waiting"], 2, "a case and the seal");
    let age = crate::intake::now_ms() - line["oldest_deed_ms"].as_u64().expect("a time");
    assert!(age < 60_000, "{age} ms old");
    let other = rig.get("/terminal/s/m/t3/state", Some("t3")).await.json["line"].clone();
    assert_eq!((&other["deeds_waiting"], &other["oldest_deed_ms"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn l6_a_reprint_and_a_void_need_a_reason_which_is_kept_and_the_old_code_is_dead() {
    let mut rig = Rig::new(Over::Tls);
    rig.ok("t1", [open("L", 5), commission(0), commission(1)]).await;
    let replace = |reason: &str| LineOp::Replace { old: code(0), new: code(2), reason: reason.into() };
    assert_eq!(rig.next("t1", replace("")).await["reason"], "malformed");
    rig.ok("t1", [replace("smudged")]).await;
    assert_eq!(rig.next("t1", pack(0)).await["reason"], "not_commissioned");
    assert_eq!(rig.next("t1", commission(0)).await["reason"], "wrong_step");
    let void = |reason: &str| LineOp::Invalidate { raw: code(3), reason: reason.into() };
    assert_eq!(rig.next("t1", void(" ")).await["reason"], "malformed");
    let reject = |reason: &str| LineOp::Reject { raw: code(1), reason: Some(reason.into()) };
    assert_eq!(rig.next("t1", reject("")).await["reason"], "malformed");
    rig.ok("t1", [void("torn"), reject("dented")]).await;
    for dead in [1, 3] {
        assert_eq!(rig.next("t1", commission(dead)).await["reason"], "wrong_step");
    }
    rig.ok("t1", [LineOp::close_batch()]).await;
    let folder = rig._folder.path().join("orders");
    let file = std::fs::read_dir(folder).expect("reports").next().expect("one").expect("readable").path();
    let report: Value = serde_json::from_slice(&std::fs::read(file).expect("a report")).expect("JSON");
    let expected = json!([
        {"what": "replaced", "old": "S00", "new": "S02", "reason": "smudged"},
        {"what": "invalidated", "serial": "S03", "reason": "torn"},
        {"what": "rejected", "serial": "S01", "reason": "dented"},
    ]);
    assert_eq!(report["remarks"], expected);
}

#[tokio::test]
async fn bodies_over_the_bounds_and_a_gateway_that_ends_say_so() {
    let rig = Rig::new(Over::Tls);
    let path = "/terminal/s/l/t1/readings";
    let many: Vec<Value> = (0..65).map(|seq| Rig::reading("0123456789abcdef", seq, LineOp::Resume)).collect();
    assert_eq!(rig.send("t1", &many).await.status, 413);
    let long = json!({ "readings": [{"body": "x".repeat(READINGS_BYTES_MAX), "sig": ""}] });
    assert_eq!(rig.post(path, Some("t1"), &long).await.status, 413);
    for bad in
        [json!([]), json!({}), json!({"readings": 1}), json!({"readings": [1]}), json!({"readings": [], "more": 1})]
    {
        let answer = rig.post(path, Some("t1"), &bad).await;
        assert_eq!((answer.status, &answer.json["type"]), (400, &json!("tracelight:malformed")), "{bad}");
    }
    let text = rig.request("POST", path, Some("t1")).body(Body::from("not json")).expect("a call");
    assert_eq!(rig.call(text).await.status, 400);
    // Within the call's bound and over a reading's: it is a reading that cannot be read, and answered as such.
    let fat = json!({ "readings": [{"body": "x".repeat(20_000), "sig": ""}] });
    let ack = rig.post(path, Some("t1"), &fat).await.json["acks"][0].clone();
    assert_eq!((&ack["reason"], &ack["seq"]), (&json!("malformed"), &Value::Null));
    rig.mode.send_replace(Since { mode: Mode::Draining, since_ms: 1 });
    let one = rig.send("t1", &[Rig::reading("0123456789abcdef", 0, LineOp::Resume)]).await;
    assert_eq!((one.status, &one.json["type"]), (503, &json!("tracelight:intake_away")));
    assert!(
        rig.bus.take_published().iter().all(|(topic, ..)| topic.ends_with("/state")),
        "no answer goes to the broker"
    );
}

#[tokio::test]
async fn hostile_bytes_are_answered_and_nothing_falls_over() {
    let rig = Rig::new(Over::Tls);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let good = json!({ "readings": [Rig::reading("0123456789abcdef", 0, open("L", 3))] }).to_string().into_bytes();
    for round in 0..600 {
        let mut bytes = good.clone();
        if round % 3 == 0 {
            bytes = (0..usize::from(byte())).map(|_| byte()).collect();
        } else {
            for _ in 0..=round % 7 {
                let at = usize::from(byte()) % bytes.len();
                bytes[at] = byte();
            }
        }
        for path in ["/terminal/s/l/t1/readings", "/terminal/pair"] {
            if path == "/terminal/pair" && round % 100 != 0 {
                continue;
            }
            let request = rig.request("POST", path, Some("t1")).body(Body::from(bytes.clone())).expect("a call");
            let status = rig.call(request).await.status;
            assert!(
                matches!(status, 200 | 400 | 401 | 415 | 422),
                "{status} for {:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
    for path in [
        "/terminal/%00/%ff/t1/state",
        "/terminal/s/l/t1/state?seen=%ff%00",
        "/terminal/../../etc",
        "/terminal/s/l/t1/state?x",
    ] {
        let status = rig.get(path, Some("t1")).await.status;
        assert!(matches!(status, 200 | 400 | 404), "{status} for {path}");
    }
}
