use super::{List, Term};
use crate::error::Fault;
use std::collections::BTreeSet;

#[test]
fn the_lists_are_those_of_the_ontology() {
    let Some(path) = tracelight_testkit::data::shared_data("gs1-epcis/Ontology/CBV.jsonld") else { return };
    let text = std::fs::read_to_string(path).expect("the ontology is readable");
    let ontology: serde_json::Value = serde_json::from_str(&text).expect("the ontology is JSON");
    let graph = ontology["@graph"].as_array().expect("a graph");
    let names: BTreeSet<&str> = graph.iter().filter_map(|node| node["@id"].as_str()).collect();
    let lists = [
        (List::BizStep, "cbv:BizStep-"),
        (List::Disposition, "cbv:Disp-"),
        (List::TransactionType, "cbv:BTT-"),
        (List::SourceDestinationType, "cbv:SDT-"),
        (List::ErrorReason, "cbv:ER-"),
        (List::Component, "cbv:Comp-"),
    ];
    for (list, head) in lists {
        let theirs: BTreeSet<&str> = names.iter().filter_map(|name| name.strip_prefix(head)).collect();
        let ours: BTreeSet<&str> = list.words().iter().copied().collect();
        assert_eq!(ours, theirs, "{head}");
    }
    assert_eq!((List::BizStep.words().len(), List::Disposition.words().len()), (41, 33));
}

#[test]
fn three_spellings_are_one_word() {
    let spellings = [
        "shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "cbv:BizStep-shipping",
    ];
    for text in spellings {
        let term = Term::parse(List::BizStep, text).expect("a spelling");
        assert!(term.is("shipping"), "{text}");
        assert_eq!((term.short(), term.xml()), ("shipping", "urn:epcglobal:cbv:bizstep:shipping".to_owned()));
    }
    let warm = Term::parse(List::Measurement, "gs1:Temperature").expect("a measurement");
    assert_eq!((warm.short(), warm.web()), ("Temperature", "https://gs1.org/voc/Temperature".to_owned()));
}

#[test]
fn a_bare_word_has_to_be_in_the_list() {
    let refused = Term::parse(List::BizStep, "in_transit");
    assert_eq!(refused, Err(Fault::NotWord { list: "business step", word: "in_transit".to_owned() }));
    assert!(Term::parse(List::BizStep, "https://example.org/steps/ageing").is_ok());
    assert!(matches!(
        Term::parse_json(List::BizStep, "urn:epcglobal:cbv:bizstep:shipping"),
        Err(Fault::SpeltForXml { .. })
    ));
    assert!(matches!(Term::parse_json(List::Measurement, "https://gs1.org/voc/Mass"), Err(Fault::SpeltForXml { .. })));
}

#[test]
fn a_word_that_cbv_has_given_up_is_kept() {
    let term = Term::parse(List::Disposition, "urn:epcglobal:cbv:disp:non_sellable_expired").expect("a URI");
    assert_eq!(term.short(), "https://ref.gs1.org/cbv/Disp-non_sellable_expired");
}
