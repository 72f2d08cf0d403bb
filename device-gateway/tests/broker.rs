//! The program against a real Mosquitto and the embedded broker, with a server that is plain HTTP and no chain: what is
//! stored has to be in the spool whatever is killed.

mod rig;

use rig::{Rig, Where};
use std::time::Duration;
use tracelight_api::line::{AckOutcome, LineOp, LineReason};
use tracelight_testkit::services::{Mosquitto, MosquittoConfig};

fn commission(rig: &Rig, i: usize) -> LineOp {
    LineOp::Commission { raw: rig.code(i) }
}

async fn named_answers(rig: &mut Rig) {
    rig.device.open_batch().await;
    let good = rig.device.next(commission(rig, 0)).await;
    assert_eq!((good.outcome, good.contiguous), (AckOutcome::Stored, Some(1)));
    for (raw, reason) in [
        ("]d2smudge".to_owned(), LineReason::BadRead),
        (rig.code(0).replace(&rig.serial(0), "NEVERISSUED"), LineReason::ForeignCode),
        (rig.code(0), LineReason::Duplicate),
    ] {
        let ack = rig.device.next(LineOp::Commission { raw }).await;
        assert_eq!((ack.outcome, ack.reason), (AckOutcome::Quarantined, Some(reason)));
    }
    let gap = rig.device.at(99, commission(rig, 1)).await;
    assert_eq!((gap.outcome, gap.reason), (AckOutcome::Refused, Some(LineReason::SequenceGap)));
    assert_eq!(gap.contiguous, Some(4));
    let raw = rig.device.raw(b"\x00\xff not json".to_vec()).await;
    assert_eq!((raw.outcome, raw.reason), (AckOutcome::Quarantined, Some(LineReason::Malformed)));
    assert_eq!(rig.device.next(commission(rig, 1)).await.contiguous, Some(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reading_gets_its_named_answer_over_mosquitto_and_a_broker_restart_loses_none() {
    let mut broker = Mosquitto::start(&MosquittoConfig::default()).expect("Mosquitto starts");
    let mut rig = Rig::start(Where::Url(broker.address()), 400).await;
    named_answers(&mut rig).await;
    // The broker goes away in the middle; what the device has no answer for it sends again.
    for i in 2..60 {
        if i == 30 {
            broker.restart().expect("Mosquitto restarts");
        }
        let ack = rig.device.insist(commission(&rig, i)).await;
        assert!(matches!(ack.outcome, AckOutcome::Stored | AckOutcome::AlreadyStored), "{ack:?}");
    }
    rig.assert_spool(60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_killed_again_and_again_loses_nothing_and_doubles_nothing() {
    let broker = Mosquitto::start(&MosquittoConfig::default()).expect("Mosquitto starts");
    let mut rig = Rig::start(Where::Url(broker.address()), 400).await;
    rig.device.open_batch().await;
    for round in 0..5usize {
        // A burst without waiting for answers, so that the kill comes between writing, syncing and answering.
        let burst: Vec<_> = (0..40).map(|i| commission(&rig, round * 40 + i)).collect();
        rig.device.burst(burst).await;
        tokio::time::sleep(Duration::from_millis(3 + 7 * round as u64)).await;
        rig.kill_and_restart();
        rig.device.settle().await;
    }
    rig.assert_spool(200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_broker_carries_a_line_and_says_that_it_is_for_demonstrations() {
    let mut rig = Rig::start(Where::Embedded, 60).await;
    named_answers(&mut rig).await;
    for i in 2..20 {
        assert_eq!(rig.device.next(commission(&rig, i)).await.outcome, AckOutcome::Stored);
    }
    // It forgets everything with the process; the device has what it needs to go on.
    rig.kill_and_restart();
    for i in 20..30 {
        rig.device.insist(commission(&rig, i)).await;
    }
    assert!(rig.log().contains("for demonstrations only"));
    rig.assert_spool(30).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_simulated_line_gets_the_answers_it_expects_and_asks_for_the_end() {
    let broker = Mosquitto::start(&MosquittoConfig::default()).expect("Mosquitto starts");
    let mut rig = Rig::start(Where::Url(broker.address()), 40).await;
    let summary = rig.simulate(broker.address()).await;
    assert_eq!(summary["line"], "ok", "{summary}");
    assert_eq!((&summary["commissioned"], summary["cases"].as_array().map(Vec::len)), (&30.into(), Some(3)));
    for name in ["quarantined.bad_read", "quarantined.foreign_code", "quarantined.duplicate", "refused.sequence_gap"] {
        assert!(summary["acks"][name].as_u64().is_some_and(|count| count > 0), "{name} in {summary}");
    }
    assert_eq!(rig.deeds(), 5, "three cases, a pallet and the seal wait for the chain");
    rig.healthy().await;
    rig.stop();
}
