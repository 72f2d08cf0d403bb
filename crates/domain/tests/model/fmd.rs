//! The life of a pack against the table of Delegated Reg. 2016/161: every state, every action, every condition of a
//! return, tried out and compared with what the table says.

use crate::world::{
    CARRIER, MAKER, PHARMACY, REGULATOR, World, batch, case_root, gln, operator, quota_commitment, sscc, touch,
};
use std::collections::BTreeMap;
use tracelight_domain::gs1::Date;
use tracelight_domain::rules::{DAY_MS, RETURN_DAYS_MAX};
use tracelight_domain::state::{Level, LogisticStatus, ObjectId, StateBody, UnitStatus};
use tracelight_domain::tx::{RecallClass, TxBody, UnitAction};
use tracelight_testkit::shared_data;

const STATUSES: [UnitStatus; 7] = [
    UnitStatus::Active,
    UnitStatus::Dispensed,
    UnitStatus::Sold,
    UnitStatus::Sampled,
    UnitStatus::Destroyed,
    UnitStatus::Stolen,
    UnitStatus::Exported,
];

const ACTIONS: [UnitAction; 7] = [
    UnitAction::Dispense,
    UnitAction::Sell,
    UnitAction::Sample,
    UnitAction::Destroy,
    UnitAction::ReportStolen,
    UnitAction::Export,
    UnitAction::Return,
];

/// The table's name of a state of ours. Retail sale is supply to the public, as dispensing is.
fn name(status: UnitStatus) -> &'static str {
    match status {
        UnitStatus::Active => "active",
        UnitStatus::Dispensed | UnitStatus::Sold => "supplied (dispensed)",
        UnitStatus::Sampled => "sample (NCA)",
        UnitStatus::Destroyed => "destroyed",
        UnitStatus::Stolen => "stolen",
        UnitStatus::Exported => "exported",
    }
}

/// States of the table that no pack of ours can be in. The first two follow from the batch; the others are not among the
/// ledger's transactions (`docs/adr/0009-votes-quotas-disputes-corrections.md`).
const NOT_OURS: [&str; 6] = ["expired", "recalled", "withdrawn", "free sample", "locked", "checked_out (repackaging)"];

/// Which states can be left again, from the table.
fn reversible() -> Option<BTreeMap<String, bool>> {
    let path = shared_data("eu-fmd/states_and_codes.json")?;
    let text = std::fs::read_to_string(path).expect("the table is readable");
    let table: serde_json::Value = serde_json::from_str(&text).expect("the table is JSON");
    let conditions = table["reactivation_conditions_art13"].to_string();
    assert!(conditions.contains(&format!("not more than {RETURN_DAYS_MAX} days")), "{conditions}");
    for condition in ["same authorisation", "not expired", "recalled", "stolen"] {
        assert!(conditions.contains(condition), "art. 13 of the table says nothing of `{condition}`");
    }
    let states = table["pack_states"].as_array().expect("the table lists states").iter();
    let states: BTreeMap<String, bool> = states
        .map(|state| {
            let name = state["state"].as_str().expect("a state has a name").to_owned();
            // "by same user" and "art. 13 conditions" are ways back; `false` and nothing are none.
            (name, state["reversible"].is_string())
        })
        .collect();
    let known: Vec<&str> = STATUSES.into_iter().map(name).chain(NOT_OURS).collect();
    let unknown: Vec<_> = states.keys().filter(|state| !known.contains(&state.as_str())).collect();
    assert!(unknown.is_empty(), "the table has states that this test does not know: {unknown:?}");
    assert!(known.iter().all(|state| states.contains_key(*state)), "the table has lost a state");
    Some(states)
}

/// A pack and everything around it that a transition can depend on.
#[derive(Clone, Copy, Debug)]
struct Setting {
    status: UnitStatus,
    action: UnitAction,
    /// Who acts.
    actor: u8,
    /// Days since the last change.
    days: u64,
    recalled: bool,
    expired: bool,
}

/// The pack is the pharmacy's, and the pharmacy made its last change.
const HOLDER: u8 = PHARMACY;

fn allowed(setting: Setting, reversible: &BTreeMap<String, bool>) -> bool {
    let Setting { status, action, actor, days, recalled, expired } = setting;
    match action {
        UnitAction::Return => {
            let way_back = reversible.get(name(status)).copied().unwrap_or(false);
            way_back && actor == HOLDER && days <= RETURN_DAYS_MAX && !recalled && !expired
        }
        _ if status != UnitStatus::Active => false,
        UnitAction::Dispense | UnitAction::Sell | UnitAction::Export => actor == HOLDER && !recalled && !expired,
        UnitAction::Sample => actor == HOLDER || actor == REGULATOR,
        UnitAction::Destroy | UnitAction::ReportStolen => actor == HOLDER,
    }
}

fn after(action: UnitAction) -> UnitStatus {
    match action {
        UnitAction::Dispense => UnitStatus::Dispensed,
        UnitAction::Sell => UnitStatus::Sold,
        UnitAction::Sample => UnitStatus::Sampled,
        UnitAction::Destroy => UnitStatus::Destroyed,
        UnitAction::ReportStolen => UnitStatus::Stolen,
        UnitAction::Export => UnitStatus::Exported,
        UnitAction::Return => UnitStatus::Active,
    }
}

fn world(setting: Setting) -> World {
    let mut world = World::new();
    let date = |iso| Date::parse_iso(iso).expect("a date");
    let body = StateBody::Batch {
        maker: gln(MAKER),
        made_on: date("2025-11-03"),
        expires_on: date(if setting.expired { "2026-10-31" } else { "2027-10-31" }),
        quota: Some(quota_commitment()),
        unit_root: Some(crate::world::batch_root(0)),
        recalled: setting.recalled.then_some(RecallClass::Two),
    };
    world.ledger.bodies.insert(ObjectId::Batch(batch(0)), body);
    let case = StateBody::Logistic {
        status: LogisticStatus::InStock,
        custodian: gln(HOLDER),
        parent: None,
        content_root: case_root(1),
        content_count: 2,
        level: Level::Case,
    };
    world.ledger.bodies.insert(ObjectId::Logistic(sscc(1)), case);
    let touch = touch(0, 1, 0);
    let pack = StateBody::Unit {
        lot: touch.lot,
        status: setting.status,
        custodian: gln(HOLDER),
        by: gln(HOLDER),
        since_ms: world.time_ms - setting.days * DAY_MS,
    };
    world.ledger.bodies.insert(ObjectId::Unit(touch.unit), pack);
    world
}

#[test]
fn a_pack_changes_as_the_table_says_and_only_so() {
    let Some(reversible) = reversible() else { return };
    let (mut tried, mut accepted) = (0, 0);
    for status in STATUSES {
        for action in ACTIONS {
            for actor in [PHARMACY, CARRIER, MAKER, REGULATOR] {
                for days in [0, RETURN_DAYS_MAX, RETURN_DAYS_MAX + 1] {
                    for (recalled, expired) in [(false, false), (true, false), (false, true), (true, true)] {
                        let setting = Setting { status, action, actor, days, recalled, expired };
                        let mut world = world(setting);
                        let touch = touch(0, 1, 0);
                        let object = ObjectId::Unit(touch.unit.clone());
                        let before = world.body(&object).cloned();
                        let done = world.act(operator(actor), TxBody::UnitAction { touch, action });
                        assert_eq!(done.is_applied(), allowed(setting, &reversible), "{setting:?}: {done:?}");
                        match world.body(&object) {
                            Some(StateBody::Unit { status, custodian, .. }) if done.is_applied() => {
                                assert_eq!((*status, *custodian), (after(action), gln(HOLDER)), "{setting:?}");
                                accepted += 1;
                            }
                            now => assert_eq!(now.cloned(), before, "{setting:?} was refused and changed the pack"),
                        }
                        tried += 1;
                    }
                }
            }
        }
    }
    assert_eq!(tried, 7 * 7 * 4 * 3 * 4);
    // 3 * (3 supplying actions + 4 + 8 samples + 4 + 4) from active, 2 * 4 returns.
    assert_eq!(accepted, 3 * (3 + 8 + 4 + 4) + 2 * 4);
}

#[test]
fn what_an_authority_sampled_only_the_authority_gives_back() {
    let setting = Setting {
        status: UnitStatus::Active,
        action: UnitAction::Sample,
        actor: REGULATOR,
        days: 0,
        recalled: false,
        expired: false,
    };
    let mut world = world(setting);
    let act = |action| TxBody::UnitAction { touch: touch(0, 1, 0), action };
    assert!(world.act(operator(REGULATOR), act(UnitAction::Sample)).is_applied());
    assert!(!world.act(operator(PHARMACY), act(UnitAction::Return)).is_applied());
    assert!(world.act(operator(REGULATOR), act(UnitAction::Return)).is_applied());
    // It is the pharmacy's again, as it was all the time.
    assert!(world.act(operator(PHARMACY), act(UnitAction::Dispense)).is_applied());
}
