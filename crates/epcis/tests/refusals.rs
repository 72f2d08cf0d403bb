//! What is wrong is refused, with its place and its rule; one bad event does not take the others with it.

use tracelight_epcis::document::{Format, read};
use tracelight_epcis::error::ExceptionKind;
use tracelight_epcis::limits::{Limits, Policy};

const CONTEXT: &str = r#""@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"ex":"https://ns.example.com/epcis/"}]"#;
const WHEN: &str = r#""eventTime":"2020-03-04T11:00:30+01:00","eventTimeZoneOffset":"+01:00""#;
const OBSERVED: &str = r#""type":"ObjectEvent","action":"OBSERVE","epcList":["urn:a:b"]"#;

/// The violations of one event in a document, as `pointer: message`.
fn violations(event: &str, policy: Policy) -> Vec<String> {
    let text = format!(
        r#"{{{CONTEXT},"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2020-01-01T00:00:00Z","epcisBody":{{"eventList":[{{{event}}}]}}}}"#
    );
    let capture = read(text.as_bytes(), Format::Json, &Limits::default(), policy);
    let capture = capture.unwrap_or_else(|error| panic!("{error}: {text}"));
    match capture.all_or_nothing() {
        Ok(_) => Vec::new(),
        Err(error) => {
            assert_eq!(error.kind, ExceptionKind::Validation);
            assert_eq!((error.kind.name(), error.kind.status()), ("ValidationException", 400));
            error.violations.iter().map(ToString::to_string).collect()
        }
    }
}

#[track_caller]
fn refused(event: &str, at: &str, why: &str) {
    let found = violations(event, Policy::default());
    let place = format!("/epcisBody/eventList/0{at}: ");
    assert!(
        found.iter().any(|one| one.starts_with(&place) && one.contains(why)),
        "{event}\n{found:?}\nexpected {place}{why}"
    );
}

#[track_caller]
fn accepted(event: &str) {
    assert_eq!(violations(event, Policy::default()), Vec::<String>::new(), "{event}");
}

fn object(more: &str) -> String {
    format!("{OBSERVED},{WHEN}{more}")
}

#[test]
fn leaves_have_their_formats() {
    accepted(&object(""));
    refused(
        &format!("{OBSERVED},\"eventTime\":\"2020-03-04\",\"eventTimeZoneOffset\":\"+01:00\""),
        "/eventTime",
        "no time with a zone",
    );
    refused(&format!("{OBSERVED},\"eventTime\":\"2020-03-04T11:00:30Z\""), "", "`eventTimeZoneOffset` is missing");
    refused(
        &format!("{OBSERVED},\"eventTime\":\"2020-03-04T11:00:30Z\",\"eventTimeZoneOffset\":\"+15:00\""),
        "/eventTimeZoneOffset",
        "offset",
    );
    refused(
        &format!("{OBSERVED},\"eventTime\":1,\"eventTimeZoneOffset\":\"+01:00\""),
        "/eventTime",
        "expected a text, found a number",
    );
    refused(&object(r#","bizStep":"walking""#), "/bizStep", "no business step");
    refused(&object(r#","bizStep":"urn:epcglobal:cbv:bizstep:shipping""#), "/bizStep", "in JSON write `shipping`");
    refused(&object(r#","disposition":"in transit""#), "/disposition", "no disposition");
    refused(&object(r#","eventID":"abc""#), "/eventID", "no URI");
    refused(&object(r#","readPoint":"urn:a:b""#), "/readPoint", "expected an object");
    refused(&object(r#","readPoint":{"name":"x"}"#), "/readPoint", "`id` is missing");
    refused(
        &object(r#","bizTransactionList":[{"type":"po"}]"#),
        "/bizTransactionList/0",
        "`bizTransaction` is missing",
    );
    refused(&object(r#","sourceList":[{"source":"urn:a:b"}]"#), "/sourceList/0", "`type` is missing");
    refused(
        &object(r#","quantityList":[{"epcClass":"urn:a:b","quantity":"5"}]"#),
        "/quantityList/0/quantity",
        "expected a number",
    );
    refused(
        &object(r#","quantityList":[{"epcClass":"urn:a:b","quantity":5,"uom":"kg"}]"#),
        "/quantityList/0/uom",
        "no unit",
    );
    refused(
        &object(r#","quantityList":[{"epcClass":"urn:a:b","color":5}]"#),
        "/quantityList/0/color",
        "does not belong here",
    );
    refused(&object(r#","myField":1"#), "/myField", "own fields need a namespace");
    accepted(&object(
        r#","ex:myField":1,"https://other.example/x":2,"bizStep":"https://ref.gs1.org/cbv/BizStep-shipping""#,
    ));
}

#[test]
fn lists_and_actions_belong_together() {
    let event = |kind: &str, action: &str, more: &str| format!(r#""type":"{kind}","action":"{action}",{WHEN}{more}"#);
    refused(&event("ObjectEvent", "MOVE", r#","epcList":[]"#), "/action", "not ADD, OBSERVE or DELETE");
    refused(&event("ObjectEvent", "ADD", ""), "/epcList", "needs `epcList`");
    refused(&event("ObjectEvent", "ADD", r#","quantityList":[]"#), "/epcList", "needs `epcList`");
    accepted(&event("ObjectEvent", "ADD", r#","epcList":[]"#));
    refused(&event("ObjectEvent", "ADD", r#","epcList":["urn:a:b","urn:a:b"]"#), "/epcList", "named twice");
    refused(
        &event("ObjectEvent", "OBSERVE", r#","epcList":["urn:a:b"],"ilmd":{"ex:a":"b"}"#),
        "/ilmd",
        "action ADD only",
    );
    accepted(&event("ObjectEvent", "ADD", r#","epcList":["urn:a:b"],"ilmd":{"ex:a":"b"}"#));
    refused(
        &event("ObjectEvent", "ADD", r#","epcList":["urn:a:b"],"ilmd":{"a":"b"}"#),
        "/ilmd/a",
        "own fields need a namespace",
    );
    refused(
        &event("ObjectEvent", "ADD", r#","epcList":["urn:a:b"],"parentID":"urn:a:c""#),
        "/parentID",
        "does not belong here",
    );
    for kind in ["AggregationEvent", "AssociationEvent"] {
        let children = r#","childEPCs":["urn:a:b"]"#;
        refused(&event(kind, "ADD", r#","parentID":"urn:a:c""#), "/childEPCs", "needs `childEPCs`");
        refused(&event(kind, "OBSERVE", r#","parentID":"urn:a:c","childEPCs":[]"#), "/childEPCs", "needs `childEPCs`");
        refused(&event(kind, "ADD", children), if kind == "AggregationEvent" { "/parentID" } else { "" }, "parentID");
        refused(
            &event(kind, "DELETE", children),
            if kind == "AggregationEvent" { "/parentID" } else { "" },
            "parentID",
        );
        accepted(&event(kind, "DELETE", r#","parentID":"urn:a:c""#));
        refused(&event(kind, "ADD", r#","parentID":"urn:a:b","childEPCs":["urn:a:b"]"#), "/childEPCs", "its own child");
        refused(
            &event(kind, "ADD", r#","parentID":"urn:a:c","childEPCs":["urn:a:b"],"ilmd":{}"#),
            "/ilmd",
            "does not belong here",
        );
    }
    accepted(&event("AggregationEvent", "OBSERVE", r#","childEPCs":["urn:a:b"]"#));
    refused(&event("AssociationEvent", "OBSERVE", r#","childEPCs":["urn:a:b"]"#), "", "`parentID` is missing");
    refused(&event("TransactionEvent", "ADD", r#","epcList":["urn:a:b"]"#), "", "`bizTransactionList` is missing");
    refused(
        &event("TransactionEvent", "ADD", r#","epcList":["urn:a:b"],"bizTransactionList":[]"#),
        "/bizTransactionList",
        "empty",
    );
    refused(
        &event("TransactionEvent", "ADD", r#","bizTransactionList":[{"bizTransaction":"urn:a:b"}]"#),
        "/epcList",
        "needs `epcList`",
    );
    accepted(&event("TransactionEvent", "DELETE", r#","bizTransactionList":[{"bizTransaction":"urn:a:b"}]"#));
}

#[test]
fn transformations_are_whole_or_joined() {
    let event = |more: &str| format!(r#""type":"TransformationEvent",{WHEN}{more}"#);
    refused(&event(""), "/transformationID", "needs inputs and outputs");
    refused(&event(r#","inputEPCList":["urn:a:b"]"#), "/transformationID", "needs inputs and outputs");
    refused(&event(r#","transformationID":"urn:a:t""#), "/transformationID", "needs inputs and outputs");
    refused(
        &event(r#","inputEPCList":["urn:a:b"],"outputEPCList":["urn:a:c"],"action":"ADD""#),
        "/action",
        "does not belong here",
    );
    accepted(&event(r#","inputEPCList":["urn:a:b"],"outputEPCList":["urn:a:c"]"#));
    accepted(&event(r#","inputEPCList":["urn:a:b"],"transformationID":"urn:a:t""#));
}

#[test]
fn lasting_conditions_and_sensors() {
    refused(&object(r#","persistentDisposition":{}"#), "/persistentDisposition", "needs `set` or `unset`");
    refused(&object(r#","persistentDisposition":{"set":[]}"#), "/persistentDisposition/set", "empty");
    refused(
        &object(r#","persistentDisposition":{"set":["damaged","damaged"]}"#),
        "/persistentDisposition/set",
        "twice",
    );
    refused(
        &object(r#","persistentDisposition":{"set":["damaged"],"unset":["damaged"]}"#),
        "/persistentDisposition",
        "both set and unset",
    );
    let sensors = |inner: &str| object(&format!(r#","sensorElementList":[{inner}]"#));
    refused(&sensors("{}"), "/sensorElementList/0", "`sensorReport` is missing");
    refused(&sensors(r#"{"sensorReport":[]}"#), "/sensorElementList/0/sensorReport", "empty");
    refused(&sensors(r#"{"sensorReport":[{"value":1}]}"#), "/sensorElementList/0/sensorReport/0", "`type` is missing");
    refused(
        &sensors(r#"{"sensorReport":[{"type":"Warmth"}]}"#),
        "/sensorElementList/0/sensorReport/0/type",
        "no measurement type",
    );
    refused(
        &sensors(r#"{"sensorReport":[{"type":"Temperature","hexBinaryValue":"xyz"}]}"#),
        "/sensorElementList/0/sensorReport/0/hexBinaryValue",
        "hexadecimal",
    );
    refused(
        &sensors(r#"{"sensorReport":[{"type":"Temperature","booleanValue":"true"}]}"#),
        "/sensorElementList/0/sensorReport/0/booleanValue",
        "a boolean",
    );
    for (field, value) in [
        ("time", "2020-03-04T11:00:30Z"),
        ("deviceID", "urn:a:b"),
        ("deviceMetadata", "urn:a:b"),
        ("rawData", "urn:a:b"),
        ("dataProcessingMethod", "urn:a:b"),
    ] {
        let twice = format!(
            r#"{{"sensorMetadata":{{"{field}":"{value}"}},"sensorReport":[{{"type":"Temperature","{field}":"{value}"}}]}}"#
        );
        refused(&sensors(&twice), "/sensorElementList/0", field);
    }
}

#[test]
fn keys_are_noted_or_refused_as_the_policy_says() {
    let event = object("").replace("urn:a:b", "https://id.gs1.org/01/09506000134353/21/1");
    assert_eq!(violations(&event, Policy::default()), Vec::<String>::new());
    let strict = violations(&event, Policy::STRICT);
    assert!(
        strict.iter().any(|one| one.starts_with("/epcisBody/eventList/0/epcList/0: ") && one.contains("check digit")),
        "{strict:?}"
    );
}

#[test]
fn one_bad_event_leaves_the_others() {
    let text = format!(r#"[{{{CONTEXT},{}}},{{{OBSERVED}}},{{{}}}]"#, object(""), object(r#","bizStep":"packing""#));
    let capture = read(text.as_bytes(), Format::Json, &Limits::default(), Policy::default()).expect("a list");
    let outcomes: Vec<bool> = capture.events.iter().map(|captured| captured.outcome.is_ok()).collect();
    assert_eq!(outcomes, [true, false, true]);
    assert_eq!(capture.events.get(1).map(|captured| captured.pointer.as_str()), Some("/1"));
    assert!(capture.all_or_nothing().is_err());
}

fn envelope(text: &str, limits: &Limits) -> ExceptionKind {
    read(text.as_bytes(), Format::Json, limits, Policy::default())
        .err()
        .map_or(ExceptionKind::Implementation, |error| error.kind)
}

#[test]
fn envelopes_are_checked_before_events() {
    let limits = Limits::default();
    for text in [
        "",
        "nothing",
        "1",
        "{",
        "{}x",
        r#"{"type":"EPCISDocument"}"#,
        &format!(
            r#"{{{CONTEXT},"type":"EPCISDocument","schemaVersion":"two","creationDate":"2020-01-01T00:00:00Z","epcisBody":{{"eventList":[]}}}}"#
        ),
        &format!(
            r#"{{{CONTEXT},"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"today","epcisBody":{{"eventList":[]}}}}"#
        ),
        &format!(
            r#"{{{CONTEXT},"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2020-01-01T00:00:00Z","epcisBody":{{}}}}"#
        ),
        &format!(
            r#"{{{CONTEXT},"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2020-01-01T00:00:00Z","extra":1,"epcisBody":{{"eventList":[]}}}}"#
        ),
    ] {
        assert_eq!(envelope(text, &limits), ExceptionKind::Validation, "{text}");
    }
    let events = format!("[{{{}}},{{{}}}]", object(""), object(""));
    assert_eq!(envelope(&events, &Limits { events_max: 1, ..limits }), ExceptionKind::CaptureLimitExceeded);
    assert_eq!(envelope(&events, &Limits { bytes_max: 10, ..limits }), ExceptionKind::CaptureLimitExceeded);
    assert_eq!(envelope(&events, &Limits { nodes_max: 5, ..limits }), ExceptionKind::Validation);
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(envelope(&deep, &limits), ExceptionKind::Validation);
    let bare = format!("{{{}}}", object(""));
    let capture = read(bare.as_bytes(), Format::Json, &limits, Policy::default()).expect("an object");
    assert!(capture.all_or_nothing().is_err(), "a bare event needs a context");
}
