//! XML: both versions, own fields, what is refused and where, and what JSON can say and XML cannot.

use tracelight_epcis::document::{Document, DocumentKind, Format, read};
use tracelight_epcis::event::EventKind;
use tracelight_epcis::hash::event_hash;
use tracelight_epcis::limits::{Limits, Policy};
use tracelight_epcis::text::Timestamp;
use tracelight_epcis::{Event, json, xml};

const WHEN: &str = "<eventTime>2020-03-04T11:00:30+01:00</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>";

fn document(version: &str, list: &str) -> String {
    let (namespace, number) =
        if version == "2.0" { ("urn:epcglobal:epcis:xsd:2", "2.0") } else { ("urn:epcglobal:epcis:xsd:1", "1.2") };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<epcis:EPCISDocument xmlns:epcis=\"{namespace}\" xmlns:ex=\"https://ns.example.com/epcis/\" \
        schemaVersion=\"{number}\" creationDate=\"2020-03-04T10:00:30Z\"><EPCISBody><EventList>{list}</EventList></EPCISBody></epcis:EPCISDocument>"
    )
}

fn parse(text: &str, policy: Policy) -> Result<Vec<Event>, Vec<String>> {
    let told = |error: tracelight_epcis::Exception| match error.violations.as_slice() {
        [] => vec![error.detail],
        violations => violations.iter().map(ToString::to_string).collect(),
    };
    let capture = read(text.as_bytes(), Format::Xml, &Limits::default(), policy).map_err(told)?;
    capture.all_or_nothing().map(|document| document.events).map_err(told)
}

fn one(version: &str, list: &str) -> Event {
    let mut events = parse(&document(version, list), Policy::default()).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(events.len(), 1);
    events.remove(0)
}

#[test]
fn both_versions_say_the_same() {
    let old = one(
        "1.2",
        &format!(
            "<ObjectEvent>{}<baseExtension><eventID>urn:uuid:1</eventID></baseExtension><epcList><epc>urn:epc:id:sscc:4012345.0000000333</epc></epcList>\
        <action>ADD</action><bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep><extension><quantityList><quantityElement>\
        <epcClass>urn:epc:class:lgtin:4012345.011111.4444</epcClass><quantity>1.50</quantity><uom>KGM</uom></quantityElement></quantityList>\
        <ilmd><ex:batch>X</ex:batch></ilmd></extension><ex:own>1</ex:own></ObjectEvent>",
            WHEN
        ),
    );
    let new = one(
        "2.0",
        &format!(
            "<ObjectEvent>{}<eventID>urn:uuid:1</eventID><epcList><epc>\n urn:epc:id:sscc:4012345.0000000333 </epc></epcList>\
        <action>ADD</action><bizStep>https://ref.gs1.org/cbv/BizStep-commissioning</bizStep><quantityList><quantityElement>\
        <epcClass>urn:epc:class:lgtin:4012345.011111.4444</epcClass><quantity>1.5</quantity><uom>KGM</uom></quantityElement></quantityList>\
        <ilmd><ex:batch>X</ex:batch></ilmd><ex:own>1</ex:own></ObjectEvent>",
            WHEN
        ),
    );
    assert!(old.same(&new), "{old:?}\n{new:?}");
    assert_eq!(event_hash(&old), event_hash(&new));
}

#[test]
fn old_wrappers_of_the_list_and_old_events_are_read() {
    let transformation = format!(
        "<extension><TransformationEvent>{WHEN}<inputEPCList><epc>urn:a:b</epc></inputEPCList><outputEPCList><epc>urn:a:c</epc></outputEPCList>\
        </TransformationEvent></extension>"
    );
    assert!(matches!(one("1.2", &transformation).kind, EventKind::Transformation { .. }));
    let deeper = format!(
        "<extension><extension><AssociationEvent>{WHEN}<parentID>urn:a:b</parentID><action>DELETE</action></AssociationEvent></extension></extension>"
    );
    assert!(matches!(one("1.2", &deeper).kind, EventKind::Association(_)));
    let quantity = format!("<QuantityEvent>{WHEN}<epcClass>urn:a:b</epcClass><quantity>7</quantity></QuantityEvent>");
    let EventKind::Object { objects, .. } = one("1.2", &quantity).kind else { panic!("an object event") };
    assert_eq!(objects.quantities.len(), 1);
}

#[track_caller]
fn refused(list: &str, expected: &str) {
    let found = parse(&document("2.0", list), Policy::default()).err().unwrap_or_default();
    assert!(found.iter().any(|one| one.contains(expected)), "{list}\n{found:?}\nexpected {expected}");
}

#[test]
fn what_is_wrong_is_refused_at_its_xpath() {
    let object = |inner: &str| format!("<ObjectEvent>{WHEN}{inner}</ObjectEvent>");
    let sound = "<epcList><epc>urn:a:b</epc></epcList><action>OBSERVE</action>";
    refused(&object("<epcList/>"), "/EPCISDocument/EPCISBody/EventList/ObjectEvent[1]: `action` is missing");
    refused(
        &(object(sound) + &object(&format!("{sound}<bizStep>walking</bizStep>"))),
        "/EventList/ObjectEvent[2]/bizStep: `walking` is no business step",
    );
    refused(&object(&format!("{sound}<colour>red</colour>")), "/ObjectEvent[1]/colour: `colour` does not belong here");
    refused(&object(&format!("{sound}<bizStep>a:b</bizStep><bizStep>a:b</bizStep>")), "stands here twice");
    refused(
        &object("<epcList><epc>no uri</epc></epcList><action>OBSERVE</action>"),
        "/epcList/epc: `no uri` is no URI",
    );
    refused(&object("<epcList><item>urn:a:b</item></epcList><action>OBSERVE</action>"), "/epcList/item");
    refused(
        &object(&format!("{sound}<ilmd><ex:a>b</ex:a></ilmd>")),
        "/ObjectEvent[1]/ilmd: `ilmd` describes what comes to be",
    );
    refused(
        &object(&format!(
            "{sound}<sensorElementList><sensorElement><sensorReport value=\"1\"/></sensorElement></sensorElementList>"
        )),
        "`type` is missing",
    );
    refused(
        &object(&format!("{sound}<sourceList><source>urn:a:b</source></sourceList>")),
        "/sourceList/source: `type` is missing",
    );
    refused(&format!("<AggregationEvent>{WHEN}<action>ADD</action></AggregationEvent>"), "needs `parentID`");
    refused(
        &format!("<AssociationEvent>{WHEN}<parentID>urn:a:b</parentID><action>OBSERVE</action></AssociationEvent>"),
        "needs `childEPCs`",
    );
    refused("<MovingEvent/>", "not a kind of event: MovingEvent");
}

#[test]
fn the_order_of_elements_is_weighed() {
    let list =
        format!("<ObjectEvent>{WHEN}<action>OBSERVE</action><epcList><epc>urn:a:b</epc></epcList></ObjectEvent>");
    assert!(parse(&document("2.0", &list), Policy::default()).is_ok());
    let strict = parse(&document("2.0", &list), Policy::STRICT).err().unwrap_or_default();
    assert!(strict.iter().any(|one| one.contains("comes too late")), "{strict:?}");
}

#[test]
fn hostile_xml_is_refused() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>";
    for text in [
        document("2.0", "").replace("?>\n", &format!("?>\n{bomb}")),
        document("2.0", "&a;"),
        document("2.0", "").replace("UTF-8", "ISO-8859-1"),
        document("2.0", &("<a>".repeat(60) + &"</a>".repeat(60))),
        document("2.0", "<a><b></a>"),
        "<EPCISDocument/>".to_owned(),
        "<epcismd:EPCISMasterDataDocument xmlns:epcismd=\"urn:epcglobal:epcis-masterdata:xsd:2\"/>".to_owned(),
        String::new(),
    ] {
        assert!(parse(&text, Policy::default()).is_err(), "{text}");
    }
    assert_eq!(parse(&format!("\u{feff}{}", document("2.0", "")), Policy::default()).map(|events| events.len()), Ok(0));
}

fn from_json(event: &str) -> Document {
    let text = format!(
        r#"{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{{"ex":"https://ns.example.com/epcis/"}}],
        "type":"ObjectEvent","eventTime":"2020-03-04T11:00:30+01:00","eventTimeZoneOffset":"+01:00","action":"OBSERVE","epcList":["urn:a:b"]{event}}}"#
    );
    let capture = read(text.as_bytes(), Format::Json, &Limits::default(), Policy::default()).expect("JSON");
    capture.all_or_nothing().unwrap_or_else(|error| panic!("{:?}", error.violations))
}

#[test]
fn own_fields_survive_both_syntaxes() {
    let first = from_json(
        r##","ex:a":"1 < 2 & \"3\"","ex:b":[1.50,true,null,["x"]],"ex:c":{"@ex:d":"e","#text":"f"},"ex:g":{"bare":"h","ex:i":{}},
        "https://other.example/ns#j":"k","readPoint":{"id":"urn:a:c","ex:l":"m"},
        "sensorElementList":[{"sensorReport":[{"type":"ex:Own","ex:n":"o"}],"ex:p":[{"ex:q":"r"}]}]"##,
    );
    let at = Timestamp::from_unix_ms(0);
    let text = xml::write(&first, at).expect("XML");
    let second = read(text.as_bytes(), Format::Xml, &Limits::default(), Policy::STRICT)
        .and_then(tracelight_epcis::Capture::all_or_nothing);
    let second = second.unwrap_or_else(|error| panic!("{:?}\n{text}", error.violations));
    let third_text = json::write(&second, at);
    let third = read(third_text.as_bytes(), Format::Json, &Limits::default(), Policy::STRICT)
        .and_then(tracelight_epcis::Capture::all_or_nothing);
    let third = third.unwrap_or_else(|error| panic!("{:?}\n{third_text}", error.violations));
    for other in [&second, &third] {
        let (left, right) = (first.events.first().expect("one"), other.events.first().expect("one"));
        assert!(left.same(right), "{text}\n{third_text}");
        assert_eq!(event_hash(left), event_hash(right));
    }
}

#[test]
fn what_xml_cannot_hold_is_told() {
    let at = Timestamp::from_unix_ms(0);
    for event in [
        r#","ex:a":{"b c":"d"}"#,
        r#","ex:a":"\u0001""#,
        r#","certificationInfo":["urn:a:b","urn:a:c"]"#,
        r#","sensorElementList":[{"sensorReport":[{"type":"Mass","ex:a":{"ex:b":"c"}}]}]"#,
    ] {
        assert!(xml::write(&from_json(event), at).is_err(), "{event}");
    }
}

#[test]
fn headers_and_query_results_keep_what_they_say() {
    let text = r#"{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"EPCISDocument","schemaVersion":"2.0",
    "creationDate":"2020-03-04T10:00:30Z","sender":"urn:a:s","receiver":"urn:a:r","instanceIdentifier":"7",
    "epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":"urn:epcglobal:epcis:vtype:BusinessLocation","vocabularyElementList":[
    {"id":"urn:a:b","attributes":[{"id":"urn:a:c","attribute":"d"}],"children":["urn:a:e"]}]}]}},"epcisBody":{"eventList":[]}}"#;
    let at = Timestamp::from_unix_ms(0);
    let whole = |text: &str, format| {
        let capture = read(text.as_bytes(), format, &Limits::default(), Policy::STRICT);
        capture.and_then(tracelight_epcis::Capture::all_or_nothing).unwrap_or_else(|error| panic!("{error}\n{text}"))
    };
    let first = whole(text, Format::Json);
    let second = whole(&xml::write(&first, at).expect("XML"), Format::Xml);
    let third = whole(&json::write(&second, at), Format::Json);
    assert_eq!(first.header, second.header);
    assert_eq!(first.header, third.header);
    let query =
        Document { kind: DocumentKind::Query { name: "q".to_owned(), subscription: Some("s".to_owned()) }, ..third };
    assert_eq!(whole(&xml::write(&query, at).expect("XML"), Format::Xml).kind, query.kind);
    assert_eq!(whole(&json::write(&query, at), Format::Json).kind, query.kind);
}
