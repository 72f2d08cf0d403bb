//! One pack in one statement, and what packs share.

use super::*;
use crate::store::common::{Common, CommonAt};
use crate::store::reader::Reader;
use tracelight_marks::{Confidence, Policy};

on_both! {
    a_pack_is_told_by_one_row_as_its_story_goes_on
    a_pack_with_more_to_read_has_a_moment_of_its_own
    what_packs_share_is_kept_for_a_block_and_what_is_not_there_is_not
}

fn unit(at: usize) -> UnitId {
    UnitId { gtin: story::batch().gtin, serial: story::serials()[at].clone() }
}

async fn known(store: &Store, at: usize) -> Pack {
    store.pack(&unit(at)).await.expect("it is read").expect("something is projected")
}

async fn projected(store: &Store) -> TestChain {
    let mut chain = TestChain::new();
    story::play(&mut chain);
    project_all(store, &chain, &verified(&chain)).await;
    chain
}

/// The list of the story's lot, as its line sent it.
async fn list(store: &Store) {
    let serials = story::serials();
    let order = OrderRow { batch: story::batch(), ..new_order("L", serials.len() as u64) };
    store.place_order(&order).await.expect("an order");
    let claimed = store.claim_order(Uuid::now_v7(), 1, 10).await.expect("it works").expect("an order waits");
    store.store_chunk(&claimed, &serials, 2, 10).await.expect("it works");
    let part = ManifestPart {
        batch: story::batch(),
        member: member(),
        tx: TxId([9; 32]),
        first: 0,
        serials,
        gone: Gone::default(),
        line: None,
        count_salt: [8; 16],
        last: true,
    };
    assert_eq!(store.store_manifest_part(&part).await.expect("it works"), StorePart::Stored);
}

async fn a_pack_is_told_by_one_row_as_its_story_goes_on(store: Store) {
    assert_eq!(store.pack(&unit(2)).await.expect("it is read"), None, "nothing is projected");
    projected(&store).await;
    let nothing = known(&store, 2).await;
    assert!(nothing.height > 0 && nothing.as_of_ms > 0);
    let bare =
        Pack { place: None, issued: None, status: None, case: None, has_checks: false, has_marks: false, ..nothing };
    assert_eq!(known(&store, 2).await, bare);
    list(&store).await;
    let lot = story::batch().lot;
    let issued = Pack { issued: Some(lot.clone()), ..bare.clone() };
    assert_eq!(known(&store, 2).await, issued, "its list was not compared with the chain yet");
    store.manifest_is_true(&story::batch()).await.expect("it works");
    let place = |index| Some(UnitPlace { lot: lot.clone(), index });
    let listed = Pack { place: place(2), ..issued };
    assert_eq!((known(&store, 2).await, known(&store, 3).await.place), (listed.clone(), place(3)));
    let sscc = story::sscc(2);
    let units = story::serials()[2..4].iter().map(|serial| (lot.clone(), serial.clone())).collect();
    let case = CaseManifest { sscc, member: member(), tx: TxId([9; 32]), gtin: story::batch().gtin, units };
    store.store_case_manifest(&case).await.expect("it works");
    assert_eq!(known(&store, 2).await, listed, "the case's list was not compared either");
    store.case_manifest_is_true(sscc).await.expect("it works");
    let TxBody::Pack { content: Content::Units { root, .. }, .. } = story::pack(2) else { panic!("a case of packs") };
    let packed = Pack { case: Some(CaseLabel { sscc, content_root: root }), ..listed };
    assert_eq!(known(&store, 2).await, packed);
    // The first pack was dispensed and returned.
    let touched = known(&store, 0).await;
    assert_eq!((touched.status, touched.case), (Some(UnitStatus::Active), None));
    let other = UnitId { serial: serial("NOBODY"), ..unit(0) };
    assert_eq!(store.pack(&other).await.expect("it is read"), Some(bare));
}

async fn a_pack_with_more_to_read_has_a_moment_of_its_own(store: Store) {
    projected(&store).await;
    let moment = async |at: usize| store.pack_and_moment(&unit(at)).await.expect("it is read");
    let is_one = |store: &Store| matches!(store.reader(), Reader::Snapshot(_));
    let (pack, plain) = moment(2).await;
    assert_eq!((pack, is_one(&plain)), (Some(known(&store, 2).await), false), "one statement is enough");
    let (pack, touched) = moment(0).await;
    assert!(pack.is_some_and(|pack| pack.status.is_some()) && is_one(&touched));
    let check =
        "INSERT INTO scan_check (id, gtin, serial, lot, at_ms, device, verdict) VALUES (?, ?, ?, NULL, 1, ?, 0)";
    let checked = unit(2);
    let values: [sea_orm::Value; 4] = [
        vec![1_u8; 16].into(),
        checked.gtin.as_str().into(),
        checked.serial.as_bytes().to_vec().into(),
        vec![2_u8; 32].into(),
    ];
    store.writer().execute_raw(sql(store.writer(), check, values)).await.expect("written");
    let (pack, checked) = moment(2).await;
    assert!(pack.is_some_and(|pack| pack.has_checks && !pack.has_marks) && is_one(&checked));
    assert!(!known(&store, 3).await.has_checks, "another pack of the lot");
    let policy = Policy::new(Vec::new(), 1, Confidence::percent(80)).expect("a policy of constants");
    store.set_mark_policy(unit(3).gtin, &policy, "maker", 1).await.expect("written");
    let (pack, marked) = moment(3).await;
    assert!(pack.is_some_and(|pack| pack.has_marks && !pack.has_checks) && is_one(&marked));
}

async fn what_packs_share_is_kept_for_a_block_and_what_is_not_there_is_not(store: Store) {
    let kept = Common::default();
    let at = |changed| CommonAt { kept: &kept, changed };
    let (gtin, lot) = (story::batch().gtin, story::batch());
    assert!(at(1).product(&store, gtin).await.expect("read").is_none());
    assert!(at(1).lot(&store, &lot).await.expect("read").is_none());
    projected(&store).await;
    assert!(at(1).product(&store, gtin).await.expect("read").is_some(), "what is not there is asked for again");
    let before = at(1).lot(&store, &lot).await.expect("read").expect("it is there");
    assert!(before.sealed && !before.has_list && !before.events.is_empty());
    let case = CaseLabel { sscc: story::sscc(1), content_root: Hash([0; 32]) };
    let carried = at(1).case(&store, case).await.expect("read");
    assert!(!carried.events.is_empty() && carried.hosts.contains_key(&story::sscc(3)), "{carried:?}");
    list(&store).await;
    store.manifest_is_true(&lot).await.expect("it works");
    assert!(!at(1).lot(&store, &lot).await.expect("read").expect("it is there").has_list, "the same block");
    assert!(at(2).lot(&store, &lot).await.expect("read").expect("it is there").has_list, "the next one");
    let fresh = Common::default();
    let anew = CommonAt { kept: &fresh, changed: 1 };
    assert!(anew.lot(&store, &lot).await.expect("read").expect("it is there").has_list, "who writes looks for itself");
    tokio::time::sleep(crate::scan::HELD_FOR + std::time::Duration::from_millis(100)).await;
    assert!(at(1).lot(&store, &lot).await.expect("read").expect("it is there").has_list, "and a second is over");
}
