use super::{MasterData, PageToken, Query};
use crate::Event;
use crate::document::{Format, read};
use crate::error::ExceptionKind;
use crate::limits::{Limits, Policy};
use crate::name::Context;

/// Three events: a packing, a cold chain reading, a transformation that was withdrawn.
fn events() -> Vec<Event> {
    let text = r#"{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"ex":"https://ns.example.com/epcis/"}],
    "type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2020-01-01T00:00:00Z",
    "epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":"urn:epcglobal:epcis:vtype:BusinessLocation","vocabularyElementList":[
      {"id":"urn:epc:id:sgln:4012345.00005.0","attributes":[{"id":"urn:epcglobal:cbv:mda#city","attribute":"Xi'an"}],
       "children":["urn:epc:id:sgln:4012345.00005.1"]}]}]}},
    "epcisBody":{"eventList":[
    {"type":"AggregationEvent","eventTime":"2020-03-01T10:00:00Z","eventTimeZoneOffset":"+08:00","action":"ADD","bizStep":"packing",
     "parentID":"urn:epc:id:sscc:4012345.0000000333","childEPCs":["urn:epc:id:sgtin:4012345.011111.9876"],
     "childQuantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.011111.L1","quantity":1500,"uom":"GRM"}],
     "readPoint":{"id":"urn:epc:id:sgln:4012345.00005.1"},
     "bizTransactionList":[{"type":"po","bizTransaction":"urn:example:po:1"}],"ex:rank":7,"ex:deep":{"ex:low":"x"}},
    {"type":"ObjectEvent","eventTime":"2020-03-02T10:00:00Z","recordTime":"2020-03-02T11:00:00Z","eventTimeZoneOffset":"+08:00",
     "action":"OBSERVE","bizStep":"sensor_reporting","epcList":["https://id.gs1.org/00/040123450000003338"],
     "bizLocation":{"id":"https://id.gs1.org/414/4012345000054"},
     "persistentDisposition":{"set":["completeness_verified"]},
     "sensorElementList":[{"sensorMetadata":{"startTime":"2020-03-02T09:00:00Z","deviceID":"urn:epc:id:giai:4000001.111"},
       "sensorReport":[{"type":"Temperature","value":30,"uom":"CEL","sDev":1.8,"booleanValue":true}]}],"ex:rank":12},
    {"type":"TransformationEvent","eventTime":"2020-03-03T10:00:00Z","eventTimeZoneOffset":"+08:00",
     "errorDeclaration":{"declarationTime":"2020-03-04T10:00:00Z","reason":"incorrect_data"},
     "inputEPCList":["urn:epc:id:sgtin:4012345.011111.9876"],"outputEPCList":["urn:epc:id:sgtin:4012345.077889.25"],
     "ilmd":{"ex:batch":"XYZ","ex:made":"2020-03-01T00:00:00Z"}}]}}"#;
    let capture = read(text.as_bytes(), Format::Json, &Limits::default(), Policy::default()).expect("a document");
    capture.all_or_nothing().expect("three right events").events
}

fn facts() -> MasterData {
    let mut facts = MasterData::default();
    let text = r#"{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    "type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2020-01-01T00:00:00Z",
    "epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":"urn:epcglobal:epcis:vtype:BusinessLocation","vocabularyElementList":[
      {"id":"urn:epc:id:sgln:4012345.00005.0","attributes":[{"id":"urn:epcglobal:cbv:mda#city","attribute":"Xi'an"}],
       "children":["urn:epc:id:sgln:4012345.00005.1"]}]}]}},"epcisBody":{"eventList":[]}}"#;
    let capture = read(text.as_bytes(), Format::Json, &Limits::default(), Policy::default()).expect("a document");
    facts.add(&capture.document.header);
    facts
}

fn query(text: &str) -> Result<Query, ExceptionKind> {
    let mut context = Context::default();
    context.declare("ex", "https://ns.example.com/epcis/");
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    Query::from_pairs(pairs, &context).map_err(|error| error.kind)
}

/// Which of the three events a query finds, in its order.
#[track_caller]
fn check(text: &str, expected: &[usize]) {
    let (events, facts) = (events(), facts());
    let query = query(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let found = query.select(&events, &facts).unwrap_or_else(|error| panic!("{text}: {error}"));
    let numbers: Vec<usize> =
        found.iter().filter_map(|event| events.iter().position(|own| std::ptr::eq(own, *event))).collect();
    assert_eq!(numbers, expected, "{text}");
}

#[test]
fn parameters_are_and_values_are_or() {
    check("", &[0, 1, 2]);
    check("eventType=ObjectEvent|AggregationEvent", &[0, 1]);
    check("eventType=ObjectEvent&EQ_action=ADD", &[]);
    check("EQ_bizStep=packing|shipping", &[0]);
    check("EQ_bizStep=urn:epcglobal:cbv:bizstep:packing", &[0]);
    check("EQ_bizStep=https://ref.gs1.org/cbv/BizStep-packing", &[0]);
    check(
        "GE_eventTime=2020-03-02T10:00:00Z&LT_eventTime=2020-03-03T18:00:00%2B08:00".replace("%2B", "+").as_str(),
        &[1],
    );
    check("GE_eventTime=2020-03-02T18:00:00 08:00", &[1, 2]);
    check("LT_recordTime=2021-01-01T00:00:00Z", &[1]);
    check("EQ_persistentDisposition_set=completeness_verified", &[1]);
    check("EQ_bizTransaction_po=urn:example:po:1", &[0]);
    check("EQ_bizTransaction_inv=urn:example:po:1", &[]);
}

#[test]
fn ids_match_in_every_spelling() {
    check("MATCH_epc=https://id.gs1.org/01/04012345111118/21/9876", &[0]);
    check("MATCH_epc=urn:epc:id:sscc:4012345.0000000333", &[1]);
    check("MATCH_anyEPC=urn:epc:id:sscc:4012345.0000000333", &[0, 1]);
    check("MATCH_anyEPC=urn:epc:idpat:sgtin:4012345.011111.*", &[0, 2]);
    check("MATCH_anyEPC=urn:epc:idpat:sgtin:4012345.*.*", &[0, 2]);
    check("MATCH_anyEPC=https://id.gs1.org/01/04012345111118", &[0, 2]);
    check("MATCH_inputEPC=https://brand.example/01/04012345111118/21/9876", &[2]);
    check("MATCH_outputEPC=urn:epc:id:sgtin:4012345.077889.25", &[2]);
    check("MATCH_parentID=https://id.gs1.org/00/040123450000003338", &[0]);
    check("MATCH_epcClass=https://id.gs1.org/01/04012345111118/10/L1", &[0]);
    check("MATCH_anyEPCClass=urn:epc:class:lgtin:4012345.011111.l1", &[]);
}

#[test]
fn places_are_found_with_what_lies_within() {
    check("EQ_readPoint=https://id.gs1.org/414/4012345000054/254/1", &[0]);
    check("EQ_readPoint=urn:epc:id:sgln:4012345.00005.0", &[]);
    check("WD_readPoint=urn:epc:id:sgln:4012345.00005.0", &[0]);
    check("WD_bizLocation=urn:epc:id:sgln:4012345.00005.0", &[1]);
    check("HASATTR_bizLocation=urn:epcglobal:cbv:mda#city", &[1]);
    check("EQATTR_bizLocation_urn:epcglobal:cbv:mda#city=Xi'an", &[1]);
}

#[test]
fn numbers_are_compared_in_the_unit_of_the_question() {
    check("GE_value_CEL=30", &[1]);
    check("EQ_value_KEL=303.15", &[1]);
    check("GT_value_FAH=86", &[]);
    check("GE_value_FAH=86", &[1]);
    check("LT_value_KEL=303.15", &[]);
    check("EQ_sDev_FAH=3.24", &[1]);
    check("EQ_value_MTR=30", &[]);
    check("EQ_quantity=1500", &[0]);
    check("GE_quantity_KGM=1.5", &[0]);
    check("EQ_type=Temperature&EQ_deviceID=https://id.gs1.org/8004/4000001111&EQ_booleanValue=true", &[1]);
    check("GE_startTime=2020-03-02T09:00:00Z&EXISTS_sensorElementList", &[1]);
}

#[test]
fn errors_and_own_fields() {
    check("EXISTS_errorDeclaration", &[2]);
    check("EXISTS_errorDeclaration=false", &[0, 1, 2]);
    check("EQ_errorReason=incorrect_data&GE_errorDeclarationTime=2020-03-04T10:00:00Z", &[2]);
    check("GE_ex:rank=8", &[1]);
    check("EQ_ex:rank=7|12", &[0, 1]);
    check("EQ_https://ns.example.com/epcis/rank=7", &[0]);
    check("EQ_INNER_ex:low=x", &[0]);
    check("EQ_ex:low=x", &[]);
    check("EXISTS_INNER_ex:low", &[0]);
    check("EQ_ILMD_ex:batch=XYZ&LT_ILMD_ex:made=2020-03-02T00:00:00Z", &[2]);
}

#[test]
fn order_and_limits() {
    check("orderBy=eventTime", &[2, 1, 0]);
    check("orderBy=eventTime&orderDirection=ASC&eventCountLimit=2", &[0, 1]);
    check("orderBy=ex:rank&orderDirection=DESC&EXISTS_ex:rank", &[1, 0]);
    let (events, facts) = (events(), facts());
    let too_many = query("maxEventCount=2").expect("a query").select(&events, &facts);
    assert_eq!(too_many.map_err(|error| error.kind), Err(ExceptionKind::QueryTooLarge));
}

#[test]
fn what_is_wrong_is_refused() {
    for text in [
        "foo=1",
        "EQ_foo=1",
        "EQ_action=MOVE",
        "EQ_bizStep=walking",
        "GE_eventTime=yesterday",
        "GT_eventTime=2020-03-02T10:00:00Z",
        "eventCountLimit=2",
        "orderBy=eventTime&eventCountLimit=2&maxEventCount=3",
        "orderBy=eventTime&orderDirection=UP",
        "eventType=ObjectEvents",
        "MATCH_epc=9876",
        "GE_value_CEL=warm",
        "GE_value_cel=3",
        "EQ_bizTransaction_foo=urn:a:b",
        "perPage=many",
        "nextPageToken=x",
        "EQ_action=",
        "EQ_bizStep=packing&EQ_bizStep=shipping",
        "WD_epc=urn:a:b",
        "maxEventCount=-1",
    ] {
        assert_eq!(query(text).err(), Some(ExceptionKind::QueryParameter), "{text}");
    }
}

#[test]
fn stored_queries_are_the_same_queries() {
    let text = r#"{"name":"q","query":{"@context":[{"ex":"https://ns.example.com/epcis/"}],"eventType":["ObjectEvent","AggregationEvent"],
        "GE_ex:rank":8,"EXISTS_sensorElementList":null}}"#;
    let stored = Query::from_json(text).expect("a query");
    let (events, facts) = (events(), facts());
    assert_eq!(stored.select(&events, &facts).expect("an answer").len(), 1);
    assert_eq!(Query::from_json("[1]").map_err(|error| error.kind), Err(ExceptionKind::QueryValidation));
    assert_eq!(Query::from_json(r#"{"foo":1}"#).map_err(|error| error.kind), Err(ExceptionKind::QueryParameter));
}

#[test]
fn tokens_belong_to_one_query() {
    let pairs = [("EQ_action", "ADD"), ("perPage", "10")];
    let token = PageToken::new(pairs, 30);
    assert_eq!(PageToken::parse(&token.to_string()).as_ref(), Ok(&token));
    assert!(token.belongs_to([("perPage", "99"), ("EQ_action", "ADD")]));
    assert!(!token.belongs_to([("EQ_action", "DELETE")]));
}
