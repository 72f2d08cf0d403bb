//! The host against a scripted edge node.

mod assertions;

use super::host::{Delivery, Effect, Fault, Host, Received, Settings, Source};
use super::payload::{DataType, Metric, Payload, Value, metric};
use super::topic::NodeId;
use super::{BIRTH_NUMBER, REBIRTH};
use proptest::prelude::*;
use prost::Message as _;

const NOW: u64 = 1_700_000_000_000;

fn source(device: Option<&str>) -> Source {
    Source { node: NodeId { group: "g".into(), node: "e".into() }, device: device.map(str::to_owned) }
}

fn number(name: &str, value: u64) -> Metric {
    Metric {
        name: Some(name.into()),
        datatype: Some(DataType::UInt64 as u32),
        value: Some(metric::Value::Long(value)),
        ..Metric::default()
    }
}

fn text(name: &str, alias: Option<u64>, value: &str) -> Metric {
    Metric {
        name: Some(name.into()),
        alias,
        datatype: Some(DataType::String as u32),
        value: Some(metric::Value::Text(value.into())),
        ..Metric::default()
    }
}

fn by_alias(alias: u64, value: &str) -> Metric {
    Metric { alias: Some(alias), value: Some(metric::Value::Text(value.into())), ..Metric::default() }
}

/// An edge node as the specification wants it, and the host that listens.
struct Plant {
    host: Host,
    now_ms: u64,
    seq: u8,
}

impl Plant {
    fn new() -> Self {
        let mut host = Host::new(Settings::new("h", vec!["g".into()]));
        host.connecting(NOW);
        host.connected(NOW);
        Self { host, now_ms: NOW, seq: 0 }
    }

    fn raw(&mut self, topic: &str, payload: &Payload) -> Vec<Effect> {
        let bytes = payload.encode_to_vec();
        self.host.received(Received { topic, payload: &bytes, retained: false }, self.now_ms)
    }

    /// With the next number.
    fn send(&mut self, topic: &str, metrics: Vec<Metric>) -> Vec<Effect> {
        let seq = self.seq;
        self.seq = self.seq.wrapping_add(1);
        self.numbered(topic, seq, metrics)
    }

    fn numbered(&mut self, topic: &str, seq: u8, metrics: Vec<Metric>) -> Vec<Effect> {
        let payload = Payload { timestamp: Some(self.now_ms), metrics, seq: Some(seq.into()), ..Payload::default() };
        self.raw(topic, &payload)
    }

    fn node_birth(&mut self, session: u64) -> Vec<Effect> {
        self.seq = 0;
        let rebirth = Metric {
            name: Some(REBIRTH.into()),
            datatype: Some(DataType::Boolean as u32),
            value: Some(metric::Value::Boolean(false)),
            ..Metric::default()
        };
        self.send("spBv1.0/g/NBIRTH/e", vec![number(BIRTH_NUMBER, session), rebirth, text("State", Some(1), "run")])
    }

    fn device_birth(&mut self) -> Vec<Effect> {
        self.send("spBv1.0/g/DBIRTH/e/d", vec![text("Read", Some(7), "")])
    }

    fn death(&mut self, session: u64) -> Vec<Effect> {
        self.raw("spBv1.0/g/NDEATH/e", &Payload { metrics: vec![number(BIRTH_NUMBER, session)], ..Payload::default() })
    }

    fn read(&mut self, code: &str) -> Vec<Effect> {
        self.send("spBv1.0/g/DDATA/e/d", vec![by_alias(7, code)])
    }
}

fn values(effects: &[Effect]) -> Vec<String> {
    let text = |effect: &Effect| match effect {
        Effect::Value { value: Value::Text(text), .. } => Some(text.clone()),
        _ => None,
    };
    effects.iter().filter_map(text).collect()
}

fn rebirths(effects: &[Effect]) -> usize {
    let asks = |effect: &&Effect| match effect {
        Effect::Publish { topic, payload, delivery } => {
            assert_eq!((topic.as_str(), *delivery), ("spBv1.0/g/NCMD/e", Delivery::Command));
            let payload = Payload::decode(payload.as_slice()).expect("a payload");
            assert_eq!(payload.seq, None, "a command has no number");
            assert!(payload.timestamp.is_some());
            let [metric] = payload.metrics.as_slice() else { panic!("one metric") };
            assert_eq!(metric.name.as_deref(), Some(REBIRTH));
            metric.value == Some(metric::Value::Boolean(true))
        }
        _ => false,
    };
    effects.iter().filter(asks).count()
}

fn faults(effects: &[Effect]) -> Vec<Fault> {
    let fault = |effect: &Effect| match effect {
        Effect::Fault { fault, .. } => Some(fault.clone()),
        _ => None,
    };
    effects.iter().filter_map(fault).collect()
}

#[test]
fn state_is_will_and_birth_of_the_same_moment_retained_at_qos_1_and_never_goes_back() {
    let mut host = Host::new(Settings::new("h", vec!["g".into(), "k".into()]));
    let (topic, will) = host.connecting(NOW);
    assert_eq!(topic, "spBv1.0/STATE/h");
    assert_eq!(will, format!("{{\"online\":false,\"timestamp\":{NOW}}}").into_bytes());
    let effects = host.connected(NOW + 50);
    let birth = Effect::Publish {
        topic: "spBv1.0/STATE/h".into(),
        payload: format!("{{\"online\":true,\"timestamp\":{NOW}}}").into_bytes(),
        delivery: Delivery::State,
    };
    let subscribe = |filter: &str| Effect::Subscribe(filter.into());
    assert_eq!(
        effects,
        [subscribe("spBv1.0/STATE/h"), subscribe("spBv1.0/g/#"), subscribe("spBv1.0/k/#"), birth.clone()]
    );
    // An earlier session's will comes late, or another host uses the id: it is contradicted with the same moment.
    let death = br#"{"online":false,"timestamp":1}"#;
    let late = Received { topic: "spBv1.0/STATE/h", payload: death, retained: false };
    assert_eq!(host.received(late, NOW + 99), [birth]);
    let other = Received { topic: "spBv1.0/STATE/x", payload: death, retained: false };
    assert_eq!(host.received(other, NOW), []);
    // The clock was put back by a day: the next session is later all the same.
    let (_, will) = host.connecting(NOW - 86_400_000);
    assert_eq!(will, format!("{{\"online\":false,\"timestamp\":{}}}", NOW + 1).into_bytes());
    host.connected(NOW);
    let Effect::Publish { payload, delivery: Delivery::State, .. } = host.stopping(NOW + 500) else {
        panic!("a death")
    };
    assert_eq!(payload, format!("{{\"online\":false,\"timestamp\":{}}}", NOW + 500).into_bytes());
    let mine = Received { topic: "spBv1.0/STATE/h", payload: death, retained: false };
    assert_eq!(host.received(mine, NOW), [], "it has ended, and does not contradict");
}

#[test]
fn a_session_is_birth_data_by_alias_and_by_name_and_death() {
    let mut plant = Plant::new();
    let effects = plant.node_birth(3);
    assert!(matches!(effects.as_slice(), [Effect::Online { .. }]), "{effects:?}");
    plant.device_birth();
    assert!(plant.host.is_online(&source(None)) && plant.host.is_online(&source(Some("d"))));
    let effects = plant.read("code 1");
    let [Effect::Value { source: from, name, at_ms, historical, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((from, name.as_str(), *at_ms, *historical), (&source(Some("d")), "Read", NOW, false));
    let by_name = Metric { timestamp: Some(NOW - 9), ..text("State", None, "stop") };
    let effects = plant.send("spBv1.0/g/NDATA/e", vec![by_name]);
    assert!(matches!(effects.as_slice(), [Effect::Value { at_ms, .. }] if *at_ms == NOW - 9), "the metric's own time");
    assert_eq!(plant.host.value(&source(None), "State"), Some((&Value::Text("stop".into()), false)));
    assert_eq!(faults(&plant.death(2)), [Fault::LateDeath], "the will of an earlier session");
    assert!(plant.host.is_online(&source(None)));
    plant.now_ms += 5_000;
    let gone = plant.death(3);
    let at = |effect: &Effect| matches!(effect, Effect::Offline { at_ms, .. } if *at_ms == NOW + 5_000);
    assert!(gone.len() == 2 && gone.iter().all(at), "node and device, by the host's clock: {gone:?}");
    assert_eq!(
        plant.host.value(&source(Some("d")), "Read"),
        Some((&Value::Text("code 1".into()), true)),
        "stale, not false"
    );
    let effects = plant.read("code 2");
    assert_eq!((faults(&effects), rebirths(&effects)), (vec![Fault::NotBorn], 1));
}

#[test]
fn a_device_that_died_is_stale_by_the_time_in_its_message_and_comes_back_with_a_birth() {
    let mut plant = Plant::new();
    plant.node_birth(0);
    plant.device_birth();
    plant.now_ms += 77;
    let effects = plant.send("spBv1.0/g/DDEATH/e/d", Vec::new());
    assert_eq!(effects, [Effect::Offline { source: source(Some("d")), at_ms: NOW + 77 }]);
    assert!(plant.host.is_online(&source(None)));
    let effects = plant.read("lost");
    assert_eq!((faults(&effects), rebirths(&effects), values(&effects).len()), (vec![Fault::NotBorn], 1, 0));
    plant.device_birth();
    assert_eq!(values(&plant.read("found")), ["found"]);
}

#[test]
fn numbers_wrap_and_what_is_out_of_order_waits_for_what_is_missing() {
    let mut plant = Plant::new();
    plant.node_birth(0);
    plant.device_birth();
    for i in 0..600 {
        assert_eq!(values(&plant.read(&format!("{i}"))), [format!("{i}")]);
    }
    let first = plant.seq;
    let data = |plant: &mut Plant, ahead: u8| {
        plant.numbered("spBv1.0/g/DDATA/e/d", first.wrapping_add(ahead), vec![by_alias(7, &format!("+{ahead}"))])
    };
    assert!(data(&mut plant, 2).is_empty() && data(&mut plant, 1).is_empty());
    assert_eq!(plant.host.wakes_at_ms(), Some(NOW + 2_000), "the timer runs since the first gap");
    assert_eq!(values(&data(&mut plant, 0)), ["+0", "+1", "+2"]);
    assert_eq!(plant.host.wakes_at_ms(), None, "the timer is over");
    assert_eq!(faults(&data(&mut plant, 1)), [Fault::Repeated { seq: first.wrapping_add(1) }], "delivered twice");
    assert!(data(&mut plant, 4).is_empty());
    assert_eq!(plant.host.tick(NOW + 1_999), []);
    plant.now_ms = NOW + 2_000;
    let effects = plant.host.tick(plant.now_ms);
    assert_eq!(faults(&effects), [Fault::Gap { expected: first.wrapping_add(3) }]);
    assert_eq!((values(&effects), rebirths(&effects)), (vec!["+4".to_owned()], 1), "what came is not thrown away");
    // One request is enough for a while, whatever comes.
    plant.seq = first.wrapping_add(9);
    plant.read("ahead");
    assert_eq!(rebirths(&plant.host.tick(NOW + 4_000)), 0);
    plant.now_ms = NOW + 20_000;
    plant.seq = first.wrapping_add(20);
    plant.read("ahead again");
    assert_eq!(rebirths(&plant.host.tick(NOW + 22_000)), 1);
    plant.node_birth(0);
    plant.device_birth();
    assert_eq!(values(&plant.read("on")), ["on"]);
}

#[test]
fn what_was_stored_and_forwarded_is_handed_on_and_is_not_the_present_value() {
    let mut plant = Plant::new();
    plant.node_birth(0);
    plant.device_birth();
    plant.read("now");
    let old = Metric { is_historical: Some(true), timestamp: Some(5), ..by_alias(7, "then") };
    let effects = plant.send("spBv1.0/g/DDATA/e/d", vec![old]);
    assert!(matches!(effects.as_slice(), [Effect::Value { historical: true, at_ms: 5, .. }]), "{effects:?}");
    assert_eq!(plant.host.value(&source(Some("d")), "Read"), Some((&Value::Text("now".into()), false)));
}

#[test]
fn what_is_wrong_is_named_and_does_no_harm() {
    let mut plant = Plant::new();
    let birth = "spBv1.0/g/NBIRTH/e";
    let payload = |metrics, seq| Payload { metrics, seq, ..Payload::default() };
    let session = || number(BIRTH_NUMBER, 0);
    assert_eq!(faults(&plant.raw(birth, &payload(vec![], Some(0)))), [Fault::NoBirthNumber]);
    assert_eq!(faults(&plant.raw(birth, &payload(vec![session()], None))), [Fault::NoSequence]);
    assert_eq!(faults(&plant.raw(birth, &payload(vec![session()], Some(256)))), [Fault::NoSequence]);
    assert_eq!(faults(&plant.raw("spBv1.0/g/NDEATH/e", &payload(vec![], None))), [Fault::NoBirthNumber]);
    let bytes = payload(vec![session()], Some(0)).encode_to_vec();
    let retained = plant.host.received(Received { topic: birth, payload: &bytes, retained: true }, NOW);
    assert_eq!(faults(&retained), [Fault::Retained]);
    let garbage = plant.host.received(Received { topic: birth, payload: b"\xff\xff", retained: false }, NOW);
    assert!(matches!(faults(&garbage).as_slice(), [Fault::Payload(_)]));
    let foreign =
        plant.host.received(Received { topic: "spBv1.0/other/NBIRTH/e", payload: &bytes, retained: false }, NOW);
    assert_eq!(foreign, [], "a group that nobody asked for");

    plant.node_birth(0);
    let twice = vec![text("A", Some(1), ""), text("B", Some(9), ""), text("C", Some(9), "")];
    let effects = plant.send("spBv1.0/g/DBIRTH/e/d", twice);
    let found = faults(&effects);
    assert!(
        matches!(found.as_slice(), [Fault::BadBirth(a), Fault::BadBirth(c)] if a.contains("`A`") && c.contains("`C`"))
    );
    let nameless = Metric { name: None, ..text("", Some(30), "") };
    let typeless = Metric { datatype: Some(20), ..text("T", None, "") };
    assert_eq!(faults(&plant.send("spBv1.0/g/DBIRTH/e/d2", vec![nameless, typeless])).len(), 2);
    let unknown = plant.send("spBv1.0/g/DDATA/e/d", vec![by_alias(99, "x"), by_alias(9, "kept")]);
    assert_eq!((faults(&unknown), rebirths(&unknown)), (vec![Fault::UnknownMetric("alias 99".into())], 1));
    assert_eq!(values(&unknown), ["kept"], "the rest of the message counts");
    let wrong = Metric { value: Some(metric::Value::Boolean(true)), ..by_alias(9, "") };
    assert_eq!(faults(&plant.send("spBv1.0/g/DDATA/e/d", vec![wrong])), [Fault::WrongType("B".into())]);
    // Another device's alias is not this one's.
    assert!(matches!(
        faults(&plant.send("spBv1.0/g/DDATA/e/d2", vec![by_alias(9, "x")])).as_slice(),
        [Fault::UnknownMetric(_)]
    ));
    let unnumbered = Payload { metrics: vec![by_alias(9, "x")], ..Payload::default() };
    assert_eq!(faults(&plant.raw("spBv1.0/g/DDATA/e/d", &unnumbered)), [Fault::NoSequence]);
}

#[test]
fn what_a_stranger_can_fill_is_bounded() {
    let small = Settings { nodes_max: 2, devices_max: 2, metrics_max: 5, ..Settings::new("h", vec!["g".into()]) };
    let mut plant = Plant { host: Host::new(small), now_ms: NOW, seq: 0 };
    plant.node_birth(0);
    for device in ["a", "b"] {
        plant.send(&format!("spBv1.0/g/DBIRTH/e/{device}"), vec![text("R", None, "")]);
    }
    let third = plant.send("spBv1.0/g/DBIRTH/e/c", Vec::new());
    assert_eq!(faults(&third), [Fault::TooMany("devices")]);
    let many = (0..5).map(|i| text(&format!("M{i}"), None, "")).collect();
    assert_eq!(faults(&plant.send("spBv1.0/g/DBIRTH/e/a", many)), [Fault::TooMany("metrics")]);
    plant.raw("spBv1.0/g/NDATA/f", &Payload::default());
    assert_eq!(faults(&plant.raw("spBv1.0/g/NDATA/g", &Payload::default())), [Fault::TooMany("edge nodes")]);
}

#[test]
fn whole_numbers_keep_their_sign_whichever_width_a_library_uses() {
    let metric = |value| Metric { value: Some(value), ..Metric::default() };
    let int = |value: i32| metric(metric::Value::Int(value as u32));
    let long = |value: i64| metric(metric::Value::Long(value as u64));
    assert_eq!(int(-5).read(DataType::Int8), Some(Value::Int(-5)));
    assert_eq!(metric(metric::Value::Int(0xfb)).read(DataType::Int8), Some(Value::Int(-5)), "sparkplug-client's way");
    assert_eq!(int(-5).read(DataType::Int64), Some(Value::Int(-5)));
    assert_eq!(long(-5).read(DataType::Int32), Some(Value::Int(-5)));
    assert_eq!(long(-5).read(DataType::Int64), Some(Value::Int(-5)));
    assert_eq!(int(7).read(DataType::DateTime), Some(Value::UInt(7)));
    assert_eq!(Metric { is_null: Some(true), ..Metric::default() }.read(DataType::Text), Some(Value::Null));
    assert_eq!(int(7).read(DataType::Text), None);
    for number in 0..60 {
        assert_eq!(
            DataType::of(number).is_some(),
            (1..=19).contains(&number) || (22..=34).contains(&number),
            "{number}"
        );
    }
}

proptest! {
    /// Whatever the network does to the order within the window, the values come out as they were sent, once each.
    #[test]
    fn a_shuffled_window_comes_out_in_order(order in Just((0u8..40).collect::<Vec<_>>()).prop_shuffle(), doubles in any::<u64>()) {
        let mut plant = Plant::new();
        plant.node_birth(0);
        plant.device_birth();
        let first = plant.seq;
        let mut out = Vec::new();
        for (place, ahead) in order.iter().enumerate() {
            let copies = 1 + (doubles >> (place % 64) & 1);
            for _ in 0..copies {
                let sent = vec![by_alias(7, &format!("{ahead}"))];
                out.extend(values(&plant.numbered("spBv1.0/g/DDATA/e/d", first.wrapping_add(*ahead), sent)));
            }
        }
        prop_assert_eq!(out, (0..40).map(|i: u8| i.to_string()).collect::<Vec<_>>());
        prop_assert_eq!(plant.host.wakes_at_ms(), None);
    }

    #[test]
    fn no_payload_and_no_topic_make_the_host_panic(topic in "spBv1.0/(g|x)/[A-Z]{5,6}/e(/d)?", payload in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut plant = Plant::new();
        plant.node_birth(0);
        for topic in [topic.as_str(), "spBv1.0/g/NDATA/e", "spBv1.0/g/DBIRTH/e/d", "spBv1.0/STATE/h"] {
            plant.host.received(Received { topic, payload: &payload, retained: false }, NOW);
        }
    }
}
