use super::transition::reversible;
use super::*;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use tracelight_domain::gs1::{Gtin, Lot, Serial};

const START: i64 = 1_800_000_000;

fn actor() -> Actor {
    Actor { entitlement: "DE-PH-1".to_owned(), premises: "P1".to_owned(), user: "anna".to_owned() }
}

fn date(text: &str) -> Date {
    Date::parse_iso(text).expect("a date")
}

fn context() -> Context {
    Context {
        now: START + 60,
        today: date("2027-01-15"),
        actor: actor(),
        expiry: date("2028-06"),
        batch_recalled: false,
        product_withdrawn: false,
        for_destruction: false,
        theft_known: false,
        given_to_public: false,
        earlier_repeats: 0,
    }
}

fn state(kind: Kind) -> State {
    let mark = Mark { at: START, by: actor() };
    match kind {
        Kind::Active => State::Active,
        Kind::Supplied => State::Supplied(mark),
        Kind::Exported => State::Exported(mark),
        Kind::Sample => State::Sample(mark),
        Kind::FreeSample => State::FreeSample(mark),
        Kind::Locked => State::Locked(mark),
        Kind::CheckedOut => State::CheckedOut(mark),
        Kind::Destroyed => State::Destroyed(mark),
        Kind::Stolen => State::Stolen(mark),
        Kind::Expired => State::Expired,
        Kind::Recalled => State::Recalled,
        Kind::Withdrawn => State::Withdrawn,
    }
}

fn file() -> Option<Value> {
    let path = tracelight_testkit::shared_data("eu-fmd/states_and_codes.json")?;
    let text = std::fs::read_to_string(path).expect("readable");
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[track_caller]
fn refused(from: &State, action: Action, context: &Context) -> Refusal {
    apply(from, action, context).expect_err("a refusal")
}

#[test]
fn only_the_allowed_transitions_of_the_full_matrix_happen() {
    let mut allowed = Vec::new();
    for kind in Kind::ALL {
        for action in Action::ALL {
            match apply(&state(kind), action, &context()) {
                Ok(to) => {
                    assert_eq!(to.kind(), action.target(), "{kind:?} {action:?}");
                    allowed.push((kind, to.kind()));
                }
                Err(refusal) => assert!(refusal.reasons().count() > 0),
            }
        }
    }
    let from_active: Vec<_> = allowed.iter().filter(|(from, _)| *from == Kind::Active).map(|(_, to)| *to).collect();
    let set = [
        Kind::Supplied,
        Kind::Exported,
        Kind::Sample,
        Kind::FreeSample,
        Kind::Locked,
        Kind::CheckedOut,
        Kind::Destroyed,
        Kind::Stolen,
        Kind::Recalled,
        Kind::Withdrawn,
    ];
    assert_eq!(from_active, set);
    let back: Vec<_> = allowed.iter().filter(|(from, _)| *from != Kind::Active).copied().collect();
    let reversible = [Kind::Supplied, Kind::Exported, Kind::Sample, Kind::FreeSample, Kind::Locked, Kind::CheckedOut];
    assert_eq!(back, reversible.map(|kind| (kind, Kind::Active)));
}

#[test]
fn the_matrix_is_that_of_the_shared_file() {
    let Some(file) = file() else { return };
    let states: BTreeMap<&str, &Value> = file["pack_states"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| (entry["state"].as_str().expect("a name"), entry))
        .collect();
    assert_eq!(states.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        let entry = states.get(kind.name()).expect("every state of ours is one of the file");
        assert_eq!(kind.can_dispense(), entry["can_dispense"] == Value::Bool(true), "{kind:?}");
        let by_rule = entry["reversible"].as_str();
        assert_eq!(reversible(kind).is_some(), by_rule.is_some(), "{kind:?}");
        let mut later = context();
        later.now = START + UNDO_SECONDS_MAX + 1;
        let mut colleague = context();
        colleague.actor.user = "ben".to_owned();
        let Some(done) = reversible(kind) else { continue };
        let art_13 = by_rule.is_some_and(|rule| rule.contains("art. 13"));
        assert_ne!(art_13, by_rule == Some("by same user"), "{kind:?}");
        assert_eq!(apply(&state(kind), Action::Undo(done), &later).is_err(), art_13, "{kind:?} after ten days");
        assert_eq!(apply(&state(kind), Action::Undo(done), &colleague).is_ok(), art_13, "{kind:?} by a colleague");
    }
    let blocks = &states["withdrawn"]["blocks"];
    assert_eq!(blocks, &serde_json::json!(["new batch upload", "decommission"]));
    assert_eq!(may_upload_batch(ProductStanding::Withdrawn), Err(Reason::Withdrawn));
    assert_eq!(may_upload_batch(ProductStanding::OnMarket), Ok(()));
    assert_eq!(file["reactivation_conditions_art13"].as_array().map(Vec::len), Some(5));
}

#[test]
fn codes_and_alerts_are_those_of_the_shared_file() {
    let Some(file) = file() else { return };
    let codes = file["return_codes"].as_object().expect("an object");
    assert_eq!(codes.len(), ReturnCode::ALL.len());
    for code in ReturnCode::ALL {
        let told = codes[code.code()].as_str().expect("a text");
        assert!(told.starts_with(code.meaning()), "{told}");
        assert!(code.raises_alert() == told.contains("(alert") || told.contains("(A4)"), "{told}");
    }
    let alerts = file["alert_ids"].as_object().expect("an object");
    assert_eq!(alerts.len(), AlertId::ALL.len());
    for alert in AlertId::ALL {
        assert_eq!(alerts[alert.id()], alert.meaning());
    }
    let twins: Vec<_> = file["no_alert_twins"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(twins, NO_ALERT_TWINS);
    assert!(AlertId::UnknownSerial.severity() > AlertId::Repeated.severity());
}

#[test]
fn ten_days_are_ten_days_to_the_second() {
    let (supplied, undo) = (state(Kind::Supplied), Action::Undo(Undoable::Supply));
    let mut context = context();
    context.now = START + 864_000;
    assert_eq!(apply(&supplied, undo, &context), Ok(State::Active));
    context.now += 1;
    let refusal = refused(&supplied, undo, &context);
    assert_eq!((refusal.first, refusal.signal), (Reason::TooLate, Signal::Alert(AlertId::UndoTooLate)));
    assert_eq!(refusal.code().map(ReturnCode::code), Some("NMVS_NC_PCK_20"));
}

#[test]
fn every_condition_of_article_13_bars_alone_and_all_are_named_together() {
    type Spoil = fn(&mut Context);
    let spoil: [(Reason, Spoil); 9] = [
        (Reason::ByAnother, |context| context.actor.premises = "P2".to_owned()),
        (Reason::ByAnother, |context| context.actor.entitlement = "DE-PH-2".to_owned()),
        (Reason::TooLate, |context| context.now = START + 864_001),
        (Reason::Expired, |context| context.today = date("2028-07-01")),
        (Reason::Recalled, |context| context.batch_recalled = true),
        (Reason::Withdrawn, |context| context.product_withdrawn = true),
        (Reason::ForDestruction, |context| context.for_destruction = true),
        (Reason::Stolen, |context| context.theft_known = true),
        (Reason::GivenToPublic, |context| context.given_to_public = true),
    ];
    let mut all = context();
    for (reason, make) in &spoil {
        let mut one = context();
        make(&mut one);
        make(&mut all);
        let refusal = refused(&state(Kind::Exported), Action::Undo(Undoable::Export), &one);
        assert_eq!(refusal.reasons().collect::<Vec<_>>(), [*reason]);
    }
    let refusal = refused(&state(Kind::Exported), Action::Undo(Undoable::Export), &all);
    assert_eq!(refusal.reasons().count(), 8);
    assert_eq!(refusal.code(), Some(ReturnCode::UndoByAnother));
}

#[test]
fn a_lock_is_lifted_by_who_set_it_and_not_past_a_recall() {
    let mut context = context();
    context.now = START + 864_001;
    assert_eq!(apply(&state(Kind::Locked), Action::Undo(Undoable::Lock), &context), Ok(State::Active));
    context.batch_recalled = true;
    let refusal = refused(&state(Kind::Locked), Action::Undo(Undoable::Lock), &context);
    assert_eq!(refusal.first, Reason::Recalled);
    context.actor.user = "ben".to_owned();
    let refusal = refused(&state(Kind::CheckedOut), Action::Undo(Undoable::CheckOut), &context);
    assert_eq!((refusal.first, refusal.others), (Reason::ByAnotherUser, vec![Reason::Recalled]));
}

#[test]
fn expiry_recall_and_withdrawal_stop_an_active_pack_without_an_alert() {
    let mut context = context();
    context.today = date("2028-06-30");
    assert!(apply(&State::Active, Action::Supply, &context).is_ok(), "the last day of the month still counts");
    context.today = date("2028-07-01");
    for (recalled, withdrawn, reason) in
        [(false, false, Reason::Expired), (true, false, Reason::Recalled), (true, true, Reason::Withdrawn)]
    {
        (context.batch_recalled, context.product_withdrawn) = (recalled, withdrawn);
        for action in Action::ALL {
            let refusal = refused(&State::Active, action, &context);
            assert_eq!((refusal.first, refusal.signal), (reason, Signal::Nothing), "{action:?}");
        }
    }
}

#[test]
fn a_repeat_at_the_same_place_is_warned_of_first() {
    let supplied = state(Kind::Supplied);
    let mut context = context();
    let signal = |context: &Context| refused(&supplied, Action::Supply, context).signal;
    assert_eq!(signal(&context), Signal::Warning);
    context.earlier_repeats = REPEAT_WARNINGS_MAX;
    assert_eq!(signal(&context), Signal::Alert(AlertId::Repeated));
    context.earlier_repeats = 0;
    context.actor.premises = "P2".to_owned();
    assert_eq!(signal(&context), Signal::Alert(AlertId::AlreadyInactive));
    assert_eq!(refused(&supplied, Action::Supply, &context).code(), Some(ReturnCode::AlreadySet));
    let other = refused(&supplied, Action::Export, &context);
    assert_eq!(other.code(), Some(ReturnCode::AlreadyInactive));
    assert_eq!(other.signal, Signal::Alert(AlertId::AlreadyInactive));
    let wrong = refused(&supplied, Action::Undo(Undoable::Export), &context);
    assert_eq!((wrong.code(), wrong.signal), (Some(ReturnCode::UndoMismatch), Signal::Nothing));
}

#[test]
fn authentic_is_product_and_serial_and_active() {
    let presented = Presented {
        product: Gtin::parse_padded("4006381333931").expect("a gtin"),
        serial: Serial::parse("S1").expect("a serial"),
        batch: Some(Lot::parse("B1").expect("a lot")),
        expiry: Some(date("2028-06")),
    };
    let pack = |state: State, batch: &str, expiry: &str| Held::Pack {
        batch: Lot::parse(batch).expect("a lot"),
        expiry: date(expiry),
        state,
    };
    let same = identity(&presented, &pack(State::Active, "B1", "2028-06"));
    assert_eq!(same, Identity { authentic: true, codes: vec![], alerts: vec![] });
    let other = identity(&presented, &pack(State::Active, "b1", "2028-07"));
    assert!(other.authentic, "batch and expiry are no part of the definition");
    assert_eq!(other.codes, [ReturnCode::ExpiryMismatch, ReturnCode::BatchMismatch]);
    assert!(!identity(&presented, &pack(state(Kind::Supplied), "B1", "2028-06")).authentic);
    let unknown = identity(&presented, &Held::NoSerial { batch_known: false });
    assert_eq!(unknown.codes, [ReturnCode::UnknownSerial, ReturnCode::UnknownBatch]);
    assert_eq!(identity(&presented, &Held::NoProduct).alerts, [AlertId::UnknownProduct]);
}

proptest! {
    /// Whatever is done in whatever order: what is irreversible stays, and a way back is an undoing of the very operation.
    #[test]
    fn a_long_life_keeps_the_rules(
        steps in prop::collection::vec((0_usize..16, 0_i64..2_000_000, any::<bool>(), 0_u8..40), 1..40),
    ) {
        let (mut state, mut context) = (State::Active, context());
        for (action, seconds, elsewhere, rare) in steps {
            let action = Action::ALL[action];
            context.now += seconds;
            context.actor.premises = if elsewhere { "P2" } else { "P1" }.to_owned();
            context.batch_recalled |= rare == 0;
            context.product_withdrawn |= rare == 1;
            let before = standing(&state, &context);
            match apply(&state, action, &context) {
                Ok(after) if after.kind() == Kind::Active => {
                    prop_assert!(matches!(action, Action::Undo(done) if done.from() == before.kind()));
                    prop_assert!(!context.batch_recalled && !context.product_withdrawn);
                    state = after;
                }
                Ok(after) => {
                    prop_assert_eq!(before, State::Active);
                    state = after;
                }
                Err(_) => prop_assert!(before != State::Active || matches!(action, Action::Undo(_))),
            }
        }
    }
}
